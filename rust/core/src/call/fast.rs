//! The fields of a record as nearly all records have them, five times as fast as a full parser.

use std::borrow::Cow;

use super::fields::Fields;

/// What some programs write in front of UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads the fields of a JSON object whose values are numbers and strings and that has no escapes;
/// `None` for every other text, right or wrong: the full parser decides on it.
///
/// What it returns is what the full parser returns.
pub fn read(text: &str, keep_extras: bool) -> Option<Fields<'_>> {
    let mut scanner = Scanner::new(text);
    let mut fields = Fields::default();
    scanner.token(b'{')?;
    loop {
        scanner.space();
        let name = scanner.string()?;
        scanner.token(b':')?;
        scanner.space();
        let value = scanner.value()?;
        if !fields.set(&name[1..name.len() - 1], value) && keep_extras {
            fields.extras.set(Cow::Borrowed(name), value);
        }
        if scanner.token(b',').is_none() {
            break;
        }
    }
    scanner.token(b'}')?;
    scanner.space();
    (scanner.at == text.len()).then_some(fields)
}

/// A place in a text. What is not found leaves it where it was, or anywhere if the text is given up.
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// At the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Scanner { text, at: 0 }
    }

    /// The place, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes beyond the byte-order mark here, if there is one.
    pub fn byte_order_mark(&mut self) {
        if self.text[self.at..].starts_with(BYTE_ORDER_MARK) {
            self.at += BYTE_ORDER_MARK.len_utf8();
        }
    }

    /// Goes beyond the space here.
    pub fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes beyond this byte, and the space before it.
    pub fn token(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A string or a number.
    pub fn value(&mut self) -> Option<&'a str> {
        match self.peek()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    /// A string with its quotes.
    pub fn string(&mut self) -> Option<&'a str> {
        let begin = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        let inside = &self.text.as_bytes()[self.at..];
        let (length, _) = plain_length(inside);
        if *inside.get(length)? != b'"' {
            return None;
        }
        self.at += length + 1;
        self.text.get(begin..self.at)
    }

    /// A number.
    pub fn number(&mut self) -> Option<&'a str> {
        let begin = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.text.get(begin..self.at)
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let digits = &self.text.as_bytes()[self.at..];
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }
}

/// How many bytes stand before the first quote, backslash or control character, and whether all of
/// them are ASCII.
#[inline]
pub fn plain_length(bytes: &[u8]) -> (usize, bool) {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    // The high bit of each byte that is zero; bytes above the lowest of these may be set wrongly.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (mut length, mut highs) = (0, 0);
    while let Some((word, _)) = bytes.get(length..).and_then(<[u8]>::split_first_chunk) {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = quotes | backslashes | controls;
        if found != 0 {
            let before = found.trailing_zeros() / 8;
            highs |= word & HIGHS & !(u64::MAX << (8 * before));
            return (length + before as usize, highs == 0);
        }
        highs |= word & HIGHS;
        length += 8;
    }
    let rest = bytes[length..].iter();
    let more = rest.take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= 0x20).count();
    (length + more, highs == 0 && bytes[length..length + more].is_ascii())
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::*;
    use proptest::prelude::*;

    const USUAL: &str = r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","src_ip":"10.0.0.1","dst_ip":"api.grüße","start_at_ms":1.7e12,"latency_msec":39.70,"end_at_ms":1700000000040,"zone":-0.5e-3}"#;

    fn text() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?([eE][+-]?[0-9]{1,3})?",
            "[-+0-9.eE]{1,6}",
            "\"[a-z\"\\\\\u{1f}\u{7f}é]{0,12}\"",
            Just("null".to_owned()),
            Just("[1]".to_owned()),
            Just("\"\\u00e9\"".to_owned()),
        ];
        let name = prop_oneof!["id", "start_at_ms", "src_ip", "zone", "parents", "\\PC{0,9}"];
        let field = (" {0,2}", name, "[ \t]{0,1}", value)
            .prop_map(|(space, name, more, value)| format!("{space}\"{name}\"{more}:{space}{value}{more}"));
        (prop::collection::vec(field, 0..6), "[ \n]{0,1}", "[}, ]{0,2}").prop_map(|(fields, space, end)| {
            format!("{space}{{{}}}{space}{}", fields.join(","), if end == "}" { end } else { String::new() })
        })
    }

    fn mutated() -> impl Strategy<Value = String> {
        let byte =
            prop_oneof![Just(b'"'), Just(b'\\'), Just(b','), Just(b'}'), Just(b' '), Just(b'0'), any::<u8>()];
        (0..USUAL.len(), byte, any::<bool>()).prop_filter_map("not UTF-8", |(at, byte, replace)| {
            let mut text = USUAL.as_bytes().to_vec();
            if replace {
                text[at] = byte;
            } else {
                text.insert(at, byte);
            }
            String::from_utf8(text).ok()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn what_is_read_is_what_the_full_parser_reads(text in prop_oneof![text(), mutated()], keep_extras: bool) {
            if let Some(fast) = read(&text, keep_extras) {
                prop_assert_eq!(fast, fields::read(&text, keep_extras).unwrap());
            }
        }

        #[test]
        fn a_string_ends_at_the_first_quote_backslash_or_control_character(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x7f), Just(0x80), Just(b'"'), 0x20u8..0x24, 0x5bu8..0x5e, 0x9fu8..0xa4], 0..40)
        ) {
            let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
            let length = bytes.iter().position(special).unwrap_or(bytes.len());
            prop_assert_eq!(plain_length(&bytes), (length, bytes[..length].is_ascii()));
        }
    }

    #[test]
    fn the_usual_record_is_read() {
        for text in [USUAL.to_owned(), USUAL.replace(',', " ,\n  ").replace(':', " : ") + "\r\n"] {
            let fields = read(&text, true).unwrap();
            assert_eq!(fields.start, Some("1.7e12"));
            assert_eq!(fields.extras.json(), r#""zone":-0.5e-3"#);
        }
    }
}
