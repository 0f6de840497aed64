//! Records as the last one was: a stream's records mostly differ in nothing but the values.

mod literal;
mod values;

use std::collections::HashSet;

use super::fast::Scanner;
use super::fields::{is_written, quoted};
use super::{parse, Call, Limits, Rejection};
use literal::{Literal, Tail};
use values::{Meaning, Values};

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

    /// Parses and validates one record, a fraction of the work of [`parse`] where a layout fits.
    pub fn parse<'a>(&mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
        for place in 0..self.layouts.len() {
            if let Some(call) = self.layouts[place].read(record, limits) {
                if place > 0 {
                    self.layouts[..=place].rotate_right(1);
                }
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
    tail: Tail,
    has_end: bool,
    has_latency: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Field {
    /// What stands before the value, the quote of a string included, but for an id.
    before: Literal,
    meaning: Meaning,
    /// Under which the value is passed through, with quotes and colon; empty if it is not.
    name: String,
}

impl Layout {
    /// Fields of a layout, so that what is learnt has a limit.
    const MAX_FIELDS: usize = 256;

    /// The layout of a record, unless it holds what only the full parser reads: escapes, values that
    /// are no strings or numbers, a name twice, very many fields; or it lacks what a call has.
    fn of(text: &str) -> Option<Layout> {
        let mut scanner = Scanner::new(text);
        let mut fields: Vec<Field> = Vec::new();
        let mut names: HashSet<&str> = HashSet::new();
        let mut begin = 0;
        scanner.byte_order_mark();
        scanner.token(b'{')?;
        loop {
            scanner.space();
            let quoted = scanner.string()?;
            scanner.token(b':')?;
            scanner.space();
            let value_at = scanner.at();
            let value = scanner.value()?;
            if fields.len() == Self::MAX_FIELDS || !names.insert(quoted) {
                return None;
            }
            let (meaning, name) = meaning(&quoted[1..quoted.len() - 1], value.starts_with('"'))?;
            let quotes = usize::from(value.starts_with('"') && meaning != Meaning::Id);
            let before = Literal::new(text.get(begin..value_at + quotes)?);
            begin = scanner.at() - quotes;
            fields.push(Field { before, meaning, name });
            if scanner.token(b',').is_none() {
                break;
            }
        }
        let has = |meaning| fields.iter().any(|field| field.meaning == meaning);
        let (has_end, has_latency) = (has(Meaning::End), has(Meaning::Latency));
        let is_whole = [Meaning::Id, Meaning::Src, Meaning::Dst, Meaning::Start].into_iter().all(has);
        let tail = Tail::new(text.get(begin..)?);
        (is_whole && (has_end || has_latency)).then_some(Layout { fields, tail, has_end, has_latency })
    }

    /// The call of a record of this layout. `None` for every other one, and for every record that is
    /// rejected: the full parser says why.
    #[inline]
    fn read<'a>(&self, record: &'a [u8], limits: &Limits) -> Option<Call<'a>> {
        if record.len() > limits.max_record_bytes.min(MAX_BYTES) {
            return None;
        }
        let mut values = Values::new();
        let mut at = 0;
        for Field { before, meaning, name } in &self.fields {
            let begin = before.skip(record, at)?;
            at = values.read(*meaning, record, begin)?;
            if limits.pass_through && !name.is_empty() {
                let value = record.get(begin as usize..at as usize)?;
                values.pass_through(name, value, *meaning == Meaning::ExtraString)?;
            }
        }
        self.tail.ends(record, at).then(|| values.call(self.has_end, self.has_latency, limits))?
    }
}

/// What a field of this name means, and the name under which it is passed through; `None` where a number
/// stands for a string. A number may stand in quotes, which are a part of the layout.
fn meaning(name: &str, is_string: bool) -> Option<(Meaning, String)> {
    let meaning = match name {
        "id" => Meaning::Id,
        "src_ip" if is_string => Meaning::Src,
        "dst_ip" if is_string => Meaning::Dst,
        "src_ip" | "dst_ip" => return None,
        "start_at_ms" => Meaning::Start,
        "end_at_ms" => Meaning::End,
        "latency_msec" => Meaning::Latency,
        _ => {
            let meaning = if is_string { Meaning::ExtraString } else { Meaning::ExtraNumber };
            let name = if is_written(name) { String::new() } else { format!("{}:", quoted(name)) };
            return Some((meaning, name));
        }
    };
    Some((meaning, String::new()))
}

/// Bytes of a record at most, so that a place in it has 32 bits, and the sum of two of them does not wrap.
const MAX_BYTES: usize = 1 << 30;

/// So many bytes of a record at a place.
#[inline(always)]
fn window<const N: usize>(record: &[u8], at: u32) -> Option<&[u8; N]> {
    record.get(at as usize..at as usize + N)?.first_chunk()
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

    /// How the records of a program look.
    #[derive(Debug, Clone)]
    struct Style {
        names: Vec<&'static str>,
        space: &'static str,
        has_byte_order_mark: bool,
        quotes_numbers: bool,
    }

    /// The JSON of the values of a call.
    #[derive(Debug, Clone)]
    struct Sample {
        id: String,
        src: String,
        dst: String,
        start: String,
        latency: String,
        end: String,
        other: String,
    }

    fn style() -> impl Strategy<Value = Style> {
        const NAMES: [&str; 9] = [
            "id",
            "src_ip",
            "dst_ip",
            "start_at_ms",
            "latency_msec",
            "end_at_ms",
            "zone",
            "parents",
            "a name longer than a chunk",
        ];
        let names = prop_oneof![
            4 => prop::sample::subsequence(NAMES[6..].to_vec(), 0..=3)
                .prop_map(|others| [&NAMES[..6], &others].concat()).boxed(),
            1 => prop::sample::subsequence(NAMES.to_vec(), 4..=9).boxed(),
            1 => prop::sample::subsequence(NAMES.to_vec(), 1).prop_map(|twice| [&NAMES[..], &twice].concat()).boxed(),
        ];
        let space = prop_oneof![3 => Just(""), 1 => Just(" "), 1 => Just("\n\t    ")];
        (names.prop_shuffle(), space, prop::bool::weighted(0.1), prop::bool::weighted(0.2)).prop_map(
            |(names, space, has_byte_order_mark, quotes_numbers)| Style {
                names,
                space,
                has_byte_order_mark,
                quotes_numbers,
            },
        )
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let id = prop_oneof![
            "\"[a-z0-9-]{0,40}\"",
            "[0-9]{1,17}",
            "-?[0-9]{1,3}(\\.[0-9])?",
            "\"[a\\\\é !#]{1,9}\""
        ];
        let address =
            || prop_oneof!["\"10\\.0\\.[0-9]{1,3}\\.[0-9]{1,3}\"", "\"[a-z.é:\\\\ ]{0,20}\"", "[0-9]{1,3}"];
        let start = prop_oneof![
            6 => (1_700_000_000_000u64..1_700_000_003_000).boxed(),
            1 => (1u64..18).prop_map(|digits| 10u64.pow(digits as u32) - 1).boxed(),
            1 => any::<u64>().boxed(),
        ];
        let number = prop_oneof![
            "[0-9]{1,4}",
            "[0-9]{1,5}\\.[0-9]{1,4}",
            "[0-9]{1,9}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
            "-?[0-9.]{0,3}",
        ];
        let off = prop_oneof![6 => Just(0i64).boxed(), 1 => (-3i64..3).boxed(), 1 => any::<i64>().boxed()];
        let wrong = prop_oneof![9 => Just(String::new()).boxed(), 1 => "[0-9.eE-]{1,2}".boxed()];
        let other = prop_oneof![
            "[0-9]{1,9}",
            "-?[0-9]{1,3}(\\.[0-9]{1,3})?(e[0-9])?",
            "\"[ -~é]{0,40}\"",
            Just("null".to_owned())
        ];
        (id, address(), address(), start, number, off, wrong, other).prop_map(
            |(id, src, dst, start, latency, off, wrong, other)| {
                let whole = latency.parse::<f64>().map_or(0, |latency| latency as i64);
                let end = (start as i64).wrapping_add(whole).wrapping_add(off);
                let (start, end) = (format!("{start}{wrong}"), format!("{end}{wrong}"));
                Sample { id, src, dst, start, latency, end, other }
            },
        )
    }

    fn in_style(style: &Style, sample: &Sample) -> String {
        let Style { names, space, has_byte_order_mark, quotes_numbers } = style;
        let fields: Vec<String> = names
            .iter()
            .map(|&name| {
                let (value, is_number) = match name {
                    "id" => (&sample.id, false),
                    "src_ip" => (&sample.src, false),
                    "dst_ip" => (&sample.dst, false),
                    "start_at_ms" => (&sample.start, true),
                    "latency_msec" => (&sample.latency, true),
                    "end_at_ms" => (&sample.end, true),
                    _ => (&sample.other, false),
                };
                let quote = if is_number && *quotes_numbers { "\"" } else { "" };
                format!("{space}\"{name}\"{space}:{space}{quote}{value}{quote}{space}")
            })
            .collect();
        let mark = if *has_byte_order_mark { "\u{feff}" } else { "" };
        format!("{mark}{space}{{{}}}{space}", fields.join(","))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn records_of_any_styles_are_read_as_the_full_parser_reads_them_in_whatever_order_they_come(
            styles in prop::collection::vec(style(), 1..4),
            samples in prop::collection::vec((any::<prop::sample::Index>(), sample(), prop::option::weighted(0.2, (any::<prop::sample::Index>(), prop::option::of(any::<u8>())))), 1..12),
            pass_through: bool,
        ) {
            let limits = Limits { pass_through, max_record_bytes: 500, ..LIMITS };
            let mut parser = Parser::default();
            for (style, sample, change) in &samples {
                let mut record = in_style(style.get(&styles), sample).into_bytes();
                match change {
                    Some((at, Some(byte))) => { let at = at.index(record.len()); record[at] = *byte },
                    Some((at, None)) => record.truncate(at.index(record.len())),
                    None => (),
                }
                parser.patience = 0;
                let call = parser.parse(&record, &limits).and_then(|call| call.check_addresses().map(|()| call));
                prop_assert_eq!(call, parse(&record, &limits), "{}", String::from_utf8_lossy(&record));
            }
        }
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
        for (record, fits) in RECORDS.iter().zip([true, true, true, true, false, false, true, true]) {
            let layout = Layout::of(record);
            assert_eq!(layout.is_some(), fits, "{record}");
        }
        let layout = Layout::of(RECORDS[0]).unwrap();
        let call = layout.read(RECORDS[1].as_bytes(), &LIMITS).unwrap();
        assert_eq!(call, parse(RECORDS[1].as_bytes(), &LIMITS).unwrap());
        assert_eq!(call.latency.as_deref(), Some("39.70"));
    }
}
