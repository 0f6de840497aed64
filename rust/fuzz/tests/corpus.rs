//! The targets over the saved corpus and simulated records, and over changes of them.

use std::path::PathBuf;

use callweave_core::protobuf::call_of_json;
use callweave_fuzz::run;
use callweave_simulate::{Kind, Limit, Settings, Shares, Simulation, Topology};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Changed inputs for each target.
const CHANGES: usize = 20_000;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 10, "{target} has a corpus");
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Simulated records with all faults, as `parse` takes them.
fn simulated_records() -> Vec<Vec<u8>> {
    let shares = Kind::FAULTS.into_iter().fold(Shares::default(), |shares, kind| shares.with(kind, 0.2));
    let settings = Settings { shares, ..Settings::new(1, Limit::Calls(1_000), 1000.0).unwrap() };
    let simulation = Simulation::new(settings, Topology::built_in().unwrap()).unwrap();
    let values = simulation.into_records().filter_map(|(_, value)| value);
    values.zip([0u8, 1].into_iter().cycle()).map(|(value, flags)| [&[flags], &value[..]].concat()).collect()
}

/// Some bytes replaced, cut out, doubled, or joined with those of another input.
fn change(input: &mut Vec<u8>, other: &[u8], dice: &mut Xoshiro256PlusPlus) {
    for _ in 0..=dice.random_range(0..4) {
        let begin = dice.random_range(0..=input.len());
        let end = dice.random_range(begin..=input.len().min(begin + 30));
        match dice.random_range(0..4) {
            0 if begin < input.len() => input[begin] = dice.next_u32() as u8,
            1 => drop(input.drain(begin..end)),
            2 => {
                let part = input[begin..end].to_vec();
                input.splice(end..end, part);
            }
            _ => {
                let from = dice.random_range(0..=other.len());
                input.truncate(begin);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}

fn hold(name: &str, inputs: &[Vec<u8>]) {
    inputs.iter().for_each(|input| run(name, input));
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
    for number in 0..CHANGES {
        let mut input = inputs[number % inputs.len()].clone();
        let other = &inputs[dice.random_range(0..inputs.len())];
        change(&mut input, other, &mut dice);
        run(name, &input);
    }
}

#[test]
fn both_parsers_agree_on_every_record() {
    hold("parse", &corpus("parse"));
}

#[test]
fn both_parsers_agree_on_simulated_records_and_what_becomes_of_them_in_transit() {
    hold("parse", &simulated_records());
}

#[test]
fn every_record_is_read_by_every_map_or_rejected() {
    hold("map", &corpus("map"));
}

#[test]
fn simulated_records_are_read_by_the_map_of_the_built_in_form_as_without() {
    hold("map", &simulated_records());
}

#[test]
fn every_message_is_read_as_generated_code_reads_it_and_judged_as_json() {
    hold("protobuf", &corpus("protobuf"));
}

#[test]
fn simulated_calls_in_protobuf_are_judged_as_in_json() {
    let messages = simulated_records().into_iter().map(|record| {
        let mut message = Vec::new();
        if call_of_json(&record[1..], &mut message) {
            message
        } else {
            record
        }
    });
    hold("protobuf", &messages.collect::<Vec<_>>());
}

#[test]
fn route_survives_every_batch() {
    hold("route", &corpus("route"));
}

#[test]
fn link_survives_every_block() {
    hold("legs", &corpus("legs"));
}

#[test]
fn assemble_survives_every_block() {
    hold("halves", &corpus("halves"));
}

#[test]
fn windows_survives_every_block() {
    hold("sums", &corpus("sums"));
}

#[test]
fn merge_survives_every_block() {
    hold("reports", &corpus("reports"));
}

#[test]
fn alerts_survives_whatever_is_known_of_series() {
    hold("pasts", &corpus("pasts"));
}

#[test]
fn attribute_survives_every_block() {
    hold("attribute", &corpus("attribute"));
}

#[test]
fn attribute_survives_whatever_is_known_of_a_group() {
    hold("models", &corpus("models"));
}

#[test]
fn windows_are_decided_whatever_is_known_of_an_address() {
    hold("address", &corpus("address"));
}

#[test]
fn root_survives_every_block() {
    hold("root", &corpus("root"));
}

#[test]
fn chain_survives_every_block() {
    hold("chain", &corpus("chain"));
}

#[test]
fn links_are_those_of_the_reference_whatever_the_calls() {
    hold("link", &corpus("link"));
}
