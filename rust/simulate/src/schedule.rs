//! The records of a simulation in the order of their delivery.
//!
//! Traces start at a steady pace; each of their calls is delivered some time after its end. Calls
//! wait in a heap until no later trace can have one that is delivered before them, so the memory
//! follows the calls under way, not the length of the run.
//!
//! What the job is promised holds by construction: a valid call is delivered at most 29 s after its
//! start. Any call that was delivered before it has ended before that, so it started less than 30 s
//! after it: nothing valid is late. Where the clocks are off by up to S, the two starts are stamped
//! up to 2 S further apart, so the call is delivered at most 29 s - 2 S after its start. No start is
//! stamped more than S after its delivery, which is well below the 10 s that the job allows.

use crate::addresses::AddressTable;
use crate::call::{Call, CallWriter, IdKind, Spelling};
use crate::clocks::HostClocks;
use crate::dice::Dice;
use crate::faults::{write_fault, Kind, Moment};
use crate::incidents::Effects;
use crate::settings::{Limit, Pace, Settings};
use crate::topology::Topology;
use crate::trace::{Span, TraceMaker};
use crate::waiting::WaitingCalls;
use crate::TENTHS_PER_MS;

/// A repeat, or another report, follows the original within this time, so that the two are open together.
const REPEAT_LIMIT_MS: u32 = 900;
/// The longest that a request or an answer is on its way.
const MOST_ON_THE_WAY_MS: i64 = 20;
/// An endless simulation makes late records once its watermark has surely moved.
const LATE_AFTER_MS: i64 = 60_000;

/// One record, its value apart.
#[derive(Clone, Copy, Debug)]
pub struct Delivered {
    /// What it is.
    pub kind: Kind,
    /// When it is delivered, ms of the epoch.
    pub time_ms: i64,
    /// The record has a null for a value.
    pub is_null: bool,
    /// The call it repeats or was broken from, or is.
    pub call: Call,
}

/// Makes the records of a simulation one by one. Times inside are tenths of a ms of the epoch.
pub struct Simulation {
    settings: Settings,
    dice: Dice,
    writer: CallWriter,
    clocks: HostClocks,
    traces: TraceMaker,
    pace: Pace,
    begin: i64,
    waiting: WaitingCalls,
    traces_made: u64,
    calls_made: u64,
    /// Of these, what bursts have added: the pace is that of the others.
    burst: (u64, u64),
    effects: Effects,
    calls_delivered: u64,
    last_counter: u128,
    /// The ids of the trace in the making.
    ids: Vec<u128>,
    /// Faulty records that follow the call that was delivered last.
    faults: Vec<Kind>,
    last: Option<(i64, Call)>,
}

impl Simulation {
    /// Sets everything up; the first record is made by the first [`Simulation::deliver`].
    ///
    /// # Errors
    /// When there are too many addresses, or the time does not suffice.
    pub fn new(settings: Settings, topology: Topology) -> anyhow::Result<Self> {
        let pace = Pace::new(&settings, topology.mean_calls())?;
        let addresses = AddressTable::new(&topology.services, settings.ip_pool_size, settings.address)?;
        Ok(Self {
            dice: Dice::new(settings.seed),
            clocks: HostClocks::new(addresses.len(), settings.clock_skew_ms, settings.seed),
            writer: CallWriter { addresses, ids: settings.ids },
            traces: TraceMaker::new(topology),
            pace,
            begin: pace.nominal(0, 0),
            waiting: WaitingCalls::default(),
            traces_made: 0,
            calls_made: 0,
            burst: (0, 0),
            effects: Effects::default(),
            calls_delivered: 0,
            last_counter: 0,
            ids: Vec::new(),
            faults: Vec::new(),
            last: None,
            settings,
        })
    }

    /// What is simulated.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Writes ids and addresses as the records have them.
    pub fn writer(&self) -> &CallWriter {
        &self.writer
    }

    /// When the simulation begins, ms of the epoch.
    pub fn begin_ms(&self) -> i64 {
        self.begin.div_euclid(TENTHS_PER_MS)
    }

    /// Traces begun so far.
    pub fn traces_made(&self) -> u64 {
        self.traces_made
    }

    /// Replaces `value` by the next record's; `None` at the end. Delivery times never fall.
    pub fn deliver(&mut self, value: &mut Vec<u8>) -> Option<Delivered> {
        value.clear();
        if let (Some(kind), Some((time, call))) = (self.faults.pop(), self.last) {
            return Some(self.deliver_fault(kind, time, call, value));
        }
        while self.more_traces() && !self.first_is_due() {
            self.add_traces();
        }
        let next = self.waiting.pop()?;
        self.writer.write(&next.call, value);
        if next.kind == Kind::Valid {
            self.calls_delivered += 1;
            self.last = Some((next.time, next.call));
            self.draw_company(next.time, next.call);
        }
        Some(Delivered {
            kind: next.kind,
            time_ms: next.time.div_euclid(TENTHS_PER_MS),
            is_null: false,
            call: next.call,
        })
    }

    /// All records that are still to come, each with its value; `None` is a null. Never ends if the
    /// simulation does not.
    pub fn into_records(mut self) -> impl Iterator<Item = (Delivered, Option<Vec<u8>>)> {
        std::iter::from_fn(move || {
            let mut value = Vec::new();
            let record = self.deliver(&mut value)?;
            Some((record, (!record.is_null).then_some(value)))
        })
    }

    /// Moves traces that are not made yet to `now_ms` if they lie more than a second before it:
    /// when the receiver cannot keep the pace, times stay close to the clock all the same.
    pub fn catch_up(&mut self, now_ms: i64) {
        let (traces, calls) = self.paced();
        let next = self.pace.nominal(traces, calls);
        let behind = now_ms * TENTHS_PER_MS - next;
        if behind > 1000 * TENTHS_PER_MS {
            self.pace.delay(behind);
        }
    }

    fn more_traces(&self) -> bool {
        match self.settings.limit {
            Limit::Calls(calls) => self.calls_made < calls,
            Limit::Traces(traces) => self.traces_made < traces,
            Limit::Endless => true,
        }
    }

    /// Whether no trace that is still to come can be delivered before the first that waits.
    fn first_is_due(&self) -> bool {
        let (traces, calls) = self.paced();
        let earliest = self.pace.earliest(traces, calls);
        self.waiting.first_time().is_some_and(|time| time < earliest)
    }

    /// Traces and calls that the pace has made.
    fn paced(&self) -> (u64, u64) {
        (self.traces_made - self.burst.0, self.calls_made - self.burst.1)
    }

    /// The next trace, and those that a burst has beside it.
    fn add_traces(&mut self) {
        let (traces, calls) = self.paced();
        let more = self.settings.incidents.traces(self.pace.nominal(traces, calls) - self.begin) - 1.0;
        self.add_trace();
        if more > 0.0 {
            let (traces, calls) = (self.traces_made, self.calls_made);
            for _ in 0..self.dice.about(more) {
                if self.more_traces() {
                    self.add_trace();
                }
            }
            self.burst.0 += self.traces_made - traces;
            self.burst.1 += self.calls_made - calls;
        }
    }

    fn add_trace(&mut self) {
        let (traces, calls) = self.paced();
        let start = self.pace.draw(traces, calls, &mut self.dice);
        self.settings.incidents.effects(start - self.begin, &mut self.effects);
        let room = match self.settings.limit {
            Limit::Calls(calls) => (calls - self.calls_made) as usize,
            Limit::Traces(_) | Limit::Endless => usize::MAX,
        };
        let spans = self.traces.draw(&self.writer.addresses, &self.effects, &mut self.dice);
        // Parents come first, so a trace that is cut short still has a parent for every child.
        let spans = &spans[..spans.len().min(room)];
        self.ids.clear();
        for (index, span) in spans.iter().enumerate() {
            let id = match self.settings.ids {
                IdKind::Uuid => self.dice.uuid(),
                IdKind::Counter => self.last_counter + 1,
            };
            self.last_counter += 1;
            self.ids.push(id);
            let parent = if index == 0 { 0 } else { self.ids[span.parent] };
            let mut call = call_of(span, start, id, parent, self.traces_made, &mut self.dice);
            let latest = (call.start_ms + self.settings.arrival_limit_ms()) * TENTHS_PER_MS;
            let ahead_ms = self.clocks.ahead_ms(call.dst);
            call.start_ms += ahead_ms;
            call.end_ms += ahead_ms;
            let delay = self.dice.delay_tenths(&self.settings.delay);
            let time = (start + span.end + delay).min(latest);
            self.waiting.push(time, Kind::Valid, call);
        }
        self.calls_made += spans.len() as u64;
        self.traces_made += 1;
    }

    /// Draws what comes beside a call: its repeats and faulty records.
    fn draw_company(&mut self, time: i64, call: Call) {
        for kind in Kind::FAULTS {
            let mut expected = self.settings.shares.of(kind);
            if expected > 0.0 && kind == Kind::Late {
                expected *= self.late_factor(time, &call);
            }
            if expected > 0.0 {
                for _ in 0..self.dice.about(expected) {
                    self.faults.push(kind);
                }
            }
        }
        let repeats = self.settings.shares.of(Kind::Duplicate);
        if repeats > 0.0 {
            for _ in 0..self.dice.about(repeats) {
                self.add_again(time, Kind::Duplicate, call);
            }
        }
        let reports = self.settings.shares.of(Kind::Report);
        if reports > 0.0 && self.dice.about(reports) > 0 {
            if let Some(report) = report(&call, &mut self.dice) {
                self.add_again(time, Kind::Report, report);
            }
        }
    }

    fn add_again(&mut self, time: i64, kind: Kind, call: Call) {
        let after_ms = self.dice.below(REPEAT_LIMIT_MS + 1);
        let time = time + i64::from(after_ms) * TENTHS_PER_MS;
        self.waiting.push(time, kind, call);
    }

    /// All late records come in the second half, where the watermark is surely ahead of them.
    fn late_factor(&self, time: i64, call: &Call) -> f64 {
        let in_second_half = match self.settings.limit {
            Limit::Calls(calls) => self.calls_delivered > calls / 2,
            Limit::Traces(traces) => call.trace >= traces / 2,
            Limit::Endless => {
                let well_under_way = time - self.begin > LATE_AFTER_MS * TENTHS_PER_MS;
                return f64::from(u8::from(well_under_way));
            }
        };
        2.0 * f64::from(u8::from(in_second_half))
    }

    fn deliver_fault(&mut self, kind: Kind, time: i64, model: Call, value: &mut Vec<u8>) -> Delivered {
        let id = match self.settings.ids {
            IdKind::Uuid => self.dice.uuid(),
            IdKind::Counter => {
                self.last_counter += 1;
                self.last_counter
            }
        };
        let time_ms = time.div_euclid(TENTHS_PER_MS);
        let moment = Moment { delivery_ms: time_ms, horizon_ms: self.settings.anchor_ms };
        let writer = &self.writer;
        let present = write_fault(writer, kind, &model, id, moment, &mut self.dice, value);
        Delivered { kind, time_ms, is_null: !present, call: model }
    }
}

/// A span of a trace as a call, with its times floored to ms.
fn call_of(span: &Span, start: i64, id: u128, parent: u128, trace: u64, dice: &mut Dice) -> Call {
    Call {
        id,
        parent,
        trace,
        src: span.src,
        dst: span.dst,
        start_ms: (start + span.start).div_euclid(TENTHS_PER_MS),
        end_ms: (start + span.end).div_euclid(TENTHS_PER_MS),
        latency_tenths: span.end - span.start,
        spelling: Spelling::draw(dice),
        other_spelling: [dice.chance(0.5), dice.chance(0.5)],
    }
}

/// What the called host tells of a call: that it took a little less than its caller has waited. `None` for a call
/// that leaves no time on the way.
fn report(call: &Call, dice: &mut Dice) -> Option<Call> {
    let on_the_way_ms = ((call.end_ms - call.start_ms) / 2).clamp(0, MOST_ON_THE_WAY_MS) as u32;
    if on_the_way_ms == 0 {
        return None;
    }
    let start_ms = call.start_ms + i64::from(dice.below(on_the_way_ms + 1));
    let end_ms = call.end_ms - 1 - i64::from(dice.below(on_the_way_ms));
    let latency_tenths = (end_ms - start_ms) * TENTHS_PER_MS;
    Some(Call { start_ms, end_ms, latency_tenths, spelling: Spelling::Whole, ..*call })
}
