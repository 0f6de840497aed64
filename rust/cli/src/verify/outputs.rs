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
}

/// Reads them as the job does.
pub fn read_outputs(text: &str) -> Result<Outputs, String> {
    let words: Vec<&str> = text.split(',').collect();
    let has = |word| words.contains(&word);
    let outputs = Outputs { links: has("links"), chains: has("chains"), edges: has("edges") };
    let Outputs { links, chains, edges } = outputs;
    // Each once, and nothing else.
    if words.len() == usize::from(links) + usize::from(chains) + usize::from(edges) {
        Ok(outputs)
    } else {
        Err(wanted(text, "one or more of links, chains, edges with commas between", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_as_the_job_reads_them() {
        let read = |text| read_outputs(text).map(|Outputs { links, chains, edges }| (links, chains, edges));
        assert_eq!(read("links"), Ok((true, false, false)));
        assert_eq!(read("chains"), Ok((false, true, false)));
        assert_eq!(read("links,chains"), Ok((true, true, false)));
        assert_eq!(read("edges,chains,links"), Ok((true, true, true)));
        for wrong in ["", "links,", "links,links", "links, chains", "Links", "all", "links,chains,links"] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("one or more of links, chains, edges"), "{error}");
        }
    }
}
