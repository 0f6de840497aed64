//! What is typed for a job: for people, and for another process.

use super::args::Common;

/// The same command line as words that a process is given, behind a subcommand.
pub fn words(common: &Common) -> Vec<String> {
    let mut words: Vec<String> =
        common.file.as_deref().map(|file| file.display().to_string()).into_iter().collect();
    words.extend(flags(common).into_iter().filter_map(|(flag, value)| Some(format!("{flag}={}", value?))));
    words.extend(common.options.iter().map(|option| format!("--option={option}")));
    let times = [
        ("--start-timeout-s", common.start_timeout_s),
        ("--savepoint-timeout-s", common.savepoint_timeout_s),
        ("--away-timeout-s", common.away_timeout_s),
        ("--poll-ms", common.poll_ms),
    ];
    words.extend(times.map(|(flag, value)| format!("{flag}={value}")));
    words
}

/// What is to be typed behind a subcommand for the same job.
pub fn arguments(common: &Common) -> String {
    let mut words = Vec::new();
    words.extend(common.file.as_deref().map(|file| shell_word(&file.display().to_string())));
    for (flag, value) in flags(common) {
        words.extend(value.map(|value| format!("{flag} {}", shell_word(&value))));
    }
    // Their values may be secrets.
    if !common.options.is_empty() {
        words.push("--option …".to_owned());
    }
    words.join(" ")
}

fn flags(common: &Common) -> [(&'static str, Option<String>); 7] {
    [
        ("--name", common.name.clone()),
        ("--flink", common.flink.clone()),
        ("--user", common.user.clone()),
        ("--password-file", common.password_file.as_deref().map(|path| path.display().to_string())),
        ("--ca-file", common.ca_file.as_deref().map(|path| path.display().to_string())),
        ("--jar", common.jar.as_deref().map(|path| path.display().to_string())),
        ("--savepoints", common.savepoints.clone()),
    ]
}

/// A text as a shell takes it for one word.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:=@%+,~".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        common: Common,
    }

    #[test]
    fn what_is_to_be_typed_is_quoted_and_has_no_values_of_options() {
        let line = ["job", "a shop's.yaml", "--flink=http://a:1", "--option=kafka.password=hunter2"];
        let common = Line::try_parse_from(line).unwrap().common;
        assert_eq!(arguments(&common), r"'a shop'\''s.yaml' --flink http://a:1 --option …");
        let again = [vec!["job".to_owned()], words(&common)].concat();
        assert_eq!(words(&Line::try_parse_from(again).unwrap().common), words(&common));
    }
}
