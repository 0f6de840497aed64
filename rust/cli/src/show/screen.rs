//! What there is to draw on.

use std::io::{stdout, IsTerminal};

use terminal_size::{terminal_size_of, Height, Width};

use super::args::{Args, Color, MIN_COLUMNS, MIN_ROWS};
use super::glyphs::{Glyphs, ASCII, UNICODE};

/// Columns where there is no terminal.
const COLUMNS: usize = 100;
/// Lines of the screen that are left to the figures of a chain, the heading, the legend and the prompt.
const OTHER_ROWS: usize = 6;
/// The variables that say which characters a terminal takes; the first that is set counts.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// How to draw.
#[derive(Debug, PartialEq, Eq)]
pub struct Screen {
    /// Columns of a line.
    pub columns: usize,
    /// Lines for the calls of a chain; `None` for any number.
    pub rows: Option<usize>,
    /// The characters.
    pub glyphs: &'static Glyphs,
    /// Whether there are colours.
    pub has_colors: bool,
}

/// What is known of stdout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdout {
    is_terminal: bool,
    /// Columns and lines, where the terminal tells.
    size: Option<(usize, usize)>,
}

impl Stdout {
    /// That of this process.
    pub fn of_process() -> Self {
        let size = terminal_size_of(stdout());
        let size = size.map(|(Width(columns), Height(rows))| (columns.into(), rows.into()));
        Self { is_terminal: stdout().is_terminal(), size }
    }
}

impl Screen {
    /// What the arguments and a stdout come to; `variable` is a variable of the environment.
    pub fn new(args: &Args, stdout: Stdout, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let of_terminal = stdout.size.map(|(_, rows)| rows.saturating_sub(OTHER_ROWS).max(MIN_ROWS));
        let is_ascii = args.ascii || stdout.is_terminal && !is_utf8(LOCALE.into_iter().find_map(set));
        let has_colors = match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                stdout.is_terminal
                    && set("NO_COLOR").is_none()
                    && set("TERM").is_none_or(|name| name != "dumb")
            }
        };
        Self {
            columns: args
                .width
                .or(stdout.size.map(|(columns, _)| columns.max(MIN_COLUMNS)))
                .unwrap_or(COLUMNS),
            rows: if args.all { None } else { args.rows.or(of_terminal) },
            glyphs: if is_ascii { &ASCII } else { &UNICODE },
            has_colors,
        }
    }
}

/// Whether the terminal of this locale takes UTF-8. Without a locale it is that of C.
fn is_utf8(locale: Option<String>) -> bool {
    locale.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    const TERMINAL: Stdout = Stdout { is_terminal: true, size: Some((120, 50)) };
    const PIPE: Stdout = Stdout { is_terminal: false, size: None };
    const UTF8: (&str, &str) = ("LANG", "en_GB.UTF-8");

    fn screen(arguments: &[&str], stdout: Stdout, variables: &[(&str, &str)]) -> Screen {
        let line = Line::try_parse_from([&["show", "in"], arguments].concat()).unwrap();
        let variable = |name: &str| {
            let found = variables.iter().find(|(of, _)| *of == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Screen::new(&line.args, stdout, variable)
    }

    #[test]
    fn a_picture_has_the_size_of_the_terminal_unless_an_option_says_otherwise() {
        let size = |arguments: &[&str], stdout| {
            let Screen { columns, rows, .. } = screen(arguments, stdout, &[UTF8]);
            (columns, rows)
        };
        assert_eq!(size(&[], TERMINAL), (120, Some(44)));
        assert_eq!(size(&["--width", "60", "--rows", "5"], TERMINAL), (60, Some(5)));
        assert_eq!(size(&["--all"], TERMINAL), (120, None));
        assert_eq!(size(&[], PIPE), (100, None));
        assert_eq!(size(&["--rows", "5"], PIPE), (100, Some(5)));
        assert_eq!(size(&[], Stdout { size: Some((10, 2)), ..TERMINAL }), (MIN_COLUMNS, Some(MIN_ROWS)));
        assert_eq!(size(&[], Stdout { size: None, ..TERMINAL }), (100, None));
    }

    #[test]
    fn colours_are_for_a_terminal_that_has_them_and_whoever_asks() {
        let has_colors =
            |arguments: &[&str], stdout, variable| screen(arguments, stdout, &[UTF8, variable]).has_colors;
        let none = ("NO_COLOR", "");
        assert!(has_colors(&[], TERMINAL, none));
        assert!(!has_colors(&[], PIPE, none));
        assert!(!has_colors(&[], TERMINAL, ("NO_COLOR", "1")));
        assert!(!has_colors(&[], TERMINAL, ("TERM", "dumb")));
        assert!(!has_colors(&["--color", "never"], TERMINAL, none));
        assert!(has_colors(&["--color", "always"], PIPE, ("NO_COLOR", "1")));
    }

    #[test]
    fn a_terminal_gets_ascii_unless_it_says_that_it_takes_utf8_and_a_file_gets_utf8() {
        let is_ascii = |arguments: &[&str], stdout, variables: &[(&str, &str)]| {
            screen(arguments, stdout, variables).glyphs == &ASCII
        };
        assert!(!is_ascii(&[], TERMINAL, &[UTF8]));
        assert!(!is_ascii(&[], TERMINAL, &[("LANG", "C.utf8"), ("LC_ALL", "")]));
        assert!(is_ascii(&[], TERMINAL, &[UTF8, ("LC_ALL", "C")]));
        assert!(is_ascii(&[], TERMINAL, &[("LANG", "de_DE.ISO-8859-1")]));
        assert!(is_ascii(&[], TERMINAL, &[]));
        assert!(!is_ascii(&[], PIPE, &[]));
        assert!(is_ascii(&["--ascii"], PIPE, &[UTF8]));
    }
}
