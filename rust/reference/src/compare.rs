//! The whole comparison, on records in memory.

use crate::expect::Expected;
use crate::judge::Judged;
use crate::record::Record;
use crate::rejects::check_rejects;
use crate::report::Report;
use crate::results::check_results;
use crate::rules::Rules;

/// Compares what the job has written with what it had to. `judged` belongs to `input`, record by
/// record.
pub fn compare(
    input_topic: &str,
    input: &[Record],
    judged: &[Judged],
    results: &[Record],
    rejects: &[Record],
    rules: &Rules,
) -> Report {
    let rejects_check = check_rejects(input_topic, input, judged, rejects);
    let expected = Expected::new(judged, &rejects_check.rejected_late, rules);
    let valid = judged.iter().filter(|judged| judged.verdict.is_ok());
    let late = rejects_check.rejected_late.iter().filter(|&&late| late);
    let duplicates = valid.count() - late.count() - expected.calls.len();
    let mut differences = rejects_check.differences;
    differences.append(check_results(&expected, results, rules));
    Report {
        read: input.len() as u64,
        written: results.len() as u64,
        rejected: rejects.len() as u64,
        rejected_by_reason: rejects_check.by_reason,
        duplicates: duplicates as u64,
        links: expected.link_count(),
        differences,
    }
}
