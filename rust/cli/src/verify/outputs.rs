//! Which outputs of the job are compared.

use crate::values::wanted;

/// What the job writes beside rejects; at least one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// Calls with their parents and children.
    pub links: bool,
    /// Chains.
    pub chains: bool,
    /// Windows of edges.
    pub edges: bool,
    /// Chains as spans.
    pub spans: bool,
    /// Alerts.
    pub alerts: bool,
}

/// Reads them as the job does. Spans are compared with chains, alerts with windows.
pub fn read_outputs(text: &str) -> Result<Outputs, String> {
    let words: Vec<&str> = text.split(',').collect();
    let has = |word| words.contains(&word);
    let outputs = Outputs {
        links: has("links"),
        chains: has("chains"),
        edges: has("edges"),
        spans: has("spans"),
        alerts: has("alerts"),
    };
    let Outputs { links, chains, edges, spans, alerts } = outputs;
    // Each once, and nothing else.
    let known = [links, chains, edges, spans, alerts].into_iter().filter(|&is_wanted| is_wanted).count();
    if words.len() != known {
        return Err(wanted(
            text,
            "one or more of links, chains, edges, spans, alerts with commas between",
            "",
        ));
    }
    for (what, is_wanted, with, is_there) in
        [("spans", spans, "chains", chains), ("alerts", alerts, "edges", edges)]
    {
        if is_wanted && !is_there {
            return Err(wanted(text, format!("{with} as well, with which {what} are compared"), ""));
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_as_the_job_reads_them() {
        let read = |text| {
            read_outputs(text)
                .map(|Outputs { links, chains, edges, spans, alerts }| [links, chains, edges, spans, alerts])
        };
        assert_eq!(read("links"), Ok([true, false, false, false, false]));
        assert_eq!(read("chains"), Ok([false, true, false, false, false]));
        assert_eq!(read("links,chains"), Ok([true, true, false, false, false]));
        assert_eq!(read("edges,chains,links"), Ok([true, true, true, false, false]));
        assert_eq!(read("edges,chains,spans,alerts"), Ok([false, true, true, true, true]));
        for wrong in ["", "links,", "links,links", "links, chains", "Links", "all", "links,chains,links"] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("one or more of links, chains, edges"), "{error}");
        }
    }

    #[test]
    fn what_spans_and_alerts_are_compared_with_must_be_there() {
        let error = read_outputs("links,spans").unwrap_err();
        assert!(error.contains("chains as well, with which spans are compared"), "{error}");
        let error = read_outputs("chains,alerts").unwrap_err();
        assert!(error.contains("edges as well, with which alerts are compared"), "{error}");
    }
}
