//! Two results: which calls differ.

use callweave_core::protobuf::RecordFormat;

use super::args::Args;
use super::examples::Examples;
use super::groups::{for_each_group, Group, Side};
use super::identity::{shortened, Identity};
use super::linked::{IdList, Linked, Links};
use super::reading::Reading;
use super::report::{Report, NAMES};
use crate::kafka::Cluster;
use crate::progress::Progress;
use crate::sorting::{Sorted, Sorter};
use crate::source::Source;

/// Ids of a list in an example, at most.
const SHOWN_IDS: usize = 5;

/// Compares the results A and B.
///
/// # Errors
/// When one cannot be read, or a temporary file cannot be written.
pub fn compare(args: &Args, a: &Source, b: &Source) -> anyhow::Result<Report> {
    let read = |source: &Source| {
        let (source, format, show) = (source.clone(), args.format(source), args.shown());
        let sorter = Sorter::new(args.memory_bytes() / 2, &args.temp_dir);
        move |reading: &Reading| read_result(reading, &source, format, sorter, show)
    };
    let ((a, a_unreadable), (b, b_unreadable)) =
        Reading::new(Cluster::new(&args.kafka)?).both(read(a), read(b))?;
    let mut report = Report::new(args.shown());
    report.results[0].unreadable = a_unreadable;
    report.results[1].unreadable = b_unreadable;
    let mut progress = Progress::start("calls compared", None);
    for_each_group([a, b], |group| {
        report.add(group)?;
        progress.set(report.in_both + report.results.iter().map(|one| one.only_here.count()).sum::<u64>());
        Ok(())
    })?;
    progress.finish();
    Ok(report)
}

/// Sorts the calls of a result by what they are; also tells the records that are none.
fn read_result(
    reading: &Reading,
    source: &Source,
    format: RecordFormat,
    mut sorter: Sorter,
    show: usize,
) -> anyhow::Result<(Sorted, Examples)> {
    let mut unreadable = Examples::new(show);
    let (mut key, mut body) = (Vec::new(), Vec::new());
    reading.results(source, format, |place, value| match value.and_then(Linked::read) {
        Ok(call) => {
            key.clear();
            body.clear();
            call.identity.encode(&mut key);
            call.encode_links(place, &mut body);
            sorter.push(&key, &body)
        }
        Err(wrong) => unreadable.add(1, || Ok(format!("{place}: {wrong}"))),
    })?;
    Ok((sorter.finish()?, unreadable))
}

impl Report {
    /// Takes in the records of one call.
    fn add(&mut self, group: &Group) -> anyhow::Result<()> {
        for (result, side) in self.results.iter_mut().zip(&group.sides) {
            result.records += side.count;
            result.calls += u64::from(side.count > 0);
            if side.count > 1 {
                result.repeated.add(side.count - 1, || describe_repeated(group, side))?;
            }
        }
        let [a, b] = &group.sides;
        let (a, b) = match (a.first(), b.first()) {
            (Some(a), Some(b)) => (Links::decode(a)?, Links::decode(b)?),
            (Some(_), None) => return self.results[0].only_here.add(1, || describe_alone(group, a)),
            (None, _) => return self.results[1].only_here.add(1, || describe_alone(group, b)),
        };
        self.in_both += 1;
        if a.parents != b.parents {
            let lists = (a.parents, b.parents);
            self.other_parents.add(1, || describe_lists(group, [&a, &b], "parents", lists))?;
        }
        if a.children != b.children {
            let lists = (a.children, b.children);
            self.other_children.add(1, || describe_lists(group, [&a, &b], "children", lists))?;
        }
        Ok(())
    }
}

fn describe_alone(group: &Group, side: &Side) -> anyhow::Result<String> {
    Ok(format!("{}, {}", Identity::decode(&group.key)?, places(side)?))
}

fn describe_repeated(group: &Group, side: &Side) -> anyhow::Result<String> {
    Ok(format!("{}, {} times: {}", Identity::decode(&group.key)?, side.count, places(side)?))
}

fn places(side: &Side) -> anyhow::Result<String> {
    let places: Vec<_> = side
        .bodies
        .iter()
        .map(|body| Ok(Links::decode(body)?.place.to_string()))
        .collect::<anyhow::Result<_>>()?;
    Ok(match side.count - places.len() as u64 {
        0 => places.join("; "),
        more => format!("{} and {more} more", places.join("; ")),
    })
}

/// What makes two different lists differ, in a line that stays readable for long ones.
fn describe_lists(
    group: &Group,
    links: [&Links<'_>; 2],
    what: &str,
    lists: (&[u8], &[u8]),
) -> anyhow::Result<String> {
    let (a, b) = (IdList::decode(lists.0)?, IdList::decode(lists.1)?);
    let (only_a, only_b) = a.differences(&b);
    let mut text = Identity::decode(&group.key)?.to_string();
    for (name, links) in NAMES.iter().zip(links) {
        text.push_str(&format!(", {name} {}", links.place));
    }
    for (name, ids) in NAMES.iter().zip([only_a, only_b]) {
        if !ids.is_empty() {
            text.push_str(&format!("; {what} only in {name}: {}", first_ids(&ids)));
        }
    }
    if a.omitted != b.omitted {
        text.push_str(&format!("; {what} omitted: A {}, B {}", a.omitted, b.omitted));
    }
    Ok(text)
}

fn first_ids(ids: &[&str]) -> String {
    let first: Vec<_> = ids.iter().take(SHOWN_IDS).map(|id| shortened(id)).collect();
    match ids.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
