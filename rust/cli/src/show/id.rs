//! Ids of calls, as the user writes and reads them.

use std::borrow::Cow;

use crate::values::{reader, wanted, Reader};

/// The id of the calls that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedId {
    text: String,
    /// It was written as JSON writes strings.
    is_string: bool,
}

impl WantedId {
    /// Reads an id from the command line.
    pub fn reader() -> Reader<impl Fn(&str) -> Result<Self, String> + Clone> {
        reader(Self::parse)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(wanted(text, "the id of a call", ""));
        }
        Ok(match serde_json::from_str::<String>(text) {
            Ok(string) => Self { text: string, is_string: true },
            Err(_) => Self { text: text.to_owned(), is_string: false },
        })
    }

    /// That of a text, where it is one.
    #[cfg(test)]
    pub fn for_test(text: &str) -> Self {
        Self::parse(text).unwrap()
    }

    /// Whether an id, as it is written in JSON, is this one.
    pub fn is(&self, id: &str) -> bool {
        match string(id) {
            Some(string) => string == self.text,
            None => !self.is_string && id == self.text,
        }
    }

    /// The id as `--id` takes it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The text of an id that is written in JSON. A string that would read as a number keeps its quotes.
pub fn text(id: &str) -> Cow<'_, str> {
    match string(id) {
        Some(string) if string.parse::<f64>().is_err() => string,
        _ => Cow::Borrowed(id),
    }
}

/// The text of a JSON string; `None` for a number.
fn string(id: &str) -> Option<Cow<'_, str>> {
    let inner = id.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    // Half a surrogate pair is no text: it stays as it was written.
    Some(serde_json::from_str(id).map_or(Cow::Borrowed(inner), Cow::Owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_by_its_text_and_in_quotes_only_where_it_is_a_string() {
        for (wanted, found, not_found) in [
            ("a", &[r#""a""#, r#""\u0061""#][..], &["7", r#""b""#][..]),
            ("7", &["7", r#""7""#], &["77", r#""70""#]),
            (r#""7""#, &[r#""7""#], &["7", r#""\"7\"""#]),
            (r#""a\nb""#, &[r#""a\nb""#, r#""a\u000ab""#], &[r#""a\\nb""#]),
            ("-5", &["-5", r#""-5""#], &["5"]),
        ] {
            let wanted = WantedId::parse(wanted).unwrap();
            assert!(found.iter().all(|id| wanted.is(id)), "{wanted:?}");
            assert!(!not_found.iter().any(|id| wanted.is(id)), "{wanted:?}");
        }
        assert_eq!(WantedId::parse("").unwrap_err(), "is ''; the id of a call is wanted");
    }

    #[test]
    fn what_is_shown_of_an_id_finds_it_again() {
        for (id, shown) in [
            (r#""a""#, "a"),
            ("7", "7"),
            (r#""7""#, r#""7""#),
            (r#""1e3""#, r#""1e3""#),
            (r#""a\"b""#, "a\"b"),
        ] {
            assert_eq!(text(id), shown);
            assert!(WantedId::parse(shown).unwrap().is(id));
        }
    }
}
