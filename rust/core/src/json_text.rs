//! The insides of JSON strings.

use std::borrow::Cow;

/// The text that the inside of a JSON string stands for; `None` where an escape is wrong or stands
/// for half a character. Costs a search for a backslash where there is none.
pub fn unescape(inside: &str) -> Option<Cow<'_, str>> {
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str::<String>(&format!("\"{inside}\"")).ok().map(Cow::Owned)
}

/// Whether the strings of a valid JSON text are well-formed Unicode: no escape stands for one half of
/// a surrogate pair alone. Strict readers refuse a text with such an escape. Costs one pass.
pub fn is_well_formed(json: &str) -> bool {
    let mut rest = json;
    while let Some((_, escape)) = rest.split_once('\\') {
        let unit = unit(escape);
        rest = match unit {
            Some(0xd800..=0xdbff) => {
                let low = escape.get(5..).and_then(|next| next.strip_prefix('\\'));
                match low.and_then(self::unit) {
                    Some(0xdc00..=0xdfff) => &escape[11..],
                    _ => return false,
                }
            }
            Some(0xdc00..=0xdfff) => return false,
            Some(_) => &escape[5..],
            // Every other escape is one ASCII character, maybe a backslash.
            None => escape.get(1..).unwrap_or_default(),
        };
    }
    true
}

/// The UTF-16 unit of an escape `uXXXX`, which follows a backslash.
fn unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix('u')?.get(..4)?, 16).ok()
}

/// Whether a text is ASCII that a JSON string has between its quotes as it is. `false` for a few that are, too:
/// those with a space or `!`. Costs a few instructions for eight bytes.
#[inline(always)]
pub fn is_plain(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk() else {
        return text.iter().all(|&byte| byte > b'"' && byte != b'\\' && byte < 0x80);
    };
    let (words, _) = text.as_chunks();
    let odd = words.iter().fold(odd(last), |found, word| found | self::odd(word));
    odd == 0
}

/// The high bit of each of these eight bytes that is a quote, a backslash, or one that few strings have: up to
/// a space and `!`, or not ASCII.
#[inline(always)]
pub fn odd(bytes: &[u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const LOWS: u64 = 0x7f * ONES;
    let word = u64::from_le_bytes(*bytes);
    // No sum goes beyond its byte, and its high bit says that the byte is none of them.
    let above_quote = (word & LOWS) + (0x7f - b'"' as u64) * ONES;
    let no_backslash = ((word ^ (b'\\' as u64 * ONES)) & LOWS) + LOWS;
    (!(above_quote & no_backslash) | word) & !LOWS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_of_a_surrogate_pair_is_not_well_formed_wherever_it_stands() {
        for text in
            [r"\ud800", r"\uDFFF", r"a\ud800b", r"\ud800\ud800\udc00", r"\udc00\ud800", r"\ud800\\udc00"]
        {
            assert!(!is_well_formed(&format!("\"{text}\"")), "{text}");
            assert!(!is_well_formed(&format!(r#"{{"a":[1,{{"{text}":null}}]}}"#)), "{text}");
            assert_eq!(unescape(text), None);
        }
        for text in [r"\ud800\udc00", r"\\ud800", r"\\\\udc00", r"é\n\u00e9\/", r"\ud7ff\ue000"] {
            assert!(is_well_formed(&format!("\"{text}\"")), "{text}");
            assert!(unescape(text).is_some(), "{text}");
        }
        assert!(is_well_formed(r#"["\ud83d\ude00", "\\ud800"]"#));
        assert!(!is_well_formed(r#"{"a":"\ud83d"}"#));
    }

    proptest! {
        #[test]
        fn a_string_is_well_formed_where_a_strict_reader_takes_it(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just(r"\\"), Just(r"\n"), Just(r#"\""#), Just("u"), Just("é"), Just("d800"),
                    Just(r"\ud83d"), Just(r"\uDE00"), Just(r"\u0041"),
                ],
                0..8,
            )
        ) {
            let json = format!("\"{}\"", pieces.concat());
            prop_assert_eq!(is_well_formed(&json), serde_json::from_str::<String>(&json).is_ok());
        }
    }

    proptest! {
        #[test]
        fn what_is_plain_stands_in_json_as_it_is(text in r#"[#-~é" !\\x00]{0,24}"#, plain in "[#-\\[\\]-~]{0,40}") {
            if is_plain(text.as_bytes()) {
                prop_assert_eq!(serde_json::to_string(&text).unwrap(), format!("\"{text}\""));
            }
            prop_assert!(is_plain(plain.as_bytes()));
        }

        #[test]
        fn one_odd_byte_anywhere_makes_a_text_odd(length in 1usize..40, place: prop::sample::Index, byte in prop_oneof![0u8..b'#', Just(b'\\'), 0x80u8..]) {
            let mut text = vec![b'a'; length];
            *place.get_mut(&mut text) = byte;
            prop_assert!(!is_plain(&text));
        }
    }
}
