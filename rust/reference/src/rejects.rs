//! Holds the rejects topic against the input.

use std::collections::{BTreeMap, HashMap};

use crate::judge::Judged;
use crate::record::Record;
use crate::report::{Difference, Differences};

/// The header that holds the real length of a value that was cut, bytes.
const TRUNCATED: &str = "callweave.truncated";

/// What the rejects topic tells.
pub struct RejectCheck {
    /// Per input record: it was rejected as late, and that may be.
    pub rejected_late: Vec<bool>,
    /// Rejects by the reason they carry.
    pub by_reason: BTreeMap<String, u64>,
    /// What is wrong.
    pub differences: Differences,
}

/// Checks every reject, and that nothing that had to be rejected is missing. `judged` belongs to
/// `input`, record by record.
pub fn check_rejects(
    input_topic: &str,
    input: &[Record],
    judged: &[Judged],
    rejects: &[Record],
) -> RejectCheck {
    let positions =
        input.iter().enumerate().map(|(index, record)| ((record.partition, record.offset), index));
    let positions: HashMap<(i32, i64), usize> = positions.collect();
    let mut check = RejectCheck {
        rejected_late: vec![false; input.len()],
        by_reason: BTreeMap::new(),
        differences: Differences::default(),
    };
    let mut rejected = vec![0_u32; input.len()];
    for reject in rejects {
        let reason = header(reject, "callweave.reason").unwrap_or("no reason");
        *check.by_reason.entry(reason.to_owned()).or_default() += 1;
        let origin = origin(reject, input_topic).and_then(|at| positions.get(&at).copied());
        let outcome = match origin {
            None => Err("its headers name no record of the input".to_owned()),
            Some(index) => {
                rejected[index] += 1;
                check_one(reject, reason, &input[index], &judged[index])
            }
        };
        match (outcome, origin) {
            (Ok(true), Some(index)) => check.rejected_late[index] = true,
            (Ok(_), _) => {}
            (Err(wrong), _) => check
                .differences
                .add(Difference::WrongReject, || format!("{}: {wrong}", place("reject", reject))),
        }
    }
    find_missing(input, judged, &rejected, &mut check.differences);
    check
}

/// Tells whether the record was rightly rejected as late, or what is wrong with the reject.
fn check_one(reject: &Record, reason: &str, input: &Record, judged: &Judged) -> Result<bool, String> {
    let from = place("input", input);
    check_value(reject, input).map_err(|wrong| format!("its value {wrong} {from}"))?;
    if header(reject, "callweave.detail").is_none() {
        return Err(format!("{from} has no header callweave.detail"));
    }
    match &judged.verdict {
        Err(expected) if expected.name() == reason => Ok(false),
        Err(expected) => Err(format!("{from} is {}, not {reason}", expected.name())),
        Ok(_) if reason == "late" && judged.may_be_late => Ok(true),
        Ok(call) => Err(format!(
            "{from} is valid, not {reason}: call {} from {} to {}",
            call.id, call.start_ms, call.end_ms
        )),
    }
}

/// Holds the value of a reject against the input's. The job cuts one that its topic would refuse as too
/// large, and says in a header how long it was.
fn check_value(reject: &Record, input: &Record) -> Result<(), String> {
    if !reject.headers.iter().any(|(key, _)| key == TRUNCATED) {
        return if reject.value == input.value { Ok(()) } else { Err("is not that of".to_owned()) };
    }
    let (Some(kept), Some(whole)) = (&reject.value, &input.value) else {
        return Err(format!("cannot be cut, as {TRUNCATED} says, from that of"));
    };
    if header(reject, TRUNCATED) != Some(&whole.len().to_string()) {
        let length = header(reject, TRUNCATED).unwrap_or_default();
        return Err(format!("was {length} bytes long by {TRUNCATED}, not {} as that of", whole.len()));
    }
    if kept.len() >= whole.len() || !whole.starts_with(kept) {
        return Err("is not the beginning of that of".to_owned());
    }
    Ok(())
}

fn find_missing(input: &[Record], judged: &[Judged], rejected: &[u32], differences: &mut Differences) {
    for ((record, judged), &times) in input.iter().zip(judged).zip(rejected) {
        let from = || place("input", record);
        match &judged.verdict {
            Err(reason) if times == 0 => {
                differences.add(Difference::MissingReject, || format!("{} is {}", from(), reason.name()))
            }
            _ if times > 1 => {
                differences.add(Difference::WrongReject, || format!("{} was rejected {times} times", from()))
            }
            _ => {}
        }
    }
}

fn place(topic: &str, record: &Record) -> String {
    format!("{topic} {}@{}", record.partition, record.offset)
}

fn origin(reject: &Record, input_topic: &str) -> Option<(i32, i64)> {
    if header(reject, "callweave.topic")? != input_topic {
        return None;
    }
    let partition = header(reject, "callweave.partition")?.parse().ok()?;
    let offset = header(reject, "callweave.offset")?.parse().ok()?;
    Some((partition, offset))
}

fn header<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    let (_, value) = record.headers.iter().find(|(key, _)| key == name)?;
    std::str::from_utf8(value.as_deref()?).ok()
}
