//! A record of the result topic.

use serde_json::value::RawValue;

use crate::address::Address;
use crate::call::Call;
use crate::object::Object;
use crate::rules::Rules;

/// The ids of the parents or of the children of a call, as they stand in the JSON.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct IdList {
    /// Those that are listed, in order.
    pub ids: Vec<String>,
    /// How many more there are.
    pub omitted: usize,
}

/// A call as the job has written it.
pub struct Written {
    /// The call; its other fields are all that the job does not write itself.
    pub call: Call,
    /// Its parents.
    pub parents: IdList,
    /// Its children.
    pub children: IdList,
}

impl Written {
    /// Reads a record value, or tells what is wrong with it.
    pub fn read(value: Option<&[u8]>) -> Result<Self, String> {
        let value = value.ok_or("a null record")?;
        let mut fields = Object::read(value).ok_or("not a JSON object")?;
        let mut raw = |name: &str| -> Option<&str> { fields.remove(name) };
        let mut need = |name: &str| raw(name).ok_or_else(|| format!("no field {name}"));
        let (id, src_text, dst_text) = (need("id")?, need("src_ip")?, need("dst_ip")?);
        let start_ms = parse("start_at_ms", need("start_at_ms")?)?;
        let end_ms = parse("end_at_ms", need("end_at_ms")?)?;
        let latency_ms = parse("latency_msec", need("latency_msec")?)?;
        let parents = parse_ids("parents", need("parents")?)?;
        let children = parse_ids("children", need("children")?)?;
        let mut omitted = |name: &str| raw(name).map_or(Ok(0), |raw| parse(name, raw));
        let parents = IdList { ids: parents, omitted: omitted("parents_omitted")? };
        let children = IdList { ids: children, omitted: omitted("children_omitted")? };
        let call = Call {
            src: parse_address("src_ip", src_text)?,
            dst: parse_address("dst_ip", dst_text)?,
            id: id.to_owned(),
            src_text: src_text.to_owned(),
            dst_text: dst_text.to_owned(),
            start_ms,
            end_ms,
            latency_ms,
            others: fields.iter().map(|(name, raw)| (name.to_owned(), raw.to_owned())).collect(),
        };
        Ok(Self { call, parents, children })
    }

    /// The call in a few words.
    pub fn describe(&self) -> String {
        let Call { id, start_ms, end_ms, .. } = &self.call;
        format!("call {id} from {start_ms} to {end_ms}")
    }

    /// Whether it has the fields of this record of the input, its own additions aside.
    pub fn has_fields_of(&self, input: &Call, rules: &Rules) -> bool {
        let Call { src_text, dst_text, latency_ms, others, .. } = &self.call;
        let others_are_right = if rules.pass_through { *others == input.others } else { others.is_empty() };
        *src_text == input.src_text
            && *dst_text == input.dst_text
            && *latency_ms == input.latency_ms
            && others_are_right
    }
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, raw: &str) -> Result<T, String> {
    serde_json::from_str(raw).map_err(|_| format!("{name} is {raw}"))
}

fn parse_ids(name: &str, raw: &str) -> Result<Vec<String>, String> {
    let ids: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| format!("{name} is not a list"))?;
    Ok(ids.iter().map(|id| id.get().to_owned()).collect())
}

fn parse_address(name: &str, raw: &str) -> Result<Address, String> {
    let text: String = parse(name, raw)?;
    Address::parse(&text).ok_or_else(|| format!("{name} is no address: {raw}"))
}
