//! Simulated traffic through the kernels, held against the independent reference.

use callweave_simulate::{IdKind, Kind, Limit, Settings, Shares, Simulation, Topology};

use crate::common;
use crate::judged::judge_run;

#[test]
fn traffic_with_repeats_and_faults_comes_out_as_the_reference_writes_it() {
    let kinds = [Kind::Malformed, Kind::Invalid, Kind::Inconsistent, Kind::TooLong, Kind::Duplicate];
    let shares = kinds.into_iter().fold(Shares::default(), |shares, kind| shares.with(kind, 0.02));
    for ids in [IdKind::Uuid, IdKind::Counter] {
        let settings = Settings { shares, ids, ..Settings::new(1, Limit::Calls(20_000), 1000.0).unwrap() };
        let simulation = Simulation::new(settings, Topology::built_in().unwrap()).unwrap();
        let records: Vec<Vec<u8>> = simulation.into_records().filter_map(|(_, value)| value).collect();
        let batches: Vec<_> = records.chunks(512).map(<[_]>::to_vec).collect();
        let report = judge_run(&common::Settings::default(), &batches);
        assert!(report.is_same(), "{report:?}");
        // Every call but the first of a trace has a parent.
        assert!(
            report.links > Some(15_000) && report.rejected > 1_000 && report.duplicates > 200,
            "{report:?}"
        );
    }
}
