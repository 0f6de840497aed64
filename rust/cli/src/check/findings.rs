//! What is likely wrong with the input, though the job may accept it.

use super::latency::LatencyFacts;
use super::load::{LoadFacts, SampleFacts};
use super::starts::OddStarts;
use super::units::UnitFacts;
use crate::date::utc;

/// Fewer calls say nothing about links.
const MIN_CALLS: u64 = 2;

/// One sentence for each; none if all is well.
pub fn findings(
    read: u64,
    units: &[UnitFacts],
    latency: Option<&LatencyFacts>,
    load: Option<&LoadFacts>,
) -> Vec<String> {
    let mut found: Vec<String> = units.iter().map(|unit| other_unit(unit, read)).collect();
    found.extend(latency.filter(|_| units.is_empty()).and_then(long_latencies));
    let Some(load) = load else {
        return found;
    };
    found.extend(in_1970(load).filter(|_| units.is_empty()));
    found.extend(load.odd.iter().map(|odd| odd_starts(odd, load)));
    found.extend(no_links(load, read).or_else(|| no_common_time(load)));
    found.extend(load.sample.as_ref().and_then(shared_ids));
    found
}

fn other_unit(facts: &UnitFacts, read: u64) -> String {
    let UnitFacts { field, unit, records, first, cure } = facts;
    let cure = match *records == read {
        true => format!("jq -c '{cure}' mends it"),
        false => "mend what writes those".to_owned(),
    };
    format!("{field} looks like {unit}, not milliseconds, in {records} of {read} records (first: {first}): {cure}")
}

fn long_latencies(latency: &LatencyFacts) -> Option<String> {
    latency.unit_is_in_doubt().then(|| {
        format!(
            "half of the calls take {} ms or longer, which few services do: latency_msec may be in \
             microseconds (jq -c '.latency_msec |= (tonumber / 1000)' makes milliseconds of them)",
            latency.percentiles.p50_ms
        )
    })
}

/// All but odd ones, and in no other unit that is certain.
fn in_1970(load: &LoadFacts) -> Option<String> {
    const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;
    (load.last_start_ms < YEAR_MS).then(|| {
        format!(
            "calls start from {} to {}: start_at_ms counts milliseconds since 1970, not since a program or a \
             machine was started",
            utc(load.first_start_ms),
            utc(load.last_start_ms)
        )
    })
}

/// Callers are called, but never while a call of theirs starts.
fn no_common_time(load: &LoadFacts) -> Option<String> {
    let sample = load.sample.as_ref()?;
    if load.linking_addresses == 0 || sample.links_per_call > 0.0 || !sample.is_whole {
        return None;
    }
    Some(format!(
        "addresses that call and are called: {}, but no call lies within another one there, so there are no \
         links: the clocks of the hosts may differ, or the times are not those of the whole call",
        load.linking_addresses
    ))
}

fn no_links(load: &LoadFacts, read: u64) -> Option<String> {
    if load.calls < MIN_CALLS || load.linking_addresses > 0 || load.addresses_untold > 0 {
        return None;
    }
    let (caller, called) = (load.top_caller.as_ref()?, load.top_called.as_ref()?);
    let others = match read - load.calls {
        0 => String::new(),
        rejected => format!(", unless in one of the {rejected} records that are not valid"),
    };
    Some(format!(
        "no address that calls is ever called{others}, so there are no links ({caller} calls, {called} is called): \
         src_ip and dst_ip must name a host alike, not by its name in one and by its IP address in the other, nor \
         translated (NAT)"
    ))
}

fn odd_starts(odd: &OddStarts, load: &LoadFacts) -> String {
    let OddStarts { calls, first_ms, last_ms, place } = odd;
    let start = match first_ms == last_ms {
        true => format!("at {first_ms} ms, {}", utc(*first_ms)),
        false => format!("from {} to {}", utc(*first_ms), utc(*last_ms)),
    };
    let (direction, effect) = match *first_ms < load.first_start_ms {
        true => ("before", ""),
        false => ("after", "; calls that come after it in its partition are late"),
    };
    let verb = if *calls == 1 { "call starts" } else { "calls start" };
    format!(
        "{calls} {verb} {start}, far {direction} all others (first: {place}): an unset time, another unit or a \
         wrong clock{effect}"
    )
}

fn shared_ids(sample: &SampleFacts) -> Option<String> {
    let shared = &sample.shared_ids;
    if shared.ids == 0 {
        return None;
    }
    let mut looks = Vec::new();
    if shared.told_by_both_ends > 0 {
        looks.push(format!(
            "{} look like one call told by both of its ends, which merge-reports makes one",
            shared.told_by_both_ends
        ));
    }
    if shared.of_several_addresses > 0 {
        looks.push(format!("{} look like the id of a whole trace", shared.of_several_addresses));
    }
    let each = if shared.told_by_both_ends > 0 { "without that, each" } else { "each" };
    let looks = if looks.is_empty() { String::new() } else { format!(": {}", looks.join(", ")) };
    Some(format!(
        "ids are not unique, {} calls share {} of them with other times or addresses{looks}; {each} is linked as a \
         call of its own",
        shared.calls, shared.ids
    ))
}
