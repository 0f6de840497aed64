//! What the valid calls ask of the job: their rate, their links and their bytes.

use callweave_core::call::Call;
use serde::Serialize;

use super::addresses::{AddressCounts, Addresses, MAX_BYTES};
use super::effort::{self, EffortFacts};
use super::sample::{Sample, SampleCounts, MAX_ROWS};
use super::seconds::Seconds;
use super::shared_ids::SharedIds;
use super::starts::{OddStarts, Starts};
use crate::printable::printable;

/// What a result has besides its values: the names and the punctuation.
const RESULT_FRAME_BYTES: u64 =
    r#"{"id":,"src_ip":"","dst_ip":"","start_at_ms":,"latency_msec":,"end_at_ms":,"parents":[],"children":[]}"#
        .len() as u64;
/// A rate needs a span: the shortest one that is taken for one, ms.
const SHORTEST_SPAN_MS: i64 = 1000;
/// So many parents has a call on average that starts at an address of many hosts, at least.
const LINKS_OF_A_GATEWAY: f64 = 10.0;
/// The longest address that is printed, characters: any that is valid.
const ADDRESS_CHARS: usize = 255;

/// The valid calls so far, late ones too: the advised options take them.
#[derive(Clone, Debug)]
pub struct Load {
    calls: u64,
    starts: Starts,
    seconds: Seconds,
    addresses: Addresses,
    sample: Sample,
    value_bytes: u64,
    result_bytes: u64,
    id_bytes: u64,
}

/// What there is to say of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadFacts {
    /// Valid calls, repeats and late ones too.
    pub calls: u64,
    /// The first start that is not odd, ms of the epoch.
    pub first_start_ms: i64,
    /// The last start that is not odd, ms of the epoch.
    pub last_start_ms: i64,
    /// Calls with odd starts, far before or after all others.
    pub odd_calls: u64,
    /// The same in groups, at most 5.
    pub odd: Vec<OddStarts>,
    /// Calls per second from the first start to the last.
    pub calls_per_s: f64,
    /// The most calls that start within one second of the clock.
    pub peak_calls_per_s: u64,
    /// When that second begins, ms of the epoch.
    pub peak_at_ms: i64,
    /// What the choice of parents can cost the job in that second, by `attribution-effort`.
    pub parents_cost: Vec<EffortFacts>,
    /// The mean length of a value, bytes.
    pub value_bytes: f64,
    /// Addresses that call.
    pub calling_addresses: u64,
    /// Addresses that are called.
    pub called_addresses: u64,
    /// The address that calls most.
    pub top_caller: Option<String>,
    /// The address that is called most.
    pub top_called: Option<String>,
    /// Addresses that call and are called: only there links are found.
    pub linking_addresses: u64,
    /// How often an address came that was one too many to be told apart.
    pub addresses_untold: u64,
    /// The addresses that are called most.
    pub hottest: Vec<AddressFacts>,
    /// The address that most links are at, if it may stand for many hosts.
    pub shared_address: Option<AddressFacts>,
    /// What the sample says; `None` if not even one slice of it could be held.
    pub sample: Option<SampleFacts>,
}

/// What there is to say of a called address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AddressFacts {
    /// In its usual spelling.
    pub address: String,
    /// Calls that go there.
    pub calls: u64,
    /// The same per second.
    pub calls_per_s: f64,
    /// How many of them are under way at once, on average.
    pub under_way: f64,
    /// Parents of a call that starts there, on average; `None` if none does in the sample.
    pub links_per_call: Option<f64>,
}

/// What the sample says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleFacts {
    /// Whether it is the whole input.
    pub is_whole: bool,
    /// Slices of time in it with calls.
    pub slices: u64,
    /// The length of a slice, ms.
    pub slice_ms: i64,
    /// Calls that start in them, without repeats.
    pub calls: u64,
    /// Exact repeats of those.
    pub repeats: u64,
    /// Parents per call on average; children per call as well.
    pub links_per_call: f64,
    /// The most parents of one call.
    pub most_parents: u64,
    /// Calls with more parents than `max-links`.
    pub calls_above_max_links: u64,
    /// Calls that have another one as their parent and as their child.
    pub mutual: u64,
    /// Calls that share their id with others.
    pub shared_ids: SharedIds,
    /// The mean length of a result, bytes, if no list is cut.
    pub result_bytes: f64,
}

impl Load {
    /// None yet, of calls that take up to `max_latency_ms`.
    pub fn new(max_latency_ms: i64) -> Self {
        Self {
            calls: 0,
            starts: Starts::new(),
            seconds: Seconds::new(),
            addresses: Addresses::new(MAX_BYTES),
            sample: Sample::new(max_latency_ms, MAX_ROWS),
            value_bytes: 0,
            result_bytes: 0,
            id_bytes: 0,
        }
    }

    /// Adds a valid call, whose value has so many bytes.
    pub fn add(&mut self, call: &Call<'_>, value_bytes: usize, place: impl Fn() -> String) {
        self.calls += 1;
        self.starts.add(call.start_ms, place);
        self.seconds.add(call.start_ms);
        let (src, dst) = self.addresses.add(call);
        self.sample.add(call, src, dst);
        self.value_bytes += value_bytes as u64;
        self.result_bytes += result_bytes(call);
        self.id_bytes += id_bytes(call);
    }

    /// The `most_addresses` hottest addresses, and all the rest; `None` without calls.
    pub fn facts(self, most_addresses: usize, max_links: usize) -> Option<LoadFacts> {
        let starts = self.starts.facts()?;
        let span_s = (starts.last_ms - starts.first_ms).max(SHORTEST_SPAN_MS) as f64 / 1000.0;
        let (peak_calls_per_s, peak_at_ms) = self.seconds.peak();
        let calls = self.calls as f64;
        let result_bytes = self.result_bytes as f64 / calls;
        let link_bytes = self.id_bytes as f64 / calls + 1.0;
        let slice_ms = self.sample.slice_ms();
        let counts = self.sample.count(max_links as u64);
        let all = self.addresses.counts();
        let top = |count: fn(&AddressCounts) -> u64| {
            let top = all.iter().filter(|address| count(address) > 0).max_by_key(|address| count(address));
            top.map(|address| printable(address.text.as_bytes(), ADDRESS_CHARS))
        };
        let number_of = |has: fn(&AddressCounts) -> bool| all.iter().filter(|a| has(a)).count() as u64;
        Some(LoadFacts {
            calls: self.calls,
            first_start_ms: starts.first_ms,
            last_start_ms: starts.last_ms,
            odd_calls: starts.odd_calls,
            odd: starts.odd,
            calls_per_s: starts.calls as f64 / span_s,
            peak_calls_per_s,
            peak_at_ms,
            parents_cost: effort::costs(peak_calls_per_s),
            value_bytes: self.value_bytes as f64 / calls,
            calling_addresses: number_of(|address| address.calling > 0),
            called_addresses: number_of(|address| address.called > 0),
            top_caller: top(|address| address.calling),
            top_called: top(|address| address.called),
            linking_addresses: number_of(|address| address.calling > 0 && address.called > 0),
            addresses_untold: self.addresses.unknown(),
            hottest: hottest(&self.addresses, &counts, span_s, most_addresses),
            shared_address: shared_address(&self.addresses, &counts, span_s),
            sample: sample_facts(&counts, slice_ms, result_bytes, link_bytes),
        })
    }
}

fn hottest(addresses: &Addresses, counts: &SampleCounts, span_s: f64, most: usize) -> Vec<AddressFacts> {
    let mut called: Vec<_> = addresses.counts().iter().zip(0..).filter(|(a, _)| a.called > 0).collect();
    called.sort_by(|(a, _), (b, _)| b.called.cmp(&a.called).then_with(|| a.text.cmp(&b.text)));
    let hottest = called.into_iter().take(most);
    hottest
        .map(|(address, number)| AddressFacts::of(address, counts.by_address.get(&number), span_s))
        .collect()
}

/// Many calls at once go to a gateway and come from it, and each is the parent of each.
fn shared_address(addresses: &Addresses, counts: &SampleCounts, span_s: f64) -> Option<AddressFacts> {
    let (&number, found) = counts.by_address.iter().max_by_key(|&(&number, &(_, links))| (links, number))?;
    let facts = AddressFacts::of(&addresses.counts()[number as usize], Some(found), span_s);
    let has_most = found.1 * 2 > counts.links;
    (has_most && facts.links_per_call >= Some(LINKS_OF_A_GATEWAY)).then_some(facts)
}

impl AddressFacts {
    /// `found`: the calls in the sample that start there, and their links.
    fn of(address: &AddressCounts, found: Option<&(u64, u64)>, span_s: f64) -> Self {
        Self {
            address: printable(address.text.as_bytes(), ADDRESS_CHARS),
            calls: address.called,
            calls_per_s: address.called as f64 / span_s,
            under_way: address.called_for_ms as f64 / 1000.0 / span_s,
            links_per_call: found.map(|&(calls, links)| links as f64 / calls as f64),
        }
    }
}

fn sample_facts(
    counts: &SampleCounts,
    slice_ms: i64,
    result_bytes: f64,
    link_bytes: f64,
) -> Option<SampleFacts> {
    // Calls whose address is not told apart are in the sample, but their links are not.
    let linked: u64 = counts.by_address.values().map(|(calls, _)| calls).sum();
    if linked == 0 {
        return None;
    }
    let links_per_call = counts.links as f64 / linked as f64;
    Some(SampleFacts {
        is_whole: counts.is_whole,
        slices: counts.slices,
        slice_ms,
        calls: counts.calls,
        repeats: counts.repeats,
        links_per_call,
        most_parents: counts.most_parents,
        calls_above_max_links: counts.cut,
        mutual: counts.mutual,
        shared_ids: counts.shared_ids,
        // Each link stands in two lists.
        result_bytes: result_bytes + 2.0 * links_per_call * link_bytes,
    })
}

/// The length of the result of a call without parents and children.
fn result_bytes(call: &Call<'_>) -> u64 {
    let latency = match &call.latency {
        Some(text) => text.len() as u64,
        None => digits(call.end_ms - call.start_ms),
    };
    let extras = if call.extras.is_empty() { 0 } else { 1 + call.extras.len() as u64 };
    let texts = (call.src.len() + call.dst.len()) as u64;
    let times = digits(call.start_ms) + latency + digits(call.end_ms);
    RESULT_FRAME_BYTES + id_bytes(call) + texts + times + extras
}

fn id_bytes(call: &Call<'_>) -> u64 {
    call.id.json_bytes() as u64
}

fn digits(value: i64) -> u64 {
    u64::from(value.unsigned_abs().checked_ilog10().unwrap_or(0)) + 1 + u64::from(value < 0)
}
