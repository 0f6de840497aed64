//! Text of unknown origin, for a terminal.

/// The longest character of UTF-8, bytes.
const MAX_CHAR_BYTES: usize = 4;

/// The first `most_chars` characters of `bytes`. What a terminal would not print, or act on, stands
/// there as an escape; what is not UTF-8 as `�`. Costs nothing for the bytes that are cut off.
pub fn printable(bytes: &[u8], most_chars: usize) -> String {
    let begin = &bytes[..bytes.len().min((most_chars + 1) * MAX_CHAR_BYTES)];
    let text = String::from_utf8_lossy(begin);
    let mut shown = String::new();
    for (index, char) in text.chars().enumerate() {
        if index == most_chars {
            shown.push('…');
            break;
        }
        push_printable(&mut shown, char);
    }
    shown
}

/// Appends a character, or its escape where a terminal would not print it, or act on it.
pub fn push_printable(shown: &mut String, char: char) {
    match char {
        // `escape_debug` would escape these too.
        '"' | '\'' | '\\' => shown.push(char),
        _ => shown.extend(char.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(printable(b"a\x1b[2J\n\"\\\"\xff", 20), "a\\u{1b}[2J\\n\"\\\"�");
        assert_eq!(printable("\u{202e}grüße".as_bytes(), 20), "\\u{202e}grüße");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(printable(b"abcd", 4), "abcd");
        assert_eq!(printable(b"abcde", 4), "abcd…");
        assert_eq!(printable("ü".repeat(1000).as_bytes(), 3), "üüü…");
        assert_eq!(printable(&[0xff; 1000], 2), "��…");
    }
}
