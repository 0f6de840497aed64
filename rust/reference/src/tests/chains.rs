//! Right chains are let pass, and their figures are those of a count ms by ms.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{json, Value};

use super::{call_json, input, INPUT_TOPIC};
use crate::chains::figures::Figures;
use crate::chains::record::Chain;
use crate::chains::tree::Tree;
use crate::{compare, judge, Output, Record, Report, Rules};

/// A call of a chain: from `10.0.0.SRC` to `10.0.0.DST`.
#[derive(Clone, Debug)]
pub struct ChainCall {
    pub id: String,
    pub src: u8,
    pub dst: u8,
    pub start_ms: i64,
    pub end_ms: i64,
    /// The place of its parent.
    pub parent: Option<usize>,
}

/// A call below the one at place `parent`.
pub fn call(id: &str, src: u8, dst: u8, start_ms: i64, end_ms: i64, parent: Option<usize>) -> ChainCall {
    ChainCall { id: id.to_owned(), src, dst, start_ms, end_ms, parent }
}

/// The records of the input topic.
pub fn inputs(calls: &[ChainCall]) -> Vec<Record> {
    let json = |call: &ChainCall| call_json(&call.id, call.src, call.dst, call.start_ms, call.end_ms);
    (0..).zip(calls).map(|(offset, call)| input(offset, &json(call))).collect()
}

/// A record of the chains topic.
pub fn record(chain: &Value) -> Record {
    Record {
        key: chain["chain"].as_str().map(|id| id.as_bytes().to_vec()),
        value: Some(chain.to_string().into_bytes()),
        ..Record::default()
    }
}

pub fn check(calls: &[ChainCall], chains: &[Record]) -> Report {
    let (input, rules) = (inputs(calls), Rules::default());
    let output = Output { chains: Some(chains), ..Output::default() };
    compare(INPUT_TOPIC, &input, &judge(&input, &rules), output, &rules)
}

/// What the job has to write of one chain.
pub fn right_chain(calls: &[ChainCall]) -> Value {
    let root = calls.iter().position(|call| call.parent.is_none()).unwrap();
    let ip = |host: u8| format!("10.0.0.{host}");
    let depth = |place: usize| std::iter::successors(Some(place), |&at| calls[at].parent).count();
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(|&place| (calls[place].start_ms, depth(place), calls[place].id.clone()));
    let hops = order.iter().map(|&place| {
        let ChainCall { id, src, dst, start_ms, end_ms, parent } = &calls[place];
        json!({
            "id": id, "parent": parent.map(|parent| calls[parent].id.clone()), "confidence": 0.9,
            "src_ip": ip(*src), "dst_ip": ip(*dst), "src": ip(*src), "dst": ip(*dst),
            "start_at_ms": start_ms, "latency_msec": end_ms - start_ms, "end_at_ms": end_ms,
            "depth": depth(place), "offset_msec": start_ms - calls[root].start_ms,
            "self_msec": 0, "critical_msec": 0,
        })
    });
    let ChainCall { id, src, dst, start_ms, end_ms, .. } = &calls[root];
    let last_ms = calls.iter().map(|call| call.end_ms).max().unwrap();
    let called: HashSet<u8> = calls.iter().map(|call| call.dst).collect();
    let mut chain = json!({
        "chain": id, "trace_id": trace_id(&[id, &start_ms.to_string(), &ip(*src), &ip(*dst)]),
        "start_at_ms": start_ms, "end_at_ms": end_ms, "total_msec": last_ms - start_ms,
        "calls": calls.len(), "depth": (0..calls.len()).map(depth).max(), "width": 0,
        "confidence": 0.9_f64.powi(calls.len() as i32 - 1), "entry": ip(*dst), "services": called.len(),
        "hops": hops.collect::<Vec<_>>(), "critical_path": [],
    });
    add_figures(&mut chain);
    chain
}

/// Puts in what depends on the tree.
pub fn add_figures(chain: &mut Value) {
    let text = chain.to_string();
    let read = Chain::read(Some(text.as_bytes())).unwrap();
    let tree = Tree::of(&read.hops).unwrap();
    let figures = Figures::of(&read.hops, tree.root, &tree.parents());
    let mut path = Vec::new();
    for (place, hop) in chain["hops"].as_array_mut().unwrap().iter_mut().enumerate() {
        hop["self_msec"] = figures.self_ms[place].into();
        hop["critical_msec"] = figures.critical_ms[place].into();
        path.extend((figures.critical_ms[place] > 0).then(|| hop["id"].clone()));
    }
    chain["width"] = figures.width.into();
    chain["critical_path"] = path.into();
}

fn trace_id(texts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let mut bytes = Vec::new();
    for text in ["trace"].iter().chain(texts) {
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    Sha256::digest(bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Trees of calls that touch, whose clocks differ, and that outlive their parents.
pub fn trees() -> impl Strategy<Value = Vec<ChainCall>> {
    let child = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0i64..20);
    let root_ms = prop_oneof![Just(0i64), 1i64..60];
    (root_ms, prop::collection::vec(child, 0..18)).prop_map(|(root_ms, children)| {
        let mut calls = vec![call("c0", 1, 2, 100_000, 100_000 + root_ms, None)];
        for (place, (parent, start, length_ms)) in children.into_iter().enumerate() {
            let parent = parent.index(calls.len());
            let ChainCall { dst, start_ms, end_ms, .. } = calls[parent];
            // From 4 ms before its parent to 20 ms behind it.
            let start_ms = start_ms - 4 + start.index((end_ms - start_ms + 25) as usize) as i64;
            let id = format!("c{}", place + 1);
            calls.push(call(&id, dst, place as u8 + 3, start_ms, start_ms + length_ms, Some(parent)));
        }
        calls
    })
}

fn is_under_way(call: &ChainCall, at_ms: i64) -> bool {
    call.start_ms <= at_ms && (at_ms < call.end_ms || call.start_ms == call.end_ms && at_ms == call.end_ms)
}

fn has_busy_child(calls: &[ChainCall], place: usize, at_ms: i64) -> bool {
    calls.iter().any(|child| child.parent == Some(place) && is_under_way(child, at_ms))
}

fn place_of(calls: &[ChainCall], hop: &Value) -> usize {
    calls.iter().position(|call| hop["id"] == call.id.as_str()).unwrap()
}

proptest! {
    #[test]
    fn the_right_record_of_any_tree_is_let_pass(calls in trees()) {
        let report = check(&calls, &[record(&right_chain(&calls))]);
        prop_assert!(report.is_same(), "{:?}", report.differences);
        prop_assert_eq!(report.chains.unwrap().calls, calls.len() as u64);
    }

    #[test]
    fn width_and_self_time_are_those_of_a_count_ms_by_ms(calls in trees()) {
        let chain = right_chain(&calls);
        let moments = || calls.iter().map(|call| call.start_ms).min().unwrap()
            ..=calls.iter().map(|call| call.end_ms).max().unwrap();
        let at_work = |at_ms| {
            let works = |&place: &usize| is_under_way(&calls[place], at_ms) && !has_busy_child(&calls, place, at_ms);
            (0..calls.len()).filter(works).count()
        };
        prop_assert_eq!(&chain["width"], moments().map(at_work).max().unwrap());
        for hop in chain["hops"].as_array().unwrap() {
            let place = place_of(&calls, hop);
            let is_alone = |at_ms: &i64| {
                let covers = |child: &ChainCall| child.start_ms <= *at_ms && *at_ms < child.end_ms;
                !calls.iter().any(|child| child.parent == Some(place) && covers(child))
            };
            let alone = (calls[place].start_ms..calls[place].end_ms).filter(is_alone).count();
            prop_assert_eq!(&hop["self_msec"], alone);
        }
    }

    #[test]
    fn the_blame_adds_up_to_the_roots_time_and_nobody_has_more_than_its_own(calls in trees()) {
        let chain = right_chain(&calls);
        let hops = chain["hops"].as_array().unwrap();
        let mut sum = 0;
        for hop in hops {
            let ms = hop["critical_msec"].as_i64().unwrap();
            let call = &calls[place_of(&calls, hop)];
            prop_assert!((0..=call.end_ms - call.start_ms).contains(&ms), "{}", hop);
            sum += ms;
        }
        prop_assert_eq!(sum, calls[0].end_ms - calls[0].start_ms);
    }
}

/// The part of the root's time that each call is to blame for.
fn blame(calls: &[ChainCall]) -> Vec<i64> {
    let chain = right_chain(calls);
    let hops = chain["hops"].as_array().unwrap();
    let of = |call: &ChainCall| {
        hops.iter().find(|hop| hop["id"] == call.id.as_str()).unwrap()["critical_msec"].as_i64()
    };
    calls.iter().map(|call| of(call).unwrap()).collect()
}

#[test]
fn calls_back_to_back_take_over_from_each_other() {
    let root = call("a", 1, 2, 1000, 1100, None);
    let first = call("b", 2, 3, 1010, 1050, Some(0));
    assert_eq!(blame(&[root.clone(), first.clone(), call("c", 2, 4, 1050, 1090, Some(0))]), [20, 40, 40]);
    let outlives = call("c", 2, 4, 1050, 1101, Some(0));
    assert_eq!(blame(&[root.clone(), first.clone(), outlives]), [60, 40, 0], "it held nobody up");
    let with_it = call("c", 2, 4, 1020, 1050, Some(0));
    assert_eq!(blame(&[root.clone(), first.clone(), with_it]), [70, 0, 30], "the one that started last");
    let twin = call("c", 2, 4, 1010, 1050, Some(0));
    assert_eq!(blame(&[root, first, twin]), [60, 40, 0], "the one with the smaller id");
}

#[test]
fn what_a_child_did_before_its_parent_began_is_not_blamed() {
    let calls = [call("a", 1, 2, 1000, 1100, None), call("b", 2, 3, 998, 1040, Some(0))];
    assert_eq!(blame(&calls), [60, 40]);
}

#[test]
fn the_trace_id_is_that_of_another_tool() {
    let calls = [call("msg_1", 1, 2, 1000, 1500, None)];
    assert_eq!(right_chain(&calls)["trace_id"], "ab837c9bd48f0c71626660ba5edae6c8");
    assert!(check(&calls, &[record(&right_chain(&calls))]).is_same());
}
