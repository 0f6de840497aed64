//! The naive reference of the link rule, and what the kernels wrote in its terms.

use std::collections::BTreeMap;

use serde_json::Value;

/// Addresses, each with spellings that all mean it.
pub const ADDRESSES: [&[&str]; 6] = [
    &["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1:8080"],
    &["10.0.0.2", "10.0.0.2/32"],
    &["::1", "0:0:0:0:0:0:0:1", "[::1]:80", "::1%lo"],
    &["2001:db8::a", "2001:DB8::A"],
    &["b\u{fc}cher.example", "xn--bcher-kva.example", "B\u{dc}CHER.example.:443"],
    &["10.0.0.3", r"10.0.0.\u0033"],
];

/// A call as the reference sees it: `src` and `dst` are numbers of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NaiveCall {
    /// JSON of the id.
    pub id: String,
    pub src: usize,
    pub dst: usize,
    pub start_ms: i64,
    pub end_ms: i64,
}

/// The link rule, word for word.
pub fn is_parent(calls: &[NaiveCall], parent: usize, child: usize) -> bool {
    let (p, c) = (&calls[parent], &calls[child]);
    p.dst == c.src && p.start_ms <= c.start_ms && p.end_ms >= c.end_ms && parent != child
}

/// The list of the calls in `members`, nearest first by `distance`, cut to `max_links`; how many are
/// left out.
pub fn naive_list(
    calls: &[NaiveCall],
    mut members: Vec<usize>,
    max_links: usize,
    distance: impl Fn(&NaiveCall) -> i64,
) -> (Vec<String>, usize) {
    let text = |call: usize| calls[call].id.trim_matches('"').as_bytes();
    let quoted = |call: usize| calls[call].id.starts_with('"');
    members.sort_by_key(|&call| (distance(&calls[call]), text(call), quoted(call)));
    let omitted = members.len().saturating_sub(max_links);
    members.truncate(max_links);
    members.sort_by_key(|&call| (calls[call].start_ms, text(call), quoted(call)));
    (members.iter().map(|&call| calls[call].id.clone()).collect(), omitted)
}

/// A record of the call.
pub fn json(call: &NaiveCall, spelling: usize) -> Vec<u8> {
    let spell = |address: usize| ADDRESSES[address][spelling % ADDRESSES[address].len()];
    format!(
        r#"{{"id":{},"src_ip":"{}","dst_ip":"{}","start_at_ms":{},"latency_msec":{},"end_at_ms":{}}}"#,
        call.id,
        spell(call.src),
        spell(call.dst),
        call.start_ms,
        (call.end_ms - call.start_ms).max(0),
        call.end_ms
    )
    .into_bytes()
}

/// Parents, how many are omitted, children, how many are omitted.
pub type Links = (Vec<String>, usize, Vec<String>, usize);

/// Per call, who it is and its lists, as often as it stands there.
pub fn naive(
    calls: &[NaiveCall],
    max_links: usize,
) -> BTreeMap<(String, i64, i64, usize, usize), Vec<Links>> {
    let mut results: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (index, call) in calls.iter().enumerate() {
        let all = || 0..calls.len();
        let parents = all().filter(|&other| is_parent(calls, other, index)).collect();
        let children = all().filter(|&other| is_parent(calls, index, other)).collect();
        let (parents, parents_omitted) = naive_list(calls, parents, max_links, |parent| -parent.start_ms);
        let (children, children_omitted) = naive_list(calls, children, max_links, |child| child.start_ms);
        results.entry((call.id.clone(), call.start_ms, call.end_ms, call.src, call.dst)).or_default().push((
            parents,
            parents_omitted,
            children,
            children_omitted,
        ));
    }
    results
}

fn address(spelling: &str) -> usize {
    ADDRESSES.iter().position(|spellings| spellings.contains(&spelling)).unwrap()
}

/// The raw text of a field's value.
fn raw<'a>(value: &'a str, name: &str) -> &'a str {
    let fields: BTreeMap<String, &'a serde_json::value::RawValue> = serde_json::from_str(value).unwrap();
    fields[name].get()
}

fn raw_ids(value: &str, name: &str) -> Vec<String> {
    let list: Vec<&serde_json::value::RawValue> = serde_json::from_str(raw(value, name)).unwrap();
    list.iter().map(|id| id.get().to_string()).collect()
}

/// The same of what the kernels wrote.
pub fn results(records: &[(String, String)]) -> BTreeMap<(String, i64, i64, usize, usize), Vec<Links>> {
    let mut results: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (key, text) in records {
        let value: Value = serde_json::from_str(text).unwrap();
        let id = raw(text, "id").to_string();
        assert_eq!(*key, id.trim_matches('"'));
        let time = |name: &str| value[name].as_i64().unwrap();
        let spelling = |name: &str| address(raw(text, name).trim_matches('"'));
        let omitted = |name: &str| value.get(name).map_or(0, |n| n.as_u64().unwrap() as usize);
        results
            .entry((id, time("start_at_ms"), time("end_at_ms"), spelling("src_ip"), spelling("dst_ip")))
            .or_default()
            .push((
                raw_ids(text, "parents"),
                omitted("parents_omitted"),
                raw_ids(text, "children"),
                omitted("children_omitted"),
            ));
    }
    results
}

/// Without repeats.
pub fn distinct(calls: Vec<NaiveCall>) -> Vec<NaiveCall> {
    let mut kept: Vec<NaiveCall> = Vec::new();
    for call in calls {
        if !kept.contains(&call) {
            kept.push(call);
        }
    }
    kept
}
