//! Whether JSON is Unicode that everybody can write.

use std::str::Chars;

/// Whether no string in this JSON has half a surrogate pair.
pub fn is_unicode(json: &str) -> bool {
    let mut chars = json.chars();
    let mut units = Vec::new();
    while let Some(char) = chars.next() {
        units.push(if char == '\\' { escaped(&mut chars) } else { u16::from(b'.') });
    }
    char::decode_utf16(units).all(|char| char.is_ok())
}

/// The unit that the escape after a backslash stands for; any character for those that are no half.
fn escaped(chars: &mut Chars<'_>) -> u16 {
    if chars.next() != Some('u') {
        return u16::from(b'.');
    }
    let digits: String = chars.by_ref().take(4).collect();
    u16::from_str_radix(&digits, 16).unwrap_or(u16::from(b'.'))
}
