//! The values of options: read in one way, and refused in one line that says what would be right.

use std::any::TypeId;
use std::ffi::OsStr;
use std::fmt::Display;
use std::ops::{Bound, RangeBounds, RangeInclusive};

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, Command};

/// Characters of a wrong value that a message quotes.
const SHOWN_CHARS: usize = 80;

/// Reads the value of an option with a function. Its error follows the name of the option, or of the
/// variable that set it: "is 'x'; … is wanted".
#[derive(Clone)]
pub struct Reader<F>(F);

/// Reads a value with `read`.
pub fn reader<T, F: Fn(&str) -> Result<T, String>>(read: F) -> Reader<F> {
    Reader(read)
}

impl<T, F> TypedValueParser for Reader<F>
where
    T: Clone + Send + Sync + 'static,
    F: Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        self.parse_ref_(command, arg, value, ValueSource::CommandLine)
    }

    fn parse_ref_(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<T, clap::Error> {
        let read = match value.to_str() {
            Some(text) => (self.0)(text),
            None => Err("is not UTF-8, which is wanted".to_owned()),
        };
        read.map_err(|wrong| {
            let message = format!("{} {wrong}\n", name(arg, source));
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

/// A reader of integers within bounds; `unit` is that of the number, empty if it only counts.
pub fn integer<T: TryFrom<i128>>(
    bounds: RangeInclusive<impl Into<i128>>,
    unit: &'static str,
) -> Reader<impl Fn(&str) -> Result<T, String> + Clone> {
    let (least, most) = bounds.into_inner();
    let (least, most) = (least.into(), most.into());
    reader(move |text| {
        let number = text.parse::<i128>().ok().filter(|number| (least..=most).contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| wanted(text, format_args!("an integer from {least} to {most}"), unit))
    })
}

/// A reader of numbers within bounds, which may have a fraction; `unit` as for [`integer`].
pub fn number(
    bounds: impl RangeBounds<f64> + Clone,
    unit: &'static str,
) -> Reader<impl Fn(&str) -> Result<f64, String> + Clone> {
    let right = described(&bounds);
    reader(move |text| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && bounds.contains(number));
        number.ok_or_else(|| wanted(text, &right, unit))
    })
}

fn described(bounds: &impl RangeBounds<f64>) -> String {
    let least = match bounds.start_bound() {
        Bound::Included(least) => format!("a number from {least}"),
        Bound::Excluded(least) => format!("a number above {least}"),
        Bound::Unbounded => "a number".to_owned(),
    };
    match bounds.end_bound() {
        Bound::Included(most) if matches!(bounds.start_bound(), Bound::Included(_)) => {
            format!("{least} to {most}")
        }
        Bound::Included(most) => format!("{least}, at most {most}"),
        Bound::Excluded(most) => format!("{least}, below {most}"),
        Bound::Unbounded => least.replace("from", "of at least"),
    }
}

/// What follows the name of an option that has a wrong value.
pub fn wanted(text: &str, right: impl Display, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!("is {}; {right}{unit} is wanted", quoted(text))
}

/// A text of the user's in quotes and in one line, cut where it is long.
pub fn quoted(text: &str) -> String {
    let rest = if text.chars().nth(SHOWN_CHARS).is_some() { "…" } else { "" };
    let shown: String = text.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect();
    format!("'{}'{rest}", shown.replace("\\'", "'"))
}

/// Whether an option is a number, so that a value with a minus sign is not taken for an option.
pub fn is_number(arg: &Arg) -> bool {
    let parser = arg.get_value_parser().type_id();
    let numbers = [
        TypeId::of::<f64>(),
        TypeId::of::<i32>(),
        TypeId::of::<i64>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
    ];
    numbers.iter().any(|number| parser == *number)
}

/// How the user set an option.
fn name(arg: Option<&Arg>, source: ValueSource) -> String {
    let Some(arg) = arg else {
        return "a value".to_owned();
    };
    match (source, arg.get_env(), arg.get_long(), arg.get_value_names()) {
        (ValueSource::EnvVariable, Some(variable), ..) => variable.display().to_string(),
        (_, _, Some(long), _) => format!("--{long}"),
        (_, _, None, Some([name, ..])) => name.to_string(),
        (_, _, None, _) => arg.get_id().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_unit_are_told_as_one_would_say_them() {
        let day = 86_400_000_f64;
        for (bounds, expected) in [
            ((Bound::Included(0.0), Bound::Included(1.0)), "a number from 0 to 1"),
            ((Bound::Included(0.0), Bound::Unbounded), "a number of at least 0"),
            ((Bound::Excluded(0.0), Bound::Unbounded), "a number above 0"),
            ((Bound::Excluded(0.0), Bound::Included(day)), "a number above 0, at most 86400000"),
        ] {
            assert_eq!(described(&bounds), expected);
        }
    }

    #[test]
    fn a_wrong_value_is_quoted_in_one_line_and_not_without_end() {
        assert_eq!(wanted("abc", "a number", "ms"), "is 'abc'; a number ms is wanted");
        assert_eq!(quoted("a\nb'"), "'a\\nb''");
        assert_eq!(quoted(&"x".repeat(1000)), format!("'{}'…", "x".repeat(SHOWN_CHARS)));
    }
}
