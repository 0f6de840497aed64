//! The JSON of a series in a window.

use std::io::Write;

use super::series::{Series, SeriesTable};
use super::sums::{Sums, PERCENTILES};
use super::Kind;
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

/// The name that stands for all series above the limit.
const OTHER: &str = "other";

/// The window that is written, and what its series are measured by.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Its first moment, ms of the epoch.
    pub start_ms: i64,
    /// The first moment after it.
    pub end_ms: i64,
    /// What all services of the window are to blame for together, ms.
    pub critical_ms: u64,
}

/// Which series a record is of.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// This one.
    One(Series),
    /// So many of this kind together.
    Other(Kind, usize),
}

/// Appends the frame of a record. Its key is the series: a JSON array of the kind and the names.
pub fn write(out: &mut Vec<u8>, window: Window, of: Of, sums: &Sums, table: &SeriesTable) {
    let begin = out.len();
    out.resize(begin + RECORD_HEADER_BYTES, 0);
    write_key(out, of, table);
    let value = out.len();
    write_value(out, window, of, sums, table);
    let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
    write_record_header(&mut out[begin..], key_bytes, value_bytes);
}

/// The fields that say which series it is: their names, and the insides of JSON strings.
pub fn names(of: Of, table: &SeriesTable) -> (Kind, Vec<(&'static str, &str)>) {
    let (kind, src, dst) = match of {
        Of::One(Series { kind, src, dst }) => (kind, table.names().text(src), table.names().text(dst)),
        Of::Other(kind, _) => (kind, OTHER, OTHER),
    };
    let names = match kind {
        Kind::Edge => vec![("src", src), ("dst", dst)],
        Kind::Entry | Kind::Service => vec![(kind.name(), dst)],
    };
    (kind, names)
}

/// Appends the key of a record.
pub fn write_key(out: &mut Vec<u8>, of: Of, table: &SeriesTable) {
    let (kind, names) = names(of, table);
    add(out, format_args!("[\"{}\"", kind.name()));
    // No series has this key: each has a name.
    if let Of::One(_) = of {
        names.iter().for_each(|(_, name)| add(out, format_args!(",\"{name}\"")));
    }
    out.push(b']');
}

fn write_value(out: &mut Vec<u8>, window: Window, of: Of, sums: &Sums, table: &SeriesTable) {
    let Window { start_ms, end_ms, .. } = window;
    let (kind, names) = names(of, table);
    add(out, format_args!("{{\"kind\":\"{}\"", kind.name()));
    names.iter().for_each(|(field, name)| add(out, format_args!(",\"{field}\":\"{name}\"")));
    add(out, format_args!(",\"window_start_ms\":{start_ms},\"window_end_ms\":{end_ms}"));
    let spread = sums.spread();
    let rate = sums.count as f64 * 1000.0 / (end_ms - start_ms) as f64;
    add(out, format_args!(",\"count\":{},\"rate_per_s\":{rate:.3}", sums.count));
    add(out, format_args!(",\"sum_msec\":{},\"mean_msec\":{:.3}", sums.sum_ms, spread.mean_ms));
    add(out, format_args!(",\"sd_msec\":{:.3},\"min_msec\":{}", spread.sd_ms, sums.min_ms));
    add(out, format_args!(",\"max_msec\":{}", sums.max_ms));
    for (percent, ms) in PERCENTILES.iter().zip(spread.percentiles_ms) {
        add(out, format_args!(",\"p{percent}_msec\":{ms}"));
    }
    out.extend_from_slice(b",\"exemplars\":[");
    for (at, exemplar) in sums.exemplars.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(exemplar.id(table.texts()));
    }
    out.push(b']');
    write_own(out, kind, window, sums);
    if let Of::Other(_, series) = of {
        add(out, format_args!(",\"series_omitted\":{series}"));
    }
    out.push(b'}');
}

/// The fields that only this kind has.
fn write_own(out: &mut Vec<u8>, kind: Kind, window: Window, sums: &Sums) {
    let ([first, second], [most_first, most_second]) = (sums.own, sums.own_most);
    let per_call = |sum: u64| sum as f64 / sums.count.max(1) as f64;
    match kind {
        Kind::Edge => add(out, format_args!(",\"without_parent\":{first},\"at_latency_limit\":{second}")),
        Kind::Entry => {
            add(out, format_args!(",\"mean_calls\":{:.3},\"max_calls\":{most_first}", per_call(first)));
            add(out, format_args!(",\"mean_depth\":{:.3},\"max_depth\":{most_second}", per_call(second)));
        }
        Kind::Service => {
            let share = first as f64 / window.critical_ms.max(1) as f64;
            add(out, format_args!(",\"critical_msec\":{first},\"critical_share\":{share:.6}"));
            add(out, format_args!(",\"self_msec\":{second}"));
        }
    }
}

fn add(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a `Vec` cannot fail.
    _ = out.write_fmt(text);
}
