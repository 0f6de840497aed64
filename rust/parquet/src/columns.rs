//! The columns of each output: the one place where they stand.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};

/// An output, by what its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Calls, as they come in.
    Calls,
    /// Calls with their parents and children.
    Links,
    /// Chains, with their calls as a list of structs.
    Chains,
    /// Windows of edges, entries and services.
    Edges,
    /// Alerts.
    Alerts,
    /// Records that the job rejects.
    Rejects,
    /// Lines that the command rejects.
    RejectedLines,
}

/// What a column holds. All columns may be null: no output has all fields in each record.
#[derive(Clone, Copy)]
enum Kind {
    /// A text, or an integer as text: ids may be either.
    Text,
    Integer,
    Number,
    Flag,
    /// A list of texts.
    Texts,
    /// A list of calls of a chain.
    Hops,
}

use Kind::{Flag, Hops, Integer, Number, Text, Texts};

type Columns = &'static [(&'static str, Kind)];

const CALLS: Columns = &[
    ("id", Text),
    ("src_ip", Text),
    ("dst_ip", Text),
    ("start_at_ms", Integer),
    ("latency_msec", Number),
    ("end_at_ms", Integer),
];

const LINKS: Columns = &[
    ("id", Text),
    ("src_ip", Text),
    ("dst_ip", Text),
    ("start_at_ms", Integer),
    ("latency_msec", Number),
    ("end_at_ms", Integer),
    ("parents", Texts),
    ("children", Texts),
    ("parents_omitted", Integer),
    ("children_omitted", Integer),
];

const CHAINS: Columns = &[
    ("chain", Text),
    ("trace_id", Text),
    ("start_at_ms", Integer),
    ("end_at_ms", Integer),
    ("total_msec", Integer),
    ("calls", Integer),
    ("depth", Integer),
    ("width", Integer),
    ("confidence", Number),
    ("entry", Text),
    ("services", Integer),
    ("calls_omitted", Integer),
    ("hops", Hops),
    ("critical_path", Texts),
];

const HOP: Columns = &[
    ("id", Text),
    ("parent", Text),
    ("confidence", Number),
    ("src_ip", Text),
    ("dst_ip", Text),
    ("src", Text),
    ("dst", Text),
    ("start_at_ms", Integer),
    ("latency_msec", Number),
    ("end_at_ms", Integer),
    ("depth", Integer),
    ("offset_msec", Integer),
    ("self_msec", Integer),
    ("critical_msec", Integer),
];

const EDGES: Columns = &[
    ("kind", Text),
    ("src", Text),
    ("dst", Text),
    ("entry", Text),
    ("service", Text),
    ("window_start_ms", Integer),
    ("window_end_ms", Integer),
    ("count", Integer),
    ("rate_per_s", Number),
    ("sum_msec", Integer),
    ("mean_msec", Number),
    ("sd_msec", Number),
    ("min_msec", Integer),
    ("max_msec", Integer),
    ("p50_msec", Integer),
    ("p90_msec", Integer),
    ("p95_msec", Integer),
    ("p99_msec", Integer),
    ("exemplars", Texts),
    ("without_parent", Integer),
    ("at_latency_limit", Integer),
    ("mean_calls", Number),
    ("max_calls", Integer),
    ("mean_depth", Number),
    ("max_depth", Integer),
    ("critical_msec", Integer),
    ("critical_share", Number),
    ("self_msec", Integer),
    ("series_omitted", Integer),
];

const ALERTS: Columns = &[
    ("kind", Text),
    ("rule", Text),
    ("state", Text),
    ("why", Text),
    ("of", Text),
    ("all", Flag),
    ("src", Text),
    ("dst", Text),
    ("entry", Text),
    ("since_ms", Integer),
    ("window_start_ms", Integer),
    ("window_end_ms", Integer),
    ("figure", Text),
    ("expected", Number),
    ("seen", Number),
    ("count", Integer),
    ("exemplars", Texts),
];

const REJECTS: Columns = &[
    ("reason", Text),
    ("detail", Text),
    ("source", Text),
    ("split", Integer),
    ("position", Integer),
    ("value", Text),
    ("value_base64", Text),
];

const REJECTED_LINES: Columns = &[
    ("reason", Text),
    ("detail", Text),
    ("file", Text),
    ("line", Integer),
    ("value", Text),
    ("value_base64", Text),
];

impl Table {
    /// The table of an output of the job; `None` for spans, which are no rows.
    pub fn of_output(name: &str) -> Option<Self> {
        match name {
            "links" => Some(Self::Links),
            "chains" => Some(Self::Chains),
            "edges" => Some(Self::Edges),
            "alerts" => Some(Self::Alerts),
            "rejects" => Some(Self::Rejects),
            _ => None,
        }
    }

    /// The names of its columns, in order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.columns().iter().map(|(name, _)| *name)
    }

    fn columns(self) -> Columns {
        match self {
            Self::Calls => CALLS,
            Self::Links => LINKS,
            Self::Chains => CHAINS,
            Self::Edges => EDGES,
            Self::Alerts => ALERTS,
            Self::Rejects => REJECTS,
            Self::RejectedLines => REJECTED_LINES,
        }
    }

    pub(crate) fn schema(self) -> SchemaRef {
        Arc::new(Schema::new(fields(self.columns())))
    }
}

fn fields(columns: Columns) -> Fields {
    columns.iter().map(|&(name, kind)| Field::new(name, kind.data_type(), true)).collect()
}

impl Kind {
    fn data_type(self) -> DataType {
        // Parquet's own name of what a list has.
        let list = |of| DataType::List(Arc::new(Field::new("element", of, true)));
        match self {
            Text => DataType::Utf8,
            Integer => DataType::Int64,
            Number => DataType::Float64,
            Flag => DataType::Boolean,
            Texts => list(DataType::Utf8),
            Hops => list(DataType::Struct(fields(HOP))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the job's CSV is held to, too.
    const COLUMNS: &str = include_str!("../../../flink-job/src/test/resources/columns.tsv");

    #[test]
    fn each_output_has_the_columns_of_its_csv() {
        for line in COLUMNS.lines() {
            let (output, columns) = line.split_once('\t').unwrap();
            let table = Table::of_output(output).unwrap();
            assert_eq!(table.names().collect::<Vec<_>>().join(","), columns, "{output}");
        }
        assert_eq!(COLUMNS.lines().count(), 5);
        assert_eq!(Table::of_output("spans"), None);
    }
}
