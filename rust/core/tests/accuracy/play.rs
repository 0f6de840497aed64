//! Plays a set window by window, as the job does, and says how much of it is right.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use callweave_core::attribute::{Address, Counts, Leg, Method, Scratch, Settings, Window};

use super::sets::Call;

/// How a set is played.
#[derive(Debug, Clone, Copy)]
pub struct Play {
    pub window_ms: i64,
    pub look_ahead_ms: i64,
    pub settings: Settings,
}

impl Default for Play {
    fn default() -> Self {
        Self { window_ms: 5_000, look_ahead_ms: 1_000, settings: Settings::default() }
    }
}

/// What was decided, by call.
pub struct Played {
    pub parents: Vec<Option<usize>>,
    pub confidence: Vec<f32>,
    pub methods: Vec<Method>,
    pub counts: Counts,
    /// Time in the decisions of all windows.
    pub spent: Duration,
    /// The longest saved state, bytes.
    pub saved_bytes: usize,
}

/// Addresses between two runs.
#[derive(Default)]
pub struct Known {
    addresses: BTreeMap<u64, Address>,
    scratch: Scratch,
}

/// Decides all calls of a set.
pub fn play(calls: &[Call], play: Play, known: &mut Known) -> Played {
    let mut played = Played {
        parents: vec![None; calls.len()],
        confidence: vec![f32::NAN; calls.len()],
        methods: vec![Method::Only; calls.len()],
        counts: Counts::default(),
        spent: Duration::ZERO,
        saved_bytes: 0,
    };
    let by_key: HashMap<u128, usize> = calls.iter().enumerate().map(|(at, call)| (call.key, at)).collect();
    let mut into: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut out_of: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, call) in calls.iter().enumerate() {
        into.entry(call.dst).or_default().push(at);
        out_of.entry(call.src).or_default().push(at);
    }
    let first = calls.iter().map(|call| call.start_ms).min().unwrap();
    let last = calls.iter().map(|call| call.start_ms).max().unwrap();
    for list in into.values_mut().chain(out_of.values_mut()) {
        list.sort_by_key(|&at| calls[at].start_ms);
    }
    let (mut decisions, mut saved) = (Vec::new(), Vec::new());
    for (&address, children) in &out_of {
        let parents = into.get(&address).map_or(&[][..], |list| list);
        let state = known.addresses.entry(address).or_default();
        let mut begin = first.div_euclid(play.window_ms) * play.window_ms;
        let mut seen = i64::MIN;
        while begin <= last {
            let window = Window {
                begin_ms: begin,
                end_ms: begin + play.window_ms,
                visible_ms: begin + play.window_ms + play.look_ahead_ms,
            };
            let within = |list: &[usize], from: i64| -> Vec<usize> {
                let start = |&at: &usize| calls[at].start_ms;
                let low = list.partition_point(|at| start(at) < from);
                let high = list.partition_point(|at| start(at) < window.visible_ms);
                list[low..high].to_vec()
            };
            let new = within(parents, seen);
            let open = within(children, begin);
            if !new.is_empty() || !open.is_empty() {
                let parents: Vec<Leg> = new.iter().map(|&at| leg(&calls[at], calls[at].src)).collect();
                let children: Vec<Leg> = open.iter().map(|&at| leg(&calls[at], calls[at].dst)).collect();
                decisions.clear();
                let now = Instant::now();
                state.decide(
                    window,
                    &play.settings,
                    address,
                    &parents,
                    &children,
                    &mut known.scratch,
                    &mut decisions,
                    &mut played.counts,
                );
                played.spent += now.elapsed();
                saved.clear();
                state.save(&mut saved).unwrap();
                played.saved_bytes = played.saved_bytes.max(saved.len());
                for decision in &decisions {
                    let call = open[decision.child as usize];
                    assert!(played.confidence[call].is_nan(), "decided twice");
                    played.parents[call] = decision.parent.map(|key| by_key[&key]);
                    played.confidence[call] = decision.confidence;
                    played.methods[call] = decision.method;
                }
            }
            seen = window.visible_ms;
            begin = window.end_ms;
        }
    }
    assert!(played.confidence.iter().all(|confidence| !confidence.is_nan()), "every call is decided");
    played
}

fn leg(call: &Call, peer: u64) -> Leg {
    Leg { start_ms: call.start_ms, end_ms: call.end_ms, peer, key: call.key }
}

/// How much of a set is right.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    /// Of the calls that have a parent, those that got it.
    pub links: f64,
    /// Traces whose calls all got what is true.
    pub traces: f64,
    /// The same where addresses that are called by several are not looked at.
    pub single: f64,
    /// Weighted mean over ten bins of the distance between mean confidence and share right.
    pub gap: f64,
}

/// Calls, those right and the sum of their confidence, by decile of the confidence.
pub type Deciles = [(usize, usize, f64); 10];

pub fn deciles(calls: &[Call], played: &Played) -> Deciles {
    let mut deciles = Deciles::default();
    for (at, call) in calls.iter().enumerate() {
        let confidence = f64::from(played.confidence[at]);
        let bin = &mut deciles[((confidence * 10.0) as usize).min(9)];
        bin.0 += 1;
        bin.1 += usize::from(played.parents[at] == call.parent);
        bin.2 += confidence;
    }
    deciles
}

pub fn score(calls: &[Call], played: &Played) -> Score {
    let mut callers: HashMap<u64, HashSet<u64>> = HashMap::new();
    for call in calls {
        callers.entry(call.dst).or_default().insert(call.src);
    }
    let (mut linked, mut right) = (0, 0);
    let mut whole: HashMap<usize, (bool, bool)> = HashMap::new();
    for (at, call) in calls.iter().enumerate() {
        let is_right = played.parents[at] == call.parent;
        linked += usize::from(call.parent.is_some());
        right += usize::from(call.parent.is_some() && is_right);
        let trace = whole.entry(call.trace).or_insert((true, true));
        trace.0 &= is_right;
        trace.1 &= is_right || callers.get(&call.src).is_some_and(|callers| callers.len() > 1);
    }
    let share = |count: usize| count as f64 / whole.len() as f64;
    let gap: f64 = deciles(calls, played).iter().map(|bin| (bin.2 - bin.1 as f64).abs()).sum();
    Score {
        links: right as f64 / linked as f64,
        traces: share(whole.values().filter(|trace| trace.0).count()),
        single: share(whole.values().filter(|trace| trace.1).count()),
        gap: gap / calls.len() as f64,
    }
}
