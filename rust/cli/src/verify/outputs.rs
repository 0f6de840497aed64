//! Which outputs of the job are compared.

use crate::values::wanted;

/// What the job writes beside rejects; at least one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// Calls with their parents and children.
    pub links: bool,
    /// Chains.
    pub chains: bool,
}

/// Reads them as the job does.
pub fn read_outputs(text: &str) -> Result<Outputs, String> {
    let words: Vec<&str> = text.split(',').collect();
    let outputs = Outputs { links: words.contains(&"links"), chains: words.contains(&"chains") };
    // Each once, and nothing else.
    if words.len() == usize::from(outputs.links) + usize::from(outputs.chains) {
        Ok(outputs)
    } else {
        Err(wanted(text, "one or more of links, chains with commas between", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_as_the_job_reads_them() {
        let read = |text| read_outputs(text).map(|outputs| (outputs.links, outputs.chains));
        assert_eq!(read("links"), Ok((true, false)));
        assert_eq!(read("chains"), Ok((false, true)));
        assert_eq!(read("links,chains"), Ok((true, true)));
        assert_eq!(read("chains,links"), Ok((true, true)));
        for wrong in ["", "links,", "links,links", "links, chains", "Links", "all", "links,chains,links"] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("one or more of links, chains"), "{error}");
        }
    }
}
