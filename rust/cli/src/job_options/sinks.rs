//! What each output of the job is written to.

/// What is always written, beside the outputs.
pub const REJECTS: &str = "rejects";
/// What an output is written to where nothing else is said.
pub const KAFKA: &str = "kafka";
/// It has topics, too.
pub const ROCKETMQ: &str = "rocketmq";

/// What can be named.
const ALL: [&str; 6] = ["links", "chains", "edges", "spans", "alerts", REJECTS];

/// What each output is written to.
#[derive(Default)]
pub struct Sinks<'a> {
    /// The outputs that are not named.
    others: Option<&'a str>,
    named: Vec<(&'a str, &'a str)>,
}

impl<'a> Sinks<'a> {
    /// `None` if it is not right.
    pub fn read(text: &'a str) -> Option<Self> {
        let mut sinks = Self::default();
        for part in text.split(',') {
            let (output, kind) =
                part.split_once('=').map_or((None, part), |(output, kind)| (Some(output), kind));
            if ![KAFKA, ROCKETMQ, "files", "print"].contains(&kind) {
                return None;
            }
            match output {
                None if sinks.others.is_none() => sinks.others = Some(kind),
                Some(output)
                    if ALL.contains(&output) && sinks.named.iter().all(|(named, _)| *named != output) =>
                {
                    sinks.named.push((output, kind));
                }
                _ => return None,
            }
        }
        Some(sinks)
    }

    pub fn of(&self, output: &str) -> &'a str {
        let named = self.named.iter().find(|(named, _)| *named == output);
        named.map_or(self.others.unwrap_or(KAFKA), |(_, kind)| kind)
    }

    /// Whether an output is written as records that need not be text.
    pub fn is_topic(&self, output: &str) -> bool {
        [KAFKA, ROCKETMQ].contains(&self.of(output))
    }
}

/// Whether the name servers of RocketMQ are named where it is used, and only there.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn check_name_servers(
    sinks: &Sinks,
    text: &str,
    source: &str,
    servers: &str,
    written: impl Fn(&'static str) -> bool,
) -> Result<(), String> {
    let writes = ALL.into_iter().any(|output| written(output) && sinks.of(output) == ROCKETMQ);
    match (source == ROCKETMQ, writes, servers) {
        (true, _, "") => Err("source rocketmq wants rocketmq-namesrv, its name servers".to_owned()),
        (false, true, "") => Err(format!("sink {text} wants rocketmq-namesrv, the name servers")),
        (false, false, servers) if !servers.is_empty() => Err(format!(
            "rocketmq-namesrv is for source and sink rocketmq, and source is {source} and sink {text}"
        )),
        _ => Ok(()),
    }
}

/// Whether what is named is written, and files have a folder.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn check_sinks(
    sinks: &Sinks,
    text: &str,
    folder: &str,
    written: impl Fn(&'static str) -> bool,
) -> Result<(), String> {
    let is_written = |output: &str| ALL.into_iter().any(|known| known == output && written(known));
    if let Some((output, _)) = sinks.named.iter().find(|(output, _)| !is_written(output)) {
        return Err(format!("sink {text} names {output}, which outputs does not; name what is written"));
    }
    let files = ALL.into_iter().any(|output| written(output) && sinks.of(output) == "files");
    match (files, folder) {
        (true, "") => Err(format!("sink {text} wants output, the folder of the files")),
        (false, folder) if !folder.is_empty() => {
            Err(format!("output {folder} is for sink files, and sink is {text}"))
        }
        _ => Ok(()),
    }
}
