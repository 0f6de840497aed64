//! Every way in which a chain can be wrong is found.

use proptest::prelude::*;
use serde_json::{json, Value};

use super::chains::{add_figures, call, check, inputs, record, right_chain, trees, ChainCall};
use super::INPUT_TOPIC;
use crate::{compare, count_chain_calls, judge, Difference, Output, Record, Report, Rules};

/// a calls b and d, b calls c.
fn calls() -> Vec<ChainCall> {
    vec![
        call("a", 1, 2, 1000, 1500, None),
        call("b", 2, 3, 1100, 1300, Some(0)),
        call("c", 3, 4, 1120, 1220, Some(1)),
        call("d", 2, 5, 1290, 1400, Some(0)),
    ]
}

/// Judges the right chain after a change.
fn changed(change: impl FnOnce(&mut Value)) -> Report {
    let mut chain = right_chain(&calls());
    change(&mut chain);
    check(&calls(), &[record(&chain)])
}

fn set(pointer: &str, value: impl Into<Value>) -> Report {
    changed(|chain| *chain.pointer_mut(pointer).unwrap() = value.into())
}

/// That there are so many differences of one kind, and no others.
fn assert_only(report: &Report, kind: Difference, count: u64, what: &str) {
    let differences = &report.differences;
    assert_eq!((differences.of(kind), differences.total()), (count, count), "{what}: {differences:?}");
    assert!(!report.is_same(), "{what}");
    assert_eq!(differences.examples(kind).len() as u64, count, "{what}");
}

#[test]
fn the_right_chain_is_let_pass() {
    let report = changed(|_| {});
    assert!(report.is_same(), "{:?}", report.differences);
    let chains = report.chains.unwrap();
    assert_eq!((chains.chains, chains.calls, chains.due, chains.not_recomputable), (1, 4, 4, 0));
}

#[test]
fn a_number_that_is_wrong_is_found() {
    let of_chain = ["start_at_ms", "end_at_ms", "total_msec", "calls", "depth", "width"];
    let of_hop = ["depth", "offset_msec", "self_msec", "critical_msec"];
    let pointers = of_chain.iter().map(|field| format!("/{field}"));
    let pointers = pointers.chain(of_hop.iter().map(|field| format!("/hops/2/{field}")));
    for pointer in pointers {
        for change in [1, -1] {
            let report = changed(|chain| {
                let number = chain.pointer_mut(&pointer).unwrap();
                *number = (number.as_i64().unwrap() + change).into();
            });
            assert_only(&report, Difference::WrongFigures, 1, &pointer);
        }
    }
}

#[test]
fn a_confidence_may_be_rounded_and_not_be_another() {
    // 0.9 * 0.9 * 0.9
    for (confidence, is_right) in
        [(0.729, true), (0.7287, true), (0.7293, true), (0.7285, false), (0.73, false)]
    {
        assert_eq!(set("/confidence", confidence).is_same(), is_right, "{confidence}");
    }
    assert_only(&set("/confidence", 0.73), Difference::WrongFigures, 1, "confidence");
}

#[test]
fn a_critical_path_that_names_other_calls_is_found() {
    for path in
        [json!([]), json!(["a", "b", "c"]), json!(["b", "a", "c", "d"]), json!(["a", "b", "c", "d", "d"])]
    {
        let what = path.to_string();
        assert_only(&set("/critical_path", path), Difference::WrongFigures, 1, &what);
    }
}

#[test]
fn a_text_that_is_wrong_is_found() {
    for (pointer, value) in [
        ("/trace_id", json!("00000000000000000000000000000000")),
        ("/entry", json!("10.0.0.1")),
        ("/entry", json!("::ffff:10.0.0.2")),
        ("/services", json!(5)),
        ("/hops/1/latency_msec", json!(201)),
        ("/hops/0/dst", json!("front")),
    ] {
        assert_only(&set(pointer, value), Difference::WrongChainFields, 1, pointer);
    }
    let spelled = changed(|chain| {
        chain["hops"][3]["dst_ip"] = "::ffff:10.0.0.5".into();
        chain["hops"][3]["dst"] = "::ffff:10.0.0.5".into();
    });
    assert_only(&spelled, Difference::WrongChainFields, 1, "an address as the input does not write it");
    let order = changed(|chain| chain["hops"].as_array_mut().unwrap().swap(2, 3));
    assert_eq!(order.differences.of(Difference::WrongChainFields), 1, "{:?}", order.differences);
}

#[test]
fn the_key_is_the_id_of_the_root() {
    for key in [None, Some("b"), Some("\"a\"")] {
        let chain = Record { key: key.map(|key| key.into()), ..record(&right_chain(&calls())) };
        assert_only(&check(&calls(), &[chain]), Difference::WrongChainFields, 1, "key");
    }
    let report = set("/chain", "b");
    let wrong = &report.differences.examples(Difference::WrongChainFields)[0];
    assert!(wrong.contains("its id is \"b\", not \"a\", the record key is b, not a"), "{wrong}");
}

#[test]
fn names_of_services_are_let_pass_and_counted() {
    let named = |services: u64| {
        changed(|chain| {
            for hop in chain["hops"].as_array_mut().unwrap() {
                for (name, ip) in [("src", "src_ip"), ("dst", "dst_ip")] {
                    if hop[ip] == "10.0.0.3" || hop[ip] == "10.0.0.5" {
                        hop[name] = "store".into();
                    }
                }
            }
            chain["services"] = services.into();
        })
    };
    assert!(named(3).is_same(), "{:?}", named(3).differences);
    assert_only(&named(4), Difference::WrongChainFields, 1, "two addresses of one service");
}

#[test]
fn calls_that_are_not_one_tree_are_found() {
    for (pointer, parent, why) in [
        ("/hops/1/parent", Value::Null, "2 of its calls have no parent, not one"),
        ("/hops/0/parent", json!("b"), "0 of its calls have no parent, not one"),
        ("/hops/1/parent", json!("x"), "the parent \"x\" of call \"b\" is not in the chain"),
        ("/hops/1/parent", json!("b"), "the parent \"b\" of call \"b\" is the call itself"),
        ("/hops/3/parent", json!("b"), "goes to \"10.0.0.3\", and the call comes from \"10.0.0.2\""),
    ] {
        let report = set(pointer, parent);
        assert_only(&report, Difference::WrongTree, 1, why);
        let wrong = &report.differences.examples(Difference::WrongTree)[0];
        assert!(wrong.contains(why), "{wrong}");
    }
    let none = changed(|chain| chain["hops"] = json!([]));
    assert_eq!(none.differences.of(Difference::WrongTree), 1, "{:?}", none.differences);
    assert_eq!(none.differences.of(Difference::InNoChain), 4);
}

#[test]
fn a_cycle_beside_the_root_is_found() {
    let mut calls = calls();
    calls.push(call("e", 8, 9, 1200, 1300, Some(5)));
    calls.push(call("f", 9, 8, 1200, 1300, Some(4)));
    let mut chain = right_chain(&calls[..4]);
    let mut more = Vec::new();
    for (id, parent, src, dst) in [("e", "f", "10.0.0.8", "10.0.0.9"), ("f", "e", "10.0.0.9", "10.0.0.8")] {
        let mut hop = chain["hops"][3].clone();
        hop["id"] = id.into();
        hop["parent"] = parent.into();
        (hop["src_ip"], hop["src"]) = (src.into(), src.into());
        (hop["dst_ip"], hop["dst"]) = (dst.into(), dst.into());
        (hop["start_at_ms"], hop["end_at_ms"], hop["latency_msec"]) = (1200.into(), 1300.into(), 100.into());
        more.push(hop);
    }
    chain["hops"].as_array_mut().unwrap().append(&mut more);
    let report = check(&calls, &[record(&chain)]);
    assert_only(&report, Difference::WrongTree, 1, "cycle");
    let wrong = &report.differences.examples(Difference::WrongTree)[0];
    assert!(wrong.contains("call \"e\" does not hang on the root"), "{wrong}");
}

#[test]
fn a_parent_is_one_by_the_times_that_clocks_allow_and_not_beyond() {
    let root = call("a", 1, 2, 1000, 1500, None);
    for (start_ms, end_ms, is_right) in [
        (996, 1100, true),
        (995, 1100, false),
        (1520, 1530, true),
        (1521, 1530, false),
        (1400, 2500, true),
        (1400, 2501, false),
    ] {
        let calls = [root.clone(), call("b", 2, 3, start_ms, end_ms, Some(0))];
        // The figures are those of a child that fits: only the link is in question.
        let mut chain = right_chain(&[root.clone(), call("b", 2, 3, 1000, 1100, Some(0))]);
        let at = chain["hops"].as_array().unwrap().iter().position(|hop| hop["id"] == "b").unwrap();
        let hop = &mut chain["hops"][at];
        hop["start_at_ms"] = start_ms.into();
        hop["end_at_ms"] = end_ms.into();
        hop["latency_msec"] = (end_ms - start_ms).into();
        hop["offset_msec"] = (start_ms - 1000).into();
        chain["total_msec"] = (end_ms.max(1500) - 1000).into();
        let hops = chain["hops"].as_array_mut().unwrap();
        hops.sort_by_key(|hop| hop["start_at_ms"].as_i64());
        if is_right {
            add_figures(&mut chain);
        }
        let report = check(&calls, &[record(&chain)]);
        let count = report.differences.of(Difference::WrongTree);
        assert_eq!(
            (report.is_same(), count),
            (is_right, u64::from(!is_right)),
            "{start_ms}..{end_ms}: {report:?}"
        );
    }
}

#[test]
fn a_call_in_no_chain_or_in_two_is_found() {
    let report = check(&calls(), &[]);
    assert_only(&report, Difference::InNoChain, 4, "no chain at all");
    assert!(!report.chains.unwrap().is_conserved());
    let chain = record(&right_chain(&calls()));
    assert_only(&check(&calls(), &[chain.clone(), chain]), Difference::InTwoChains, 4, "a chain twice");
    let lost = check(&calls(), &[record(&right_chain(&calls()[..3]))]);
    assert_only(&lost, Difference::InNoChain, 1, "a call of a chain");
    let moved = set("/hops/3/end_at_ms", 1401);
    assert_only_two(&moved, Difference::UnknownInChain, Difference::InNoChain);
}

fn assert_only_two(report: &Report, first: Difference, second: Difference) {
    let differences = &report.differences;
    assert_eq!(
        (differences.of(first), differences.of(second), differences.total()),
        (1, 1, 2),
        "{differences:?}"
    );
}

#[test]
fn a_call_that_was_rejected_must_be_in_no_chain() {
    let (calls, rules) = (calls(), Rules::default());
    let mut input = inputs(&calls);
    // An hour later in the same partition: what comes behind it may be late.
    let now = [call("now", 7, 8, 3_700_000, 3_700_001, None)];
    input.insert(0, inputs(&now).remove(0));
    (0..).zip(&mut input).for_each(|(offset, record)| record.offset = offset);
    let late = [input[4].rejected(INPUT_TOPIC, "late", "why")];
    let chains = |calls: &[ChainCall]| [record(&right_chain(calls)), record(&right_chain(&now))];
    let report = |chains: &[Record]| {
        let output = Output { chains: Some(chains), rejects: &late, ..Output::default() };
        compare(INPUT_TOPIC, &input, &judge(&input, &rules), output, &rules)
    };
    let right = report(&chains(&calls[..3]));
    assert!(right.is_same(), "{:?}", right.differences);
    assert_only(&report(&chains(&calls)), Difference::UnknownInChain, 1, "the late call");
}

#[test]
fn calls_that_are_omitted_are_held_by_their_number() {
    let chain = |omitted: u64| {
        let mut chain = right_chain(&calls()[..3]);
        chain["calls_omitted"] = omitted.into();
        record(&chain)
    };
    let report = check(&calls(), &[chain(1)]);
    assert!(report.is_same(), "{:?}", report.differences);
    let chains = report.chains.unwrap();
    assert_eq!((chains.calls, chains.omitted, chains.due), (3, 1, 4));
    assert_eq!(count_chain_calls(&chain(1)), 4);
    let report = check(&calls(), &[chain(2)]);
    assert_only(&report, Difference::InNoChain, 1, "another number");
    let wrong = &report.differences.examples(Difference::InNoChain)[0];
    assert_eq!(wrong, "1 calls are in no chain, and the chains say that they omit 2");
    assert_eq!(report.written, 5);
}

#[test]
fn a_record_that_is_not_as_the_format_says_is_found() {
    let chain = right_chain(&calls());
    let mut broken: Vec<String> = ["", "x", "[]", "{}", "null"].map(str::to_owned).to_vec();
    let fields = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (at, object) in [("", &chain), ("/hops/1", &chain["hops"][1])] {
        for field in fields(object) {
            let mut without = chain.clone();
            without.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(&field);
            broken.push(without.to_string());
            for wrong in [json!(true), json!({}), json!("")] {
                let mut other = chain.clone();
                other.pointer_mut(at).unwrap()[&field] = wrong.clone();
                // An empty text is one.
                if wrong != "" || object[&field].is_number() || field.ends_with("_ip") {
                    broken.push(other.to_string());
                }
            }
        }
        let mut more = chain.clone();
        more.pointer_mut(at).unwrap()["more"] = 1.into();
        broken.push(more.to_string());
    }
    let text = chain.to_string();
    broken.push(text.replacen("\"width\":", "\"width\":2,\"width\":", 1));
    broken.push(text.replacen("\"depth\":", "\"depth\":1,\"depth\":", 1));
    broken.push(text.replace("\"confidence\":0.9,", "\"confidence\":1.1,"));
    broken.push(text.replace("\"total_msec\":500", "\"total_msec\":500.0"));
    broken.push(text.replacen('{', "{\"calls_omitted\":0,", 1));
    broken.push(text.clone() + "x");
    for value in broken {
        assert_ne!(value, text);
        let wrong = Record { value: Some(value.clone().into()), ..Record::default() };
        let report = check(&calls(), &[record(&chain), wrong.clone()]);
        assert_only(&report, Difference::UnreadableChain, 1, &value);
        assert_eq!(count_chain_calls(&wrong), 0);
    }
    let null = Record { value: None, ..record(&chain) };
    assert_only(&check(&calls(), &[record(&chain), null]), Difference::UnreadableChain, 1, "null");
}

#[test]
fn ids_that_calls_share_leave_some_figures_open_and_no_others() {
    // Both calls b can be the parent of c.
    let calls = [
        call("a", 1, 2, 1000, 1500, None),
        call("b", 2, 3, 1100, 1300, Some(0)),
        call("b", 2, 3, 1110, 1310, Some(0)),
        call("c", 3, 4, 1120, 1220, Some(1)),
    ];
    let chain = right_chain(&calls);
    let with = |pointer: &str, value: Value| {
        let mut chain = chain.clone();
        *chain.pointer_mut(pointer).unwrap() = value;
        check(&calls, &[record(&chain)])
    };
    let right = with("/calls", json!(4));
    assert!(right.is_same(), "{:?}", right.differences);
    assert_eq!(right.chains.unwrap().not_recomputable, 1);
    assert!(with("/width", json!(7)).is_same(), "it depends on whose child c is");
    assert_only(&with("/total_msec", json!(501)), Difference::WrongFigures, 1, "total");
    assert_only(&with("/hops/3/depth", json!(2)), Difference::WrongFigures, 1, "depth");
    assert_only(&with("/hops/3/parent", json!("a")), Difference::WrongTree, 1, "parent");
}

#[test]
fn an_id_that_is_a_number_is_another_than_the_text() {
    let calls = [call("7", 1, 2, 1000, 1500, None), call("8", 2, 3, 1100, 1300, Some(0))];
    let input: Vec<Record> = inputs(&calls)
        .into_iter()
        .map(|record| {
            let text = String::from_utf8(record.value.unwrap()).unwrap();
            Record { value: Some(text.replace("\"7\"", "7").into()), ..record }
        })
        .collect();
    let rules = Rules::default();
    let report = |chain: String| {
        let chain = [Record { key: Some("7".into()), value: Some(chain.into()), ..Record::default() }];
        let output = Output { chains: Some(&chain), ..Output::default() };
        compare(INPUT_TOPIC, &input, &judge(&input, &rules), output, &rules)
    };
    let text = right_chain(&calls).to_string().replace("\"7\"", "7");
    assert!(report(text.clone()).is_same(), "{:?}", report(text.clone()).differences);
    let other = report(text.replace("\"parent\":7", "\"parent\":\"7\""));
    assert_only(&other, Difference::WrongTree, 1, "parent");
}

proptest! {
    #[test]
    fn any_number_of_any_chain_that_is_changed_is_found(
        calls in trees(),
        hop in any::<prop::sample::Index>(),
        field in 0usize..10,
        change in prop_oneof![Just(-1i64), Just(1), Just(100)],
    ) {
        let mut chain = right_chain(&calls);
        let hop = hop.index(calls.len());
        let pointer = match field {
            0..4 => ["/total_msec", "/width", "/depth", "/calls"][field].to_owned(),
            _ => {
                let fields = ["depth", "offset_msec", "self_msec", "critical_msec", "start_at_ms", "end_at_ms"];
                format!("/hops/{hop}/{}", fields[field - 4])
            }
        };
        let number = chain.pointer_mut(&pointer).unwrap();
        *number = (number.as_i64().unwrap() + change).into();
        prop_assert!(!check(&calls, &[record(&chain)]).is_same(), "{}", pointer);
    }

    #[test]
    fn any_call_that_is_lost_from_any_chain_is_found(calls in trees(), lost in any::<prop::sample::Index>()) {
        let mut chain = right_chain(&calls);
        chain["hops"].as_array_mut().unwrap().remove(lost.index(calls.len()));
        let report = check(&calls, &[record(&chain)]);
        prop_assert_eq!(report.differences.of(Difference::InNoChain), 1);
    }
}
