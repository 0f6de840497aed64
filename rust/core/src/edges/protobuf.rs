//! The protobuf of a series in a window.

use prost::Message;

use super::json::{names, write_key, Of, Window};
use super::series::SeriesTable;
use super::sums::Sums;
use super::Kind;
use crate::id::Id;
use crate::protobuf::v1::{self, series};
use crate::protobuf::values::{call_id, plain};
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

/// Appends the frame of a record, with the key that it has in JSON.
pub fn write(out: &mut Vec<u8>, window: Window, of: Of, sums: &Sums, table: &SeriesTable) {
    let begin = out.len();
    out.resize(begin + RECORD_HEADER_BYTES, 0);
    write_key(out, of, table);
    let value = out.len();
    // Room in a `Vec` does not run out.
    _ = series(window, of, sums, table).encode(out);
    let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
    write_record_header(&mut out[begin..], key_bytes, value_bytes);
}

fn series(window: Window, of: Of, sums: &Sums, table: &SeriesTable) -> v1::Series {
    let Window { start_ms, end_ms, .. } = window;
    let spread = sums.spread();
    let [p50_msec, p90_msec, p95_msec, p99_msec] = spread.percentiles_ms.map(u64::from);
    v1::Series {
        of: Some(own(window, of, sums, table)),
        window_start_ms: start_ms,
        window_end_ms: end_ms,
        count: sums.count,
        rate_per_s: sums.count as f64 * 1000.0 / (end_ms - start_ms) as f64,
        // Above that no window gets within the age of the universe.
        sum_msec: u64::try_from(sums.sum_ms).unwrap_or(u64::MAX),
        mean_msec: spread.mean_ms,
        sd_msec: spread.sd_ms,
        min_msec: sums.min_ms.into(),
        max_msec: sums.max_ms.into(),
        p50_msec,
        p90_msec,
        p95_msec,
        p99_msec,
        exemplars: sums.exemplars.iter().map(|one| call_id(Id::of_json(one.id(table.texts())))).collect(),
        series_omitted: match of {
            Of::Other(_, series) => series as u64,
            Of::One(_) => 0,
        },
    }
}

/// The fields that only this kind has.
fn own(window: Window, of: Of, sums: &Sums, table: &SeriesTable) -> series::Of {
    let ([first, second], [most_first, most_second]) = (sums.own, sums.own_most);
    let per_call = |sum: u64| sum as f64 / sums.count.max(1) as f64;
    let (kind, names) = names(of, table);
    let name = |place: usize| names.get(place).map(|(_, name)| plain(name.as_bytes())).unwrap_or_default();
    match kind {
        Kind::Edge => series::Of::Edge(v1::Edge {
            src: name(0),
            dst: name(1),
            without_parent: first,
            at_latency_limit: second,
        }),
        Kind::Entry => series::Of::Entry(v1::Entry {
            entry: name(0),
            mean_calls: per_call(first),
            max_calls: most_first,
            mean_depth: per_call(second),
            max_depth: most_second,
        }),
        Kind::Service => series::Of::Service(v1::Service {
            service: name(0),
            critical_msec: first,
            critical_share: first as f64 / window.critical_ms.max(1) as f64,
            self_msec: second,
        }),
    }
}
