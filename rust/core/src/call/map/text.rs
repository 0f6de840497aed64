//! How a map is written.
//!
//! ```text
//! map         = (ready | entry) *("," entry)      an entry replaces that of a ready map
//! entry       = field "=" alternative *("|" alternative)
//! alternative = part *("+" part) [":" unit] ["?" path "=" text]
//! part        = path | "'" constant "'"
//! path        = step *("." step)
//! step        = name ["[" name "=" text "]"]
//! ```

use super::ready;
use super::tree::{Path, Step};
use super::units::Unit;

/// The longest map, bytes.
const MAX_BYTES: usize = 8192;
/// The longest path, steps.
const MAX_STEPS: usize = 16;

/// The fields of a call, in the order of their numbers.
pub const FIELDS: [&str; 6] = ["id", "src_ip", "dst_ip", "start_at_ms", "latency_msec", "end_at_ms"];
/// The number of a field.
pub const ID: usize = 0;
/// The number of a field.
pub const START: usize = 3;
/// The number of a field.
pub const LATENCY: usize = 4;
/// The number of a field.
pub const END: usize = 5;

/// Where each field comes from.
pub type Entries = [Option<Vec<Alternative>>; FIELDS.len()];

/// One of the places that a field may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// One, or several that are joined.
    pub parts: Vec<Part>,
    /// The unit of a time or duration.
    pub unit: Unit,
    /// It counts only where this path has this value.
    pub only_if: Option<(Path, String)>,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// What stands at a path.
    Path(Path),
    /// A JSON string.
    Constant(String),
}

/// Reads a map.
///
/// # Errors
/// What is wrong with it, where, and what would be right: goes on after the name of the option.
pub fn read(text: &str) -> Result<Entries, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("has {} bytes; at most {MAX_BYTES} are allowed", text.len()));
    }
    let mut reader = Reader { text, at: 0 };
    let mut entries = Entries::default();
    let ready = reader.word().filter(|name| !name.is_empty() && matches!(reader.peek(), None | Some(',')));
    match ready {
        Some(name) => {
            let known = ready::text(name)
                .ok_or_else(|| reader.wrong(0, format!("'{name}' is no ready map"), &ready::wanted()))?;
            // Tests hold every ready map to be sound.
            entries = read(known)?;
            if reader.peek().is_none() {
                return Ok(entries);
            }
            reader.at += 1;
        }
        None => reader.at = 0,
    }
    let mut is_set = [false; FIELDS.len()];
    loop {
        let begin = reader.at;
        let (field, alternatives) = reader.entry()?;
        if std::mem::replace(&mut is_set[field], true) {
            return Err(reader.wrong(begin, format!("{} is there twice", FIELDS[field]), "each field once"));
        }
        entries[field] = Some(alternatives);
        match reader.next() {
            None => break,
            Some(',') => {}
            Some(other) => {
                return Err(reader.wrong(
                    reader.at - other.len_utf8(),
                    format!("{} is not expected", shown(other)),
                    "a comma and the next field",
                ))
            }
        }
    }
    check_whole(&entries)?;
    Ok(entries)
}

/// A field may be missing where it can be derived.
fn check_whole(entries: &Entries) -> Result<(), String> {
    let missing = |field: usize| entries[field].is_none();
    if let Some(field) = (0..START).find(|&field| missing(field)) {
        return Err(format!(
            "does not say where {} comes from; {}=PATH is wanted",
            FIELDS[field], FIELDS[field]
        ));
    }
    let times: Vec<&str> = [START, LATENCY, END]
        .into_iter()
        .filter(|&field| missing(field))
        .map(|field| FIELDS[field])
        .collect();
    if times.len() > 1 {
        return Err(format!(
            "does not say where {} come from; two of start_at_ms, latency_msec and end_at_ms are wanted",
            times.join(" and ")
        ));
    }
    Ok(())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// Characters that a name has to be quoted for.
fn is_special(character: char) -> bool {
    ".,=:+|?'\"[]\\".contains(character) || character.is_whitespace() || character.is_control()
}

fn shown(character: char) -> String {
    format!("'{}'", character.escape_debug())
}

impl<'a> Reader<'a> {
    /// `at` is a place in bytes.
    fn wrong(&self, at: usize, what: impl AsRef<str>, wanted: &str) -> String {
        let number = self.text[..at].chars().count() + 1;
        format!("is wrong at character {number}: {}; {wanted} is wanted", what.as_ref())
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn accept(&mut self, character: char) -> bool {
        let is_there = self.peek() == Some(character);
        self.at += if is_there { character.len_utf8() } else { 0 };
        is_there
    }

    fn expect(&mut self, character: char, behind: &str) -> Result<(), String> {
        if self.accept(character) {
            return Ok(());
        }
        let found = self.peek().map_or("the end".to_owned(), shown);
        Err(self.wrong(self.at, format!("{found} follows {behind}"), &shown(character)))
    }

    /// Characters up to the first that is special.
    fn word(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(is_special).unwrap_or(rest.len())];
        self.at += word.len();
        (!word.is_empty()).then_some(word)
    }

    /// What stands between two of these quotes, which are doubled inside.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let begin = self.at;
        self.at += quote.len_utf8();
        let mut text = String::new();
        while let Some(next) = self.next() {
            if next != quote {
                text.push(next);
            } else if self.accept(quote) {
                text.push(quote);
            } else {
                return Ok(text);
            }
        }
        Err(self.wrong(begin, format!("the quote {quote} is not closed"), &format!("another {quote}")))
    }

    fn name(&mut self) -> Result<String, String> {
        if self.peek() == Some('"') {
            return self.quoted('"');
        }
        if let Some(word) = self.word() {
            return Ok(word.to_owned());
        }
        let found = match self.peek() {
            None => "it ends where a name is to stand".to_owned(),
            Some(other) => format!("{} stands where a name is to stand", shown(other)),
        };
        Err(self.wrong(self.at, found, "a name, in double quotes if it has special characters,"))
    }

    /// A text that a value is compared with.
    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            Some('\'') => self.quoted('\''),
            _ => self.name(),
        }
    }

    fn entry(&mut self) -> Result<(usize, Vec<Alternative>), String> {
        let begin = self.at;
        let name = self.name()?;
        let Some(field) = FIELDS.iter().position(|&field| field == name) else {
            return Err(self.wrong(
                begin,
                format!("'{name}' is no field of a call"),
                "id, src_ip, dst_ip, start_at_ms, latency_msec or end_at_ms",
            ));
        };
        self.expect('=', &name)?;
        let mut alternatives = vec![self.alternative(field)?];
        while self.accept('|') {
            alternatives.push(self.alternative(field)?);
        }
        Ok((field, alternatives))
    }

    fn alternative(&mut self, field: usize) -> Result<Alternative, String> {
        let mut parts = vec![self.part()?];
        while self.peek() == Some('+') {
            if field != ID {
                return Err(self.wrong(
                    self.at,
                    format!("{} is joined of several", FIELDS[field]),
                    "one place",
                ));
            }
            self.at += 1;
            parts.push(self.part()?);
        }
        let begin = self.at;
        let mut unit = Unit::Ms;
        if self.accept(':') {
            if field < START {
                return Err(self.wrong(begin, format!("{} has a unit", FIELDS[field]), "no unit"));
            }
            let at = self.at;
            let name = self.word().unwrap_or_default();
            unit =
                Unit::ALL.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit).ok_or_else(
                    || self.wrong(at, format!("'{name}' is no unit"), "s, ms, us, ns or iso8601"),
                )?;
        }
        let mut only_if = None;
        if self.accept('?') {
            let path = self.path()?;
            self.expect('=', "the path of a condition")?;
            only_if = Some((path, self.value()?));
        }
        Ok(Alternative { parts, unit, only_if })
    }

    fn part(&mut self) -> Result<Part, String> {
        if self.peek() == Some('\'') {
            // A JSON string of any text can be written.
            return Ok(Part::Constant(serde_json::Value::from(self.quoted('\'')?).to_string()));
        }
        Ok(Part::Path(self.path()?))
    }

    fn path(&mut self) -> Result<Path, String> {
        let begin = self.at;
        let mut path = vec![Step::Name(self.name()?)];
        loop {
            if self.accept('.') {
                path.push(Step::Name(self.name()?));
            } else if self.accept('[') {
                let name = self.name()?;
                self.expect('=', "the name in brackets (an element by its number is .0)")?;
                path.push(Step::Where { name, is: self.value()? });
                self.expect(']', "what the element is chosen by")?;
            } else {
                break;
            }
        }
        if path.len() > MAX_STEPS {
            let right = format!("at most {MAX_STEPS}");
            return Err(self.wrong(begin, format!("the path has {} steps", path.len()), &right));
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = ",src_ip=s,dst_ip=d,start_at_ms=t,end_at_ms=e";

    fn name(name: &str) -> Step {
        Step::Name(name.to_owned())
    }

    fn id(text: &str) -> Vec<Alternative> {
        read(&format!("id={text}{REST}")).unwrap()[ID].clone().unwrap()
    }

    fn parts(text: &str) -> Vec<Part> {
        id(text)[0].parts.clone()
    }

    #[test]
    fn a_path_has_names_numbers_and_conditions() {
        let path = |steps: &[Step]| vec![Part::Path(steps.to_vec())];
        assert_eq!(parts("a"), path(&[name("a")]));
        assert_eq!(parts("@a-b/c.0.é"), path(&[name("@a-b/c"), name("0"), name("é")]));
        assert_eq!(parts(r#""a.b ""c""".d"#), path(&[name("a.b \"c\""), name("d")]));
        let chosen = Step::Where { name: "key".to_owned(), is: "net.peer".to_owned() };
        for text in ["a[key='net.peer'].v", "a[key=\"net.peer\"].v"] {
            assert_eq!(parts(text), path(&[name("a"), chosen.clone(), name("v")]));
        }
    }

    #[test]
    fn an_entry_has_parts_units_conditions_and_alternatives() {
        let constant = Part::Constant(r#""it's \"7\"""#.to_owned());
        assert_eq!(parts("'it''s \"7\"'+a"), [constant, Part::Path(vec![name("a")])]);
        let entries =
            read("id=i,src_ip=s,dst_ip=d,start_at_ms=t:iso8601?k.l=3|u:us|'0',latency_msec=l:ns").unwrap();
        let start = entries[START].as_ref().unwrap();
        assert_eq!(start.iter().map(|one| one.unit).collect::<Vec<_>>(), [Unit::Iso8601, Unit::Us, Unit::Ms]);
        assert_eq!(start[0].only_if, Some((vec![name("k"), name("l")], "3".to_owned())));
        assert_eq!(entries[LATENCY].as_ref().unwrap()[0].unit, Unit::Ns);
    }

    #[test]
    fn fields_of_a_ready_map_are_replaced() {
        let ready = read("zipkin").unwrap();
        let changed = read("zipkin,id=id").unwrap();
        assert_eq!(changed[ID].as_ref().unwrap()[0].parts, [Part::Path(vec![name("id")])]);
        assert_eq!(changed[1..], ready[1..]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_would_be_right() {
        for (text, said) in [
            ("", "is wrong at character 1: it ends where a name is to stand; a name, in double quotes if it has special characters, is wanted"),
            ("envoi", "is wrong at character 1: 'envoi' is no ready map; envoy, hubble, zipkin, otlp or FIELD=PATH,… is wanted"),
            ("envoy;id=a", "is wrong at character 1: 'envoy;id' is no field of a call; id, src_ip, dst_ip, start_at_ms, latency_msec or end_at_ms is wanted"),
            ("envoy,", "is wrong at character 7: it ends where a name is to stand; a name, in double quotes if it has special characters, is wanted"),
            ("é=a", "is wrong at character 1: 'é' is no field of a call; id, src_ip, dst_ip, start_at_ms, latency_msec or end_at_ms is wanted"),
            ("id=é..b", "is wrong at character 6: '.' stands where a name is to stand; a name, in double quotes if it has special characters, is wanted"),
            ("id:a", "is wrong at character 3: ':' follows id; '=' is wanted"),
            ("id", "is wrong at character 1: 'id' is no ready map; envoy, hubble, zipkin, otlp or FIELD=PATH,… is wanted"),
            ("id=a:s", "is wrong at character 5: id has a unit; no unit is wanted"),
            ("start_at_ms=a:m", "is wrong at character 15: 'm' is no unit; s, ms, us, ns or iso8601 is wanted"),
            ("src_ip=a+b", "is wrong at character 9: src_ip is joined of several; one place is wanted"),
            ("id='a", "is wrong at character 4: the quote ' is not closed; another ' is wanted"),
            ("id=a,id=b", "is wrong at character 6: id is there twice; each field once is wanted"),
            ("id=a b", "is wrong at character 5: ' ' is not expected; a comma and the next field is wanted"),
            ("id=a[0]", "is wrong at character 7: ']' follows the name in brackets (an element by its number is .0); '=' is wanted"),
            ("id=a[b=c", "is wrong at character 9: the end follows what the element is chosen by; ']' is wanted"),
            ("id=a?b", "is wrong at character 7: the end follows the path of a condition; '=' is wanted"),
            ("id=a", "does not say where src_ip comes from; src_ip=PATH is wanted"),
            ("id=a,src_ip=b,dst_ip=c,end_at_ms=d", "does not say where start_at_ms and latency_msec come from; two of start_at_ms, latency_msec and end_at_ms are wanted"),
        ] {
            assert_eq!(read(text).unwrap_err(), said, "{text}");
        }
        let deep = format!("id=a{}", ".a".repeat(MAX_STEPS));
        assert_eq!(
            read(&deep).unwrap_err(),
            "is wrong at character 4: the path has 17 steps; at most 16 is wanted"
        );
        let long = format!("id={}", "a".repeat(MAX_BYTES));
        assert_eq!(read(&long).unwrap_err(), "has 8195 bytes; at most 8192 are allowed");
    }
}
