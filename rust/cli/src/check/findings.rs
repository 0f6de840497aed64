//! What is likely wrong with the input, though the job may accept it.

use super::date::utc;
use super::load::{LoadFacts, SampleFacts};
use super::starts::OddStarts;
use super::units::UnitFacts;

/// Fewer calls say nothing about links.
const MIN_CALLS: u64 = 2;

/// One sentence for each; none if all is well.
pub fn findings(read: u64, units: &[UnitFacts], load: Option<&LoadFacts>) -> Vec<String> {
    let mut found: Vec<String> = units.iter().map(|unit| other_unit(unit, read)).collect();
    let Some(load) = load else {
        return found;
    };
    found.extend(load.odd.iter().map(|odd| odd_starts(odd, load)));
    found.extend(no_links(load));
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

fn no_links(load: &LoadFacts) -> Option<String> {
    if load.calls < MIN_CALLS || load.linking_addresses > 0 || load.addresses_untold > 0 {
        return None;
    }
    let (caller, called) = (load.top_caller.as_ref()?, load.top_called.as_ref()?);
    Some(format!(
        "no address that calls is ever called, so there are no links ({caller} calls, {called} is called): src_ip \
         and dst_ip must name a host alike, not with a port, not by its name in one and by its IP address in the \
         other, nor translated (NAT)"
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
        looks.push(format!("{} look like one call told by both of its ends", shared.told_by_both_ends));
    }
    if shared.of_several_addresses > 0 {
        looks.push(format!("{} look like the id of a whole trace", shared.of_several_addresses));
    }
    let looks = if looks.is_empty() { String::new() } else { format!(": {}", looks.join(", ")) };
    Some(format!(
        "ids are not unique, {} calls share {} of them with other times or addresses{looks}; each is linked as a \
         call of its own",
        shared.calls, shared.ids
    ))
}
