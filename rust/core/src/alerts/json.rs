//! The JSON of a change of an alert.

use std::io::Write;

use super::known::Alert;
use super::rules::Rule;
use super::status::Change;
use crate::edges::panes::Panes;
use crate::edges::Kind;
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

/// Appends the frame of a record. Its key is a JSON array of the rule, the kind and the names.
///
/// `exemplars` are the ids of the slowest calls of the series in the window, as they stand in JSON.
pub fn write<'a>(
    out: &mut Vec<u8>,
    alert: &Alert<'_>,
    panes: Panes,
    exemplars: impl Iterator<Item = &'a [u8]>,
) {
    let begin = out.len();
    out.resize(begin + RECORD_HEADER_BYTES, 0);
    let names = names(alert);
    add(out, format_args!("[\"{}\",\"{}\"", alert.rule.name(), alert.name.kind.name()));
    names.iter().for_each(|(_, name)| add(out, format_args!(",\"{name}\"")));
    out.push(b']');
    let value = out.len();
    write_value(out, alert, &names, panes, exemplars);
    let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
    write_record_header(&mut out[begin..], key_bytes, value_bytes);
}

/// The fields that say which series it is; none of all together.
fn names<'a>(alert: &Alert<'a>) -> Vec<(&'static str, &'a str)> {
    let name = alert.name;
    match name.kind {
        _ if name.is_all() => Vec::new(),
        Kind::Edge => vec![("src", name.src), ("dst", name.dst)],
        Kind::Entry | Kind::Service => vec![(name.kind.name(), name.dst)],
    }
}

fn write_value<'a>(
    out: &mut Vec<u8>,
    alert: &Alert<'_>,
    names: &[(&'static str, &str)],
    panes: Panes,
    exemplars: impl Iterator<Item = &'a [u8]>,
) {
    let (state, ending) = match alert.change {
        Change::Begins => ("firing", None),
        Change::Ends(ending) => ("resolved", Some(ending.name())),
    };
    add(out, format_args!("{{\"kind\":\"alert\",\"rule\":\"{}\",\"state\":\"{state}\"", alert.rule.name()));
    if let Some(ending) = ending {
        add(out, format_args!(",\"why\":\"{ending}\""));
    }
    add(out, format_args!(",\"of\":\"{}\"", alert.name.kind.name()));
    names.iter().for_each(|(field, name)| add(out, format_args!(",\"{field}\":\"{name}\"")));
    if names.is_empty() {
        add(out, format_args!(",\"all\":true"));
    }
    let ((since_ms, _), (start_ms, end_ms)) = (panes.span_ms(alert.since), panes.span_ms(alert.window));
    add(out, format_args!(",\"since_ms\":{since_ms}"));
    add(out, format_args!(",\"window_start_ms\":{start_ms},\"window_end_ms\":{end_ms}"));
    let digits = if matches!(alert.rule, Rule::WithoutParent | Rule::AtLatencyLimit) { 4 } else { 0 };
    add(out, format_args!(",\"figure\":\"{}\"", alert.rule.figure()));
    add(out, format_args!(",\"expected\":{:.digits$},\"seen\":{:.digits$}", alert.expected, alert.seen));
    add(out, format_args!(",\"count\":{},\"exemplars\":[", alert.count));
    for (at, id) in exemplars.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(id);
    }
    out.extend_from_slice(b"]}");
}

fn add(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a `Vec` cannot fail.
    _ = out.write_fmt(text);
}
