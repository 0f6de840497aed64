//! Texts that only some rows of a block have.

use super::bytes::{put, Reader};
use crate::error::Result;

/// Appends the texts that only some rows have: their number, then row step, length and text each.
pub fn write_sparse<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = (usize, &'a str)> + Clone) {
    put(out, texts.clone().count() as u64);
    let mut next = 0;
    for (row, text) in texts {
        put(out, (row - next) as u64);
        put(out, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
        next = row + 1;
    }
}

/// Reads what [`write_sparse`] wrote, for rows below `rows`.
pub fn read_sparse<'a>(
    reader: &mut Reader<'a>,
    rows: usize,
    mut each: impl FnMut(usize, &'a str),
) -> Result<()> {
    let mut next = 0;
    for _ in 0..reader.count(2)? {
        let row = next + reader.below(rows.saturating_sub(next))? as usize;
        let bytes = reader.count(1)?;
        each(row, reader.text(bytes)?);
        next = row + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_of_some_rows_come_back_to_their_rows(texts: Vec<Option<String>>) {
            let given = texts.iter().enumerate().filter_map(|(row, text)| Some((row, text.as_deref()?)));
            let mut out = Vec::new();
            write_sparse(&mut out, given.clone());
            let mut read = Vec::new();
            read_sparse(&mut Reader::new(&out), texts.len(), |row, text| read.push((row, text))).unwrap();
            prop_assert_eq!(read, given.collect::<Vec<_>>());
        }
    }
}
