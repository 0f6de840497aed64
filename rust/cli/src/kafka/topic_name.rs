//! What a topic may be called.

use crate::values::{reader, wanted, Reader};

/// The longest name, bytes.
const MAX_BYTES: usize = 249;

/// Reads the name of a topic from the command line.
pub fn topic_name() -> Reader<impl Fn(&str) -> Result<String, String> + Clone> {
    reader(|text| check_topic_name(text).map(|()| text.to_owned()))
}

/// Checks a name by Kafka's rule, so that a wrong one is not looked for at the brokers.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn check_topic_name(name: &str) -> Result<(), String> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_right = (1..=MAX_BYTES).contains(&name.len()) && name.bytes().all(is_usual);
    if is_right && !matches!(name, "." | "..") {
        return Ok(());
    }
    let right =
        "a topic name of 1 to 249 letters of ASCII, digits, '.', '_' and '-', other than '.' and '..',";
    Err(wanted(name, right, ""))
}
