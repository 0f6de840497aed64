//! Records as the last one was: a stream's records mostly differ in nothing but the values.

use std::borrow::Cow;
use std::collections::HashSet;

use super::fast::Scanner;
use super::fields::{is_written, quoted};
use super::times::Times;
use super::{parse, Call, Limits, Rejection};
use crate::address::MAX_HOST_NAME_BYTES;
use crate::digits::integer;
use crate::id::{Id, MAX_ID_BYTES};
use crate::number::nearest_below_next_integer;

/// Parses records one after the other, and expects each to look like one before it.
///
/// What it says of a record is what [`parse`] says, but for the addresses: where a layout fits, they are
/// any texts of a length that addresses have. Whoever keeps the call looks them up anyway, so it costs
/// nothing to see then whether they are addresses; [`Call::check_addresses`] tells what is wrong.
#[derive(Debug, Default)]
pub struct Parser {
    /// The layouts that were learnt: those that fitted last come first.
    layouts: Vec<Layout>,
    /// Records that have to fit none before another layout is learnt.
    patience: u32,
}

impl Parser {
    /// Layouts that are tried: a stream may have some kinds of records.
    const MAX_LAYOUTS: usize = 4;
    /// Records between two layouts that are learnt, or that turn out to have none: to learn one costs as
    /// much as to parse.
    const PATIENCE: u32 = 16;

    /// Parses and validates one record, a fifth of the work of [`parse`] where a layout fits.
    pub fn parse<'a>(&mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
        for place in 0..self.layouts.len() {
            if let Some(call) = self.layouts[place].read(record, limits) {
                self.layouts.swap(0, place);
                return Ok(call);
            }
        }
        let call = parse(record, limits)?;
        match self.patience {
            0 => self.learn(record),
            _ => self.patience -= 1,
        }
        Ok(call)
    }

    fn learn(&mut self, record: &[u8]) {
        self.patience = Self::PATIENCE;
        let layout = std::str::from_utf8(record).ok().and_then(Layout::of);
        // A record that is rejected may well look like the others.
        if let Some(layout) = layout.filter(|layout| !self.layouts.contains(layout)) {
            self.layouts.truncate(Self::MAX_LAYOUTS - 1);
            self.layouts.push(layout);
        }
    }
}

/// The bytes between the values of a record, and what the values are.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    fields: Vec<Field>,
    /// What stands behind the last value.
    tail: Literal,
}

#[derive(Debug, PartialEq, Eq)]
struct Field {
    /// What stands before the value, the quote of a string included.
    before: Literal,
    meaning: Meaning,
}

#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    IdText,
    IdInteger,
    Src,
    Dst,
    Start,
    End,
    Latency,
    /// A string or a number that is passed through under this name, with quotes and colon.
    Extra(String, bool),
}

/// A latency, and as it was written.
struct Latency<'a> {
    ms: f64,
    /// The same where it is written as a plain integer.
    integer_ms: Option<i64>,
    text: &'a [u8],
}

/// What the values of a record are.
#[derive(Default)]
struct Values<'a> {
    id: Option<Id<'a>>,
    src: Option<&'a [u8]>,
    dst: Option<&'a [u8]>,
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    latency: Option<Latency<'a>>,
    extras: String,
}

impl Layout {
    /// Fields of a layout, so that what is learnt has a limit.
    const MAX_FIELDS: usize = 256;

    /// The layout of a record, unless it holds what only the full parser reads: escapes, values that
    /// are no strings or numbers, a name twice, very many fields.
    fn of(text: &str) -> Option<Layout> {
        let mut scanner = Scanner::new(text);
        let mut fields: Vec<Field> = Vec::new();
        let mut names: HashSet<&str> = HashSet::new();
        let mut begin = 0;
        scanner.byte_order_mark();
        scanner.token(b'{')?;
        loop {
            scanner.space();
            let name = scanner.string()?;
            scanner.token(b':')?;
            scanner.space();
            let value_at = scanner.at();
            let value = scanner.value()?;
            if fields.len() == Self::MAX_FIELDS || !names.insert(name) {
                return None;
            }
            let is_string = value.starts_with('"');
            let before = text.get(begin..value_at + usize::from(is_string))?;
            begin = scanner.at() - usize::from(is_string);
            let meaning = meaning(&name[1..name.len() - 1], is_string)?;
            fields.push(Field { before: Literal::new(before), meaning });
            if scanner.token(b',').is_none() {
                break;
            }
        }
        Some(Layout { fields, tail: Literal::new(text.get(begin..)?) })
    }

    /// The call of a record of this layout. `None` for every other one, and for every record that is
    /// rejected: the full parser says why.
    fn read<'a>(&self, record: &'a [u8], limits: &Limits) -> Option<Call<'a>> {
        if record.len() > limits.max_record_bytes {
            return None;
        }
        let mut values = Values::default();
        let mut rest = record;
        for Field { before, meaning } in &self.fields {
            rest = before.strip(rest)?;
            rest = values.read(meaning, rest, limits.pass_through)?;
        }
        self.tail.strip(rest)?.is_empty().then_some(())?;
        values.call(limits)
    }
}

/// What a field of this name means; `None` where a number stands for a string. A number may stand in
/// quotes, which are a part of the layout.
fn meaning(name: &str, is_string: bool) -> Option<Meaning> {
    let (meaning, wants_string) = match name {
        "id" if is_string => (Meaning::IdText, true),
        "id" => (Meaning::IdInteger, false),
        "src_ip" => (Meaning::Src, true),
        "dst_ip" => (Meaning::Dst, true),
        "start_at_ms" => (Meaning::Start, is_string),
        "end_at_ms" => (Meaning::End, is_string),
        "latency_msec" => (Meaning::Latency, is_string),
        _ if is_written(name) => (Meaning::Extra(String::new(), is_string), is_string),
        _ => (Meaning::Extra(format!("{}:", quoted(name)), is_string), is_string),
    };
    (is_string == wants_string).then_some(meaning)
}

impl<'a> Values<'a> {
    /// Reads the value that `rest` begins with; returns what follows it.
    #[inline]
    fn read(&mut self, meaning: &Meaning, rest: &'a [u8], pass_through: bool) -> Option<&'a [u8]> {
        match meaning {
            Meaning::IdText => {
                let (text, rest) = string(rest)?;
                (1..=MAX_ID_BYTES).contains(&text.len()).then_some(())?;
                self.id = Some(Id::of_text(text));
                Some(rest)
            }
            Meaning::IdInteger => {
                let (digits, rest) = rest.split_at(integer(rest)?.1);
                self.id = Some(Id::Integer(digits));
                Some(rest)
            }
            Meaning::Src => address(&mut self.src, rest),
            Meaning::Dst => address(&mut self.dst, rest),
            Meaning::Start => time(&mut self.start_ms, rest),
            Meaning::End => time(&mut self.end_ms, rest),
            Meaning::Latency => {
                let (latency, rest) = latency(rest)?;
                self.latency = Some(latency);
                Some(rest)
            }
            Meaning::Extra(name, is_string) => {
                let (value, rest) = if *is_string { string(rest)? } else { number(rest)? };
                if pass_through && !name.is_empty() {
                    let value = std::str::from_utf8(value).ok()?;
                    let quote = if *is_string { "\"" } else { "" };
                    let comma = if self.extras.is_empty() { "" } else { "," };
                    for piece in [comma, name, quote, value, quote] {
                        self.extras.push_str(piece);
                    }
                }
                Some(rest)
            }
        }
    }

    fn call(self, limits: &Limits) -> Option<Call<'a>> {
        let latency_ms = self.latency.as_ref().map(|latency| latency.ms);
        let times = Times::of(self.start_ms?, self.end_ms, latency_ms, limits).ok()?;
        times.check(limits).ok()?;
        let latency = match self.latency {
            Some(latency) if latency.integer_ms != Some(times.length_ms()) => {
                Some(Cow::Borrowed(std::str::from_utf8(latency.text).ok()?))
            }
            _ => None,
        };
        Some(Call {
            id: self.id?,
            src: self.src?,
            dst: self.dst?,
            start_ms: times.start_ms,
            end_ms: times.end_ms,
            latency,
            extras: self.extras,
        })
    }
}

/// The inside of the string that `rest` is in, UTF-8; what follows begins with its quote.
#[inline]
fn string(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, is_ascii) = super::fast::plain_length(rest);
    let (inside, rest) = rest.split_at(length);
    (is_ascii || std::str::from_utf8(inside).is_ok()).then_some((inside, rest))
}

#[inline]
fn address<'a>(to: &mut Option<&'a [u8]>, rest: &'a [u8]) -> Option<&'a [u8]> {
    let (text, rest) = string(rest)?;
    (1..=MAX_HOST_NAME_BYTES).contains(&text.len()).then_some(())?;
    *to = Some(text);
    Some(rest)
}

#[inline]
fn time<'a>(to: &mut Option<i64>, rest: &'a [u8]) -> Option<&'a [u8]> {
    let (value, length) = integer(rest)?;
    *to = Some(value);
    Some(&rest[length..])
}

fn latency(rest: &[u8]) -> Option<(Latency<'_>, &[u8])> {
    let (value, length) = integer(rest)?;
    if matches!(rest.get(length), Some(b'.' | b'e' | b'E')) {
        let (text, rest) = number(rest)?;
        let ms = nearest_below_next_integer(std::str::from_utf8(text).ok()?)?;
        return Some((Latency { ms, integer_ms: None, text }, rest));
    }
    let (text, rest) = rest.split_at(length);
    // Exact: an f64 holds every integer of 15 digits.
    Some((Latency { ms: value as f64, integer_ms: Some(value), text }, rest))
}

/// A number by JSON's grammar.
fn number(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    // All that numbers are made of; the scanner says how much of it is one.
    let most = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    let text = std::str::from_utf8(&rest[..most.count()]).ok()?;
    let length = Scanner::new(text).number()?.len();
    Some(rest.split_at(length))
}

/// Bytes that are expected, in pieces that are compared at once.
#[derive(Debug, PartialEq, Eq)]
struct Literal {
    bytes: Vec<u8>,
    /// The first 16 of them, and which these are.
    head: u128,
    mask: u128,
}

impl Literal {
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let mut head = [0; 16];
        let length = bytes.len().min(head.len());
        head[..length].copy_from_slice(&bytes[..length]);
        let mask = u128::MAX.checked_shr(128 - 8 * length as u32).unwrap_or(0);
        Literal { bytes, head: u128::from_le_bytes(head), mask }
    }

    /// What follows these bytes, if `text` begins with them.
    #[inline]
    fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        if let (Some(first), true) = (text.first_chunk(), self.bytes.len() <= 16) {
            let same = u128::from_le_bytes(*first) & self.mask == self.head;
            return same.then(|| &text[self.bytes.len()..]);
        }
        text.strip_prefix(self.bytes.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        max_record_bytes: 300,
        max_latency_ms: 20_000,
        latest_start_ms: 1_800_000_000_000,
        pass_through: true,
    };

    const RECORDS: [&str; 8] = [
        r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","src_ip":"10.0.0.1","dst_ip":"api.grüße","start_at_ms":1700000000000,"latency_msec":40,"end_at_ms":1700000000040}"#,
        r#"{"id":"call-1","src_ip":"10.0.0.1","dst_ip":"10.0.0.22","start_at_ms":1700000000000,"latency_msec":39.70,"end_at_ms":1700000000040}"#,
        r#"{"zone":-0.5e-3, "id":17,"src_ip":"::1","dst_ip":"b","tag":"é","start_at_ms":999999999,"latency_msec":0}"#,
        r#" { "start_at_ms" : 1000 , "end_at_ms" : 1001 , "id" : "x" , "src_ip" : "b" , "dst_ip" : "a", "parents": 7 } "#,
        r#"{"id":"","src_ip":"10.0.0.1","dst_ip":"","start_at_ms":0012,"latency_msec":1e1,"end_at_ms":9007199254740993}"#,
        r#"{"id":"a\"b","src_ip":"10.0.0.1","dst_ip":"a","start_at_ms":12,"latency_msec":30000,"end_at_ms":30012,"id":"b"}"#,
        r#"{"id":"1","src_ip":"10.0.0.1:80","dst_ip":"api.example.","start_at_ms":"1700000000000","latency_msec":"1.5","end_at_ms":"1700000000001"}"#,
        "\u{feff}{\"id\":\"1\",\"src_ip\":\"-1\",\"dst_ip\":\"unknown1\",\"start_at_ms\":1000,\"latency_msec\":1}",
    ];

    /// A record of the layout of one of the above, with other values or other bytes.
    fn record() -> impl Strategy<Value = Vec<u8>> {
        let value = prop_oneof![
            "[0-9]{1,17}",
            "-?[0-9]{1,3}(\\.[0-9]{1,3})?(e[0-9])?",
            Just("1700000000000".to_owned()),
            Just("".to_owned()),
            "[a-z0-9.:é\\\\]{0,20}",
        ];
        let byte = prop_oneof![Just(b'"'), Just(b'\\'), Just(b','), Just(b' '), Just(b'0'), any::<u8>()];
        let change = prop_oneof![
            4 => Just(None).boxed(),
            4 => (any::<prop::sample::Index>(), value).prop_map(Some).boxed(),
        ];
        let cut = prop::option::weighted(0.3, (any::<prop::sample::Index>(), byte));
        (0..RECORDS.len(), change, cut).prop_map(|(record, change, cut)| {
            let mut text = RECORDS[record].to_owned();
            if let Some((place, value)) = change {
                let digits: Vec<(usize, &str)> = RECORDS[record].match_indices("1").collect();
                let (at, old) = digits[place.index(digits.len())];
                text.replace_range(at..at + old.len(), &value);
            }
            let mut bytes = text.into_bytes();
            if let Some((place, byte)) = cut {
                let at = place.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn a_record_is_read_as_the_full_parser_reads_it_whatever_came_before(
            records in prop::collection::vec(record(), 1..8),
            pass_through: bool,
        ) {
            let limits = Limits { pass_through, ..LIMITS };
            let mut parser = Parser::default();
            for record in &records {
                // Each may be the one that is learnt.
                parser.patience = 0;
                let call = parser.parse(record, &limits).and_then(|call| call.check_addresses().map(|()| call));
                prop_assert_eq!(call, parse(record, &limits));
            }
        }

    }

    #[test]
    fn the_layout_of_a_usual_record_fits_the_next() {
        for (record, fits) in RECORDS.iter().zip([true, true, true, true, true, false, true, true]) {
            let layout = Layout::of(record);
            assert_eq!(layout.is_some(), fits, "{record}");
        }
        let layout = Layout::of(RECORDS[0]).unwrap();
        let call = layout.read(RECORDS[1].as_bytes(), &LIMITS).unwrap();
        assert_eq!(call, parse(RECORDS[1].as_bytes(), &LIMITS).unwrap());
        assert_eq!(call.latency.as_deref(), Some("39.70"));
    }
}
