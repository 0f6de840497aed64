//! The id of a call, as it was written.

use std::cmp::Ordering;

use xxhash_rust::xxh3::xxh3_64;

/// The longest id, bytes as written in the JSON, without quotes.
pub const MAX_ID_BYTES: usize = 256;

/// Characters of a UUID.
pub const UUID_CHARS: usize = 36;
/// Where the two digits of each byte stand in a UUID.
const UUID_PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHEN_PLACES: [usize; 4] = [8, 13, 18, 23];

/// A JSON integer, or what stands between the quotes of a JSON string, byte for byte.
///
/// Ordered by the bytes of the text; `7` stands before `"7"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Id<'a> {
    /// An integer.
    Integer(&'a [u8]),
    /// A string that is no canonical UUID.
    Text(&'a [u8]),
    /// A string that is a UUID in its canonical spelling: lower case, hyphens after 8, 12, 16 and
    /// 20 digits.
    Uuid([u8; 16]),
}

impl<'a> Id<'a> {
    /// The id of a JSON string, given what stands between its quotes.
    pub fn of_string(text: &'a str) -> Self {
        Self::of_text(text.as_bytes())
    }

    /// As [`of_string`](Self::of_string), for bytes that are UTF-8.
    pub fn of_text(text: &'a [u8]) -> Self {
        uuid(text).map_or(Id::Text(text), Id::Uuid)
    }

    /// The id of a JSON integer.
    pub fn of_integer(text: &'a str) -> Self {
        Id::Integer(text.as_bytes())
    }

    /// The id that was [written](Self::write) as this JSON value.
    pub fn of_json(json: &'a [u8]) -> Self {
        match json {
            [b'"', text @ .., b'"'] => Self::of_text(text),
            integer => Id::Integer(integer),
        }
    }

    /// The id that these bytes are of this kind; those of a UUID must be 16.
    pub fn of_bytes(kind: Kind, bytes: &'a [u8]) -> Self {
        match kind {
            Kind::Integer => Id::Integer(bytes),
            Kind::Text => Id::Text(bytes),
            Kind::Uuid => {
                let mut uuid = [0; 16];
                uuid.copy_from_slice(bytes);
                Id::Uuid(uuid)
            }
        }
    }

    /// The group of this id among `groups`. Part of the state: the same in every version.
    pub fn group(&self, groups: u32) -> u32 {
        let hash = match self {
            Id::Integer(text) | Id::Text(text) => xxh3_64(text),
            Id::Uuid(bytes) => xxh3_64(bytes),
        };
        (hash % u64::from(groups)) as u32
    }

    /// Bytes of the id as a JSON value.
    pub fn json_bytes(&self) -> usize {
        match self {
            Id::Integer(text) => text.len(),
            Id::Text(text) => text.len() + 2,
            Id::Uuid(_) => UUID_CHARS + 2,
        }
    }

    /// Appends the text of the id, without quotes.
    pub fn write_text(&self, out: &mut Vec<u8>) {
        match self {
            Id::Integer(text) | Id::Text(text) => out.extend_from_slice(text),
            Id::Uuid(bytes) => out.extend_from_slice(&uuid_text(bytes)),
        }
    }

    /// Appends the id as the JSON value that it was.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Id::Integer(text) => out.extend_from_slice(text),
            Id::Text(text) => {
                out.push(b'"');
                out.extend_from_slice(text);
                out.push(b'"');
            }
            Id::Uuid(bytes) => {
                out.push(b'"');
                out.extend_from_slice(&uuid_text(bytes));
                out.push(b'"');
            }
        }
    }

    fn is_string(&self) -> bool {
        !matches!(self, Id::Integer(_))
    }
}

impl Ord for Id<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // The digits of both stand at the same places.
            (Id::Uuid(a), Id::Uuid(b)) => a.cmp(b),
            (Id::Uuid(a), Id::Integer(b) | Id::Text(b)) => uuid_text(a).as_slice().cmp(b),
            (Id::Integer(a) | Id::Text(a), Id::Uuid(b)) => (*a).cmp(&uuid_text(b)),
            (Id::Integer(a) | Id::Text(a), Id::Integer(b) | Id::Text(b)) => {
                a.cmp(b).then(self.is_string().cmp(&other.is_string()))
            }
        }
    }
}

impl PartialOrd for Id<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The 16 bytes of a UUID in its canonical spelling.
fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; UUID_CHARS] = text.try_into().ok()?;
    let mut bytes = [0; 16];
    // No byte of a digit's value has a high bit; one test at the end finds any that is no digit.
    let mut wrong = 0;
    for (byte, place) in bytes.iter_mut().zip(UUID_PLACES) {
        let (high, low) =
            (DIGIT_VALUES[usize::from(text[place])], DIGIT_VALUES[usize::from(text[place + 1])]);
        wrong |= high | low;
        *byte = high << 4 | low & 15;
    }
    let hyphens = HYPHEN_PLACES.iter().all(|&place| text[place] == b'-');
    (wrong < 16 && hyphens).then_some(bytes)
}

/// The canonical spelling of a UUID.
pub fn uuid_text(uuid: &[u8; 16]) -> [u8; UUID_CHARS] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; UUID_CHARS];
    for (byte, place) in uuid.iter().zip(UUID_PLACES) {
        text[place] = DIGITS[usize::from(byte >> 4)];
        text[place + 1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

/// The value of each lower-case hexadecimal digit; 255 for every other byte.
const DIGIT_VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// What the bytes of an id in a table or a block mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The text of an integer.
    Integer = 0,
    /// The text of a string.
    Text = 1,
    /// The 16 bytes of a UUID.
    Uuid = 2,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_ordered_by_the_bytes_of_their_text() {
        let string = Id::of_string;
        let mut ids =
            [string("b"), string("a!"), string("a"), Id::of_integer("10"), string("10"), string("é")];
        ids.sort();
        let texts = ids.map(|id| {
            let mut json = Vec::new();
            id.write(&mut json);
            String::from_utf8(json).unwrap()
        });
        assert_eq!(texts, ["10", r#""10""#, r#""a""#, r#""a!""#, r#""b""#, r#""é""#]);
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[0-9a-g]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-fA]{12}",
            "[0-9a-f]{3}",
            "\\PC{36}",
        ]
    }

    proptest! {
        #[test]
        fn a_uuid_is_ordered_and_written_like_any_text(a in text(), b in text()) {
            prop_assert_eq!(Id::of_string(&a).cmp(&Id::of_string(&b)), a.as_bytes().cmp(b.as_bytes()));
            prop_assert_eq!(Id::of_string(&a) == Id::of_string(&b), a == b);
            let (id, mut written) = (Id::of_string(&a), Vec::new());
            id.write_text(&mut written);
            prop_assert_eq!(&written, a.as_bytes());
            written.clear();
            id.write(&mut written);
            prop_assert_eq!(written.len(), id.json_bytes());
            prop_assert_eq!(written, format!("\"{a}\"").into_bytes());
        }
    }

    #[test]
    fn a_canonical_uuid_takes_16_bytes_and_any_other_spelling_is_a_text() {
        let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert!(matches!(Id::of_string(uuid), Id::Uuid(_)));
        let upper = uuid.to_uppercase();
        for text in [
            &upper,
            &uuid[1..],
            "0f8fad5bd-9cb-469f-a165-70867728950e",
            "0f8fad5b-d9cb-469f-a165-7086772895:e",
        ] {
            assert!(matches!(Id::of_string(text), Id::Text(_)), "{text}");
        }
    }
}
