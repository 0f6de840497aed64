//! Records that the job must reject, one kind for each of SPEC's reasons.

use crate::call::{Call, CallWriter, Spelling};
use crate::dice::Dice;

const HOUR_MS: i64 = 3_600_000;
/// More than the job reads by default.
const OVERSIZE_BYTES: usize = 70_000;

/// What a simulated record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A valid call, for the first time.
    Valid,
    /// An exact repeat of a valid call that is still open.
    Duplicate,
    /// What the called host tells of a valid call that is still open.
    Report,
    /// Not JSON, not UTF-8, not an object, empty, or too large.
    Malformed,
    /// A field is missing, of another type or out of range.
    Invalid,
    /// The end is not start plus latency.
    Inconsistent,
    /// A latency above 20 s.
    TooLong,
    /// A start one hour ahead.
    Future,
    /// A start one hour back.
    Late,
}

impl Kind {
    /// All kinds, in the order of their discriminants.
    pub const ALL: [Kind; 9] = [
        Kind::Valid,
        Kind::Duplicate,
        Kind::Report,
        Kind::Malformed,
        Kind::Invalid,
        Kind::Inconsistent,
        Kind::TooLong,
        Kind::Future,
        Kind::Late,
    ];

    /// The kinds that the job must reject.
    pub const FAULTS: [Kind; 6] =
        [Kind::Malformed, Kind::Invalid, Kind::Inconsistent, Kind::TooLong, Kind::Future, Kind::Late];

    /// The name that SPEC gives to the reason.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Valid => "valid",
            Kind::Duplicate => "duplicate",
            Kind::Report => "report",
            Kind::Malformed => "malformed",
            Kind::Invalid => "invalid",
            Kind::Inconsistent => "inconsistent",
            Kind::TooLong => "too_long",
            Kind::Future => "future",
            Kind::Late => "late",
        }
    }
}

/// How many records of each kind come for one valid call, each a probability.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shares([f64; Kind::ALL.len()]);

impl Shares {
    /// Sets the share of one kind.
    #[must_use]
    pub fn with(mut self, kind: Kind, share: f64) -> Self {
        self.0[kind as usize] = share;
        self
    }

    /// The share of one kind.
    pub fn of(&self, kind: Kind) -> f64 {
        self.0[kind as usize]
    }
}

/// When a faulty record is delivered, and when the simulation ends.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Delivery, ms of the epoch.
    pub delivery_ms: i64,
    /// Nothing that is not faulty lies after this or the delivery.
    pub horizon_ms: i64,
}

/// Appends a record of the kind, made from a valid call by giving it `id` and breaking it.
/// Returns false if the record is a null rather than these bytes.
pub fn write_fault(
    writer: &CallWriter,
    kind: Kind,
    model: &Call,
    id: u128,
    moment: Moment,
    dice: &mut Dice,
    out: &mut Vec<u8>,
) -> bool {
    let latency_ms = match kind {
        Kind::TooLong => 20_001 + i64::from(dice.below(40_000)),
        _ => 1 + i64::from(dice.below(200)),
    };
    let start_ms = match kind {
        Kind::Future => moment.delivery_ms.max(moment.horizon_ms) + HOUR_MS,
        Kind::Late => moment.delivery_ms - HOUR_MS,
        _ => moment.delivery_ms - latency_ms,
    };
    let lie_ms = match kind {
        Kind::Inconsistent => 5 + i64::from(dice.below(1000)),
        _ => 0,
    };
    let call = Call { id, start_ms, end_ms: start_ms + latency_ms, spelling: Spelling::Whole, ..*model };
    match kind {
        Kind::Malformed => return write_malformed(writer, &call, dice, out),
        Kind::Invalid => write_invalid(writer, &call, dice, out),
        Kind::Inconsistent => write_raw(&raw_fields(writer, &call, lie_ms), out),
        _ => writer.write(&call, out),
    }
    true
}

fn write_malformed(writer: &CallWriter, call: &Call, dice: &mut Dice, out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    match dice.below(16) {
        0..=4 => {
            writer.write(call, out);
            let whole = (out.len() - begin) as u32;
            out.truncate(begin + 1 + dice.below(whole - 1) as usize);
        }
        5..=8 => {
            writer.write(call, out);
            // The first byte after `{"` starts no UTF-8 character.
            out[begin + 2] = 0xff;
        }
        9..=11 => {
            out.push(b'[');
            writer.write(call, out);
            out.push(b']');
        }
        12 | 13 => {}
        14 => return false,
        _ => out.resize(begin + OVERSIZE_BYTES, b'['),
    }
    true
}

/// The six fields with their JSON text.
type RawFields = [(&'static str, String); 6];

const ID: usize = 0;
const SRC: usize = 1;
const DST: usize = 2;
const START: usize = 3;
const LATENCY: usize = 4;
const END: usize = 5;

fn raw_fields(writer: &CallWriter, call: &Call, lie_ms: i64) -> RawFields {
    let address = |index| writer.addresses.json(index, false).to_owned();
    [
        ("id", writer.id_text(call.id)),
        ("src_ip", address(call.src)),
        ("dst_ip", address(call.dst)),
        ("start_at_ms", call.start_ms.to_string()),
        ("latency_msec", (call.end_ms - call.start_ms).to_string()),
        ("end_at_ms", (call.end_ms + lie_ms).to_string()),
    ]
}

fn write_invalid(writer: &CallWriter, call: &Call, dice: &mut Dice, out: &mut Vec<u8>) {
    let mut fields = raw_fields(writer, call, 0);
    let start_ms = call.start_ms;
    match dice.below(9) {
        0 => fields[dice.below(4) as usize].1.clear(),
        1 => {
            fields[LATENCY].1.clear();
            fields[END].1.clear();
        }
        2 => {
            fields[LATENCY].1 = "-5".to_owned();
            fields[END].1 = (start_ms - 5).to_string();
        }
        3 => fields[SRC].1 = "167772161".to_owned(),
        4 => fields[ID].1 = "\"\"".to_owned(),
        5 => fields[START].1 = format!("\"{start_ms} ms\""),
        6 => fields[DST].1 = "\"-\"".to_owned(),
        7 => fields[DST].1 = "\"\"".to_owned(),
        _ => fields[ID].1 = format!("\"{}\"", "x".repeat(257)),
    }
    write_raw(&fields, out);
}

/// A field with an empty text is left out.
fn write_raw(fields: &RawFields, out: &mut Vec<u8>) {
    let present = fields.iter().filter(|(_, json)| !json.is_empty());
    let members: Vec<String> = present.map(|(name, json)| format!("\"{name}\":{json}")).collect();
    out.push(b'{');
    out.extend_from_slice(members.join(",").as_bytes());
    out.push(b'}');
}
