//! The facts in words.

use std::fmt::{self, Display, Write};

use callweave_core::call::Reason;

use super::advice::Advice;
use super::disorder::DisorderFacts;
use super::effort::EffortFacts;
use super::facts::{Facts, PartitionsFacts};
use super::latency::LatencyFacts;
use super::load::{AddressFacts, LoadFacts, SampleFacts};
use super::times::Percentiles;
use crate::date::utc;

/// The longest bar of the histogram, characters.
const BAR_CHARS: u64 = 40;

/// The report, with a section for each part of the facts that is there.
pub fn report(facts: &Facts) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_sections(&mut text, facts);
    text
}

fn write_sections(text: &mut String, facts: &Facts) -> fmt::Result {
    write_records(text, facts)?;
    if !facts.findings.is_empty() {
        writeln!(text, "\nfound")?;
        facts.findings.iter().try_for_each(|finding| writeln!(text, "  {finding}"))?;
    }
    if let Some(latency) = &facts.latency {
        write_latency(text, latency, facts.max_latency_ms)?;
    }
    if let Some(disorder) = &facts.disorder {
        let late = facts.records.rejected_by_reason.get("late").map_or(0, |rejects| rejects.count);
        write_disorder(text, disorder, facts.max_out_of_order_ms, late)?;
        write_advice(text, facts)?;
        if facts.partitions.all.len() > 1 {
            writeln!(text, "  (each partition judged by itself: the job has so many late calls at most)")?;
        }
    }
    if facts.partitions.all.len() > 1 {
        write_partitions(text, &facts.partitions)?;
    }
    if let Some(load) = &facts.load {
        write_load(text, load)?;
        write_links(text, load, facts.max_links)?;
    }
    Ok(())
}

fn write_records(text: &mut String, facts: &Facts) -> fmt::Result {
    let records = &facts.records;
    let share = |count: u64| percent(count as f64 / records.read as f64);
    writeln!(text, "records of {}", facts.inputs.join(", "))?;
    row(text, "read", records.read, "")?;
    row(text, "accepted", records.accepted, &share(records.accepted))?;
    row(text, "rejected", records.rejected, &share(records.rejected))?;
    let by_reason =
        || Reason::ALL.iter().filter_map(|&reason| records.rejected_by_reason.get_key_value(reason.name()));
    for (reason, rejects) in by_reason() {
        row(text, &format!("  {reason}"), rejects.count, "")?;
    }
    for format in &records.formats {
        writeln!(text, "  {format}")?;
    }
    for (reason, rejects) in by_reason() {
        for example in &rejects.examples {
            writeln!(text, "  {reason}, {}: {}", example.place, example.detail)?;
            let value = if example.value.is_empty() { "(empty)" } else { &example.value };
            writeln!(text, "    {value}")?;
        }
    }
    Ok(())
}

fn write_latency(text: &mut String, latency: &LatencyFacts, max_latency_ms: i64) -> fmt::Result {
    let LatencyFacts { calls, percentiles, below_300_ms, .. } = latency;
    writeln!(text, "\nlatency of {calls} calls, ms")?;
    write_percentiles(text, percentiles)?;
    writeln!(text, "  below 300 ms: {}", percent(*below_300_ms))?;
    let Percentiles { p99_ms, p99_9_ms, max_ms, .. } = percentiles;
    writeln!(
        text,
        "  max-latency-ms {p99_ms} keeps 99 %, {p99_9_ms} keeps 99.9 %, {max_ms} keeps all; it is {max_latency_ms}"
    )
}

fn write_disorder(
    text: &mut String,
    disorder: &DisorderFacts,
    max_out_of_order_ms: i64,
    late: u64,
) -> fmt::Result {
    writeln!(text, "\ndisorder of {} calls, ms behind the highest start before", disorder.calls)?;
    write_percentiles(text, &disorder.behind)?;
    let most = disorder.histogram.iter().map(|row| row.calls).max().unwrap_or(0).max(1);
    let last = disorder.histogram.iter().rposition(|row| row.calls > 0).unwrap_or(0);
    for row in &disorder.histogram[..=last] {
        let bound = row.up_to_ms.map_or("more".to_owned(), |ms| format!("<= {ms}"));
        // Rounded up: what is there is seen.
        let bar = "#".repeat((row.calls * BAR_CHARS).div_ceil(most) as usize);
        writeln!(text, "{}", format!("  {bound:>12} {:>14}  {bar}", row.calls).trim_end())?;
    }
    writeln!(text, "  max-out-of-order-ms and the calls late for it, with max-latency-ms as advised")?;
    for choice in &disorder.choices {
        writeln!(text, "  {:>12} {:>14}", choice.max_out_of_order_ms, choice.late)?;
    }
    writeln!(text, "  {max_out_of_order_ms:>12} {late:>14}  as both options are")?;
    let Percentiles { p99_ms, p99_9_ms, max_ms, .. } = disorder.needed;
    writeln!(text, "  {p99_ms} keeps 99 %, {p99_9_ms} keeps 99.9 %, {max_ms} keeps all")
}

/// Both options in one sentence, because what it says holds for both together only.
fn write_advice(text: &mut String, facts: &Facts) -> fmt::Result {
    let Some(Advice { max_latency_ms, max_out_of_order_ms, late, too_long, .. }) = facts.advice else {
        return Ok(());
    };
    writeln!(text, "\nadvice")?;
    write!(text, "  set max-out-of-order-ms to {max_out_of_order_ms} ")?;
    match max_latency_ms == facts.max_latency_ms {
        true => write!(text, "and leave max-latency-ms at {max_latency_ms}: ")?,
        false => write!(text, "and max-latency-ms to {max_latency_ms}: with both, ")?,
    }
    match late {
        0 => write!(text, "no call is late, with reserve")?,
        1 => write!(text, "1 call stays late, more than 10 minutes behind those before it")?,
        late => write!(text, "{late} calls stay late, more than 10 minutes behind those before them")?,
    }
    match too_long {
        0 => writeln!(text),
        1 => writeln!(text, "; 1 call stays too long, it takes more than 10 minutes"),
        long => writeln!(text, "; {long} calls stay too long, they take more than 10 minutes"),
    }
}

fn write_partitions(text: &mut String, partitions: &PartitionsFacts) -> fmt::Result {
    writeln!(text, "\npartitions: the largest has {:.2} times the mean", partitions.skew)?;
    let width = partitions.all.iter().map(|p| p.name.chars().count()).max().unwrap_or(0);
    let time = |ms: Option<i64>| ms.map_or("-".to_owned(), |ms| format!("{ms} {}", utc(ms)));
    writeln!(
        text,
        "  {:width$} {:>14} {:>9} {:>41} {:>41}",
        "", "records", "share", "first start", "last start"
    )?;
    for p in &partitions.all {
        let (first, last) = (time(p.first_start_ms), time(p.last_start_ms));
        let share = percent(p.share);
        writeln!(text, "  {:width$} {:>14} {share:>9} {first:>41} {last:>41}", p.name, p.records)?;
    }
    Ok(())
}

fn write_load(text: &mut String, load: &LoadFacts) -> fmt::Result {
    writeln!(text, "\nload of {} valid calls", load.calls)?;
    row(text, "first start, ms", load.first_start_ms, &utc(load.first_start_ms))?;
    row(text, "last start, ms", load.last_start_ms, &utc(load.last_start_ms))?;
    if load.odd_calls > 0 {
        row(text, "  without odd ones", load.odd_calls, "far before or after, see above")?;
    }
    row(text, "calls per second", decimal(load.calls_per_s), "")?;
    row(
        text,
        "  in the peak second",
        load.peak_calls_per_s,
        &format!("at {} ms, {}", load.peak_at_ms, utc(load.peak_at_ms)),
    )?;
    for EffortFacts { effort, cores } in &load.parents_cost {
        let note = format!("at most, in that second, with attribution-effort {effort}");
        row(text, "  cores for parents", decimal(*cores), &note)?;
    }
    row(text, "bytes per value", decimal(load.value_bytes), "")?;
    row(text, "calling addresses", load.calling_addresses, "")?;
    row(text, "called addresses", load.called_addresses, "")?;
    if load.addresses_untold > 0 {
        let untold = load.addresses_untold;
        writeln!(
            text,
            "  (at least: {untold} times an address came that was one too many to be told apart)"
        )?;
    }
    if load.hottest.is_empty() {
        return Ok(());
    }
    let width = load.hottest.iter().map(|a| a.address.chars().count()).max().unwrap_or(0);
    let head = "called most";
    let width = width.max(head.len());
    writeln!(
        text,
        "  {head:width$} {:>14} {:>12} {:>12} {:>16}",
        "calls", "a second", "under way", "links per call"
    )?;
    for a in &load.hottest {
        let links = a.links_per_call.map_or("-".to_owned(), decimal);
        let (rate, under_way) = (decimal(a.calls_per_s), decimal(a.under_way));
        writeln!(text, "  {:width$} {:>14} {rate:>12} {under_way:>12} {links:>16}", a.address, a.calls)?;
    }
    Ok(())
}

fn write_links(text: &mut String, load: &LoadFacts, max_links: usize) -> fmt::Result {
    let Some(sample) = &load.sample else {
        return writeln!(text, "\nlinks: not known, no second of the input was small enough to be held");
    };
    let SampleFacts { calls, slices, slice_ms, .. } = sample;
    let share = percent((calls + sample.repeats) as f64 / load.calls as f64);
    match sample.is_whole {
        true => writeln!(text, "\nlinks of all valid calls")?,
        false => {
            writeln!(text, "\nlinks of {calls} calls, a sample of {share}: {slices} slices of {slice_ms} ms")?
        }
    }
    row(text, "links per call", decimal(sample.links_per_call), "parents, and as many children")?;
    row(text, "most parents of a call", sample.most_parents, "")?;
    row(
        text,
        "above max-links",
        sample.calls_above_max_links,
        &format!("calls with more than {max_links} parents"),
    )?;
    row(text, "each other's parent", sample.mutual, "calls; two of equal times, there and back, are")?;
    row(text, "exact repeats", sample.repeats, "dropped as duplicates")?;
    row(text, "bytes per result", decimal(sample.result_bytes), "about")?;
    if let Some(AddressFacts { address, links_per_call: Some(links), .. }) = &load.shared_address {
        let links = decimal(*links);
        writeln!(text, "  {address} may stand for many hosts (gateway, proxy, NAT): a call that starts there has {links} parents")?;
    }
    Ok(())
}

fn write_percentiles(text: &mut String, percentiles: &Percentiles) -> fmt::Result {
    let Percentiles { p50_ms, p90_ms, p99_ms, p99_9_ms, max_ms } = percentiles;
    writeln!(text, "  {:>12} {:>12} {:>12} {:>12} {:>12}", "p50", "p90", "p99", "p99.9", "max")?;
    writeln!(text, "  {p50_ms:>12} {p90_ms:>12} {p99_ms:>12} {p99_9_ms:>12} {max_ms:>12}")
}

fn row(text: &mut String, name: &str, value: impl Display, note: &str) -> fmt::Result {
    let line = format!("  {name:<24} {value:>14}  {note}");
    writeln!(text, "{}", line.trim_end())
}

fn decimal(value: f64) -> String {
    format!("{value:.2}")
}

/// A share of 0 to 1 in percent. Only all is 100, only nothing is 0.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let shown = match percent {
        all if all >= 100.0 => all,
        almost_all if almost_all > 99.99 => 99.99,
        some if some > 0.0 => some.max(0.01),
        none => none,
    };
    format!("{shown:.2} %")
}
