//! Holds the result topic against the calls that must be in it.

use std::collections::HashSet;

use crate::call::bare_id;
use crate::expect::Expected;
use crate::record::Record;
use crate::report::{Difference, Differences};
use crate::rules::Rules;
use crate::written::{IdList, Written};

/// Ids of a list in an example, at most.
const SHOWN_IDS: usize = 5;

/// Checks every result, and that no call is missing.
pub fn check_results(expected: &Expected<'_>, results: &[Record], rules: &Rules) -> Differences {
    let mut differences = Differences::default();
    let mut times = vec![0_u32; expected.calls.len()];
    for record in results {
        let place = || format!("result {}@{}", record.partition, record.offset);
        let written = match Written::read(record.value.as_deref()) {
            Ok(written) => written,
            Err(wrong) => {
                differences.add(Difference::Unexpected, || format!("{}: {wrong}", place()));
                continue;
            }
        };
        match expected.by_identity.get(&written.call.identity()) {
            None => differences
                .add(Difference::Unexpected, || format!("{}: no such call: {}", place(), written.describe())),
            Some(&index) => {
                times[index] += 1;
                check_one(expected, index, record, &written, rules, &mut differences);
            }
        }
    }
    for (records, times) in expected.calls.iter().zip(times) {
        let call = records[0];
        let described = || format!("call {} from {} to {}", call.id, call.start_ms, call.end_ms);
        match times {
            0 => differences.add(Difference::Missing, described),
            1 => {}
            _ => differences.add(Difference::Twice, || format!("{} is there {times} times", described())),
        }
    }
    differences
}

fn check_one(
    expected: &Expected<'_>,
    index: usize,
    record: &Record,
    written: &Written,
    rules: &Rules,
    differences: &mut Differences,
) {
    let links = &expected.links[index];
    let list = |relatives: &[usize], omitted: usize| IdList {
        ids: relatives.iter().map(|&relative| expected.calls[relative][0].id.clone()).collect(),
        omitted,
    };
    let parents = list(&links.parents, links.parents_omitted);
    if written.parents != parents {
        differences.add(Difference::WrongParents, || {
            format!("{} {}", written.describe(), describe_lists("parents", &written.parents, &parents))
        });
    }
    let children = list(&links.children, links.children_omitted);
    if written.children != children {
        differences.add(Difference::WrongChildren, || {
            format!("{} {}", written.describe(), describe_lists("children", &written.children, &children))
        });
    }
    let variants = &expected.calls[index];
    if !variants.iter().any(|call| written.has_fields_of(call, rules)) {
        differences.add(Difference::WrongFields, || {
            format!("{} does not have the fields of its input", written.describe())
        });
    }
    if record.key.as_deref() != Some(bare_id(&written.call.id).as_bytes()) {
        differences.add(Difference::WrongFields, || {
            let key = record.key.as_deref().map(String::from_utf8_lossy);
            format!("{} has the record key {key:?}", written.describe())
        });
    }
}

/// What makes two different lists differ, in a line that stays readable for long ones.
fn describe_lists(what: &str, written: &IdList, right: &IdList) -> String {
    let lacks = missing_from(&right.ids, &written.ids);
    let has_wrongly = missing_from(&written.ids, &right.ids);
    let mut parts = Vec::new();
    if !lacks.is_empty() {
        parts.push(format!("lacks the {what} {}", first_ids(&lacks)));
    }
    if !has_wrongly.is_empty() {
        parts.push(format!("has wrongly the {what} {}", first_ids(&has_wrongly)));
    }
    if written.omitted != right.omitted {
        parts.push(format!("says {} {what} are omitted, not {}", written.omitted, right.omitted));
    }
    if parts.is_empty() {
        // One list has an id more often, or in another place.
        let pairs = written.ids.iter().zip(&right.ids);
        let place = pairs.take_while(|(written, right)| written == right).count();
        parts.push(format!("has its {} {what} in the wrong order from number {place}", right.ids.len()));
    }
    parts.join(", ")
}

fn missing_from<'a>(ids: &'a [String], others: &[String]) -> Vec<&'a str> {
    let others: HashSet<&String> = others.iter().collect();
    ids.iter().filter(|id| !others.contains(id)).map(String::as_str).collect()
}

fn first_ids(ids: &[&str]) -> String {
    let first = ids[..ids.len().min(SHOWN_IDS)].join(", ");
    match ids.len().saturating_sub(SHOWN_IDS) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
