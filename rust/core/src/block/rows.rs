//! The columns of the calls themselves: times, addresses, latencies, fields passed through.
//!
//! ```text
//! children: count   parents: count
//! starts: column   ends less starts plus 1: column
//! dictionary of addresses   src: column   dst: column
//! latencies and fields passed through of the children that have them
//! ```

use super::addresses;
use super::bits::{self, Column};
use super::bytes::{put, Reader};
use super::sparse::{read_sparse, write_sparse};
use crate::call::MAX_TIME_MS;
use crate::error::{Error, Result};
use crate::memory;
use crate::renumbering::Renumbering;
use crate::tables::{CallRow, Tables};

/// Most rows of a block: what bounds a column that takes no bits.
pub const MAX_ROWS: u64 = 1 << 16;

/// The calls of a block: first those in their role as a child, then those in that as a parent.
#[derive(Debug, Default)]
pub struct Rows {
    /// All of them.
    pub calls: Vec<CallRow>,
    /// How many are children.
    pub children: usize,
}

impl Rows {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.calls)
    }
}

/// Memory to reuse between blocks.
#[derive(Debug, Default)]
pub struct Scratch {
    renumbering: Renumbering,
    addresses: addresses::Scratch,
    /// Numbers of addresses: of a block's dictionary when it is read, of its rows when written.
    numbers: Vec<u32>,
    /// A column, and another one.
    column: Vec<u32>,
    other: Vec<u32>,
}

impl Scratch {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let columns = self.numbers.capacity() + self.column.capacity() + self.other.capacity();
        self.renumbering.memory_bytes() + self.addresses.memory_bytes() + columns * 4
    }
}

/// Appends all columns but the ids.
pub fn write(out: &mut Vec<u8>, rows: &Rows, tables: &Tables, scratch: &mut Scratch) {
    let Rows { calls, children } = rows;
    put(out, *children as u64);
    put(out, (calls.len() - children) as u64);
    let Scratch { renumbering, addresses, numbers, column, .. } = scratch;
    bits::write(out, calls.iter().map(|call| call.start_ms as u64), column);
    bits::write(out, calls.iter().map(|call| (call.end_ms - call.start_ms + 1) as u64), column);
    renumbering.begin(tables.addresses.len());
    numbers.clear();
    renumbering.append_numbers(calls.iter().map(|call| call.src), numbers);
    renumbering.append_numbers(calls.iter().map(|call| call.dst), numbers);
    addresses::write(out, renumbering.order(), &tables.addresses, addresses);
    let (src, dst) = numbers.split_at(calls.len());
    let last = renumbering.order().len().saturating_sub(1) as u32;
    bits::write_up_to(last, out, src);
    bits::write_up_to(last, out, dst);
    for column in [|call: &CallRow| call.latency, |call: &CallRow| call.extras] {
        let texts = calls[..*children].iter().enumerate();
        write_sparse(out, texts.filter_map(|(index, call)| Some((index, tables.texts.get(column(call)?)))));
    }
}

/// Reads what [`write`] wrote into `rows`, in place of what is there, and texts and addresses into
/// `tables`. Ids are left at 0.
pub fn read(
    reader: &mut Reader<'_>,
    tables: &mut Tables,
    rows: &mut Rows,
    scratch: &mut Scratch,
) -> Result<()> {
    let (children, parents) = (reader.unsigned()?, reader.unsigned()?);
    if children.saturating_add(parents) > MAX_ROWS {
        return Err(Error::corrupt(format!(
            "a block claims {children} children and {parents} parents; {MAX_ROWS} are the most"
        )));
    }
    let count = (children + parents) as usize;
    rows.children = children as usize;
    let starts = Column::read(reader, count)?;
    let durations = Column::read(reader, count)?;
    if starts.most() > FAR_MS || durations.most() > FAR_MS {
        return Err(Error::corrupt("a block holds a time that no valid call has"));
    }
    addresses::read(reader, 2 * count, &mut tables.addresses, &mut scratch.numbers)?;
    let Scratch { numbers, column: src, other: dst, .. } = scratch;
    src.clear();
    dst.clear();
    Column::read(reader, count)?.append_to(src);
    Column::read(reader, count)?.append_to(dst);
    let times = starts.values().zip(durations.values());
    rows.calls.clear();
    for ((start, duration), (&src, &dst)) in times.zip(src.iter().zip(&*dst)) {
        let (Some(&src), Some(&dst)) = (numbers.get(src as usize), numbers.get(dst as usize)) else {
            return Err(Error::corrupt(format!(
                "a block refers to addresses {src} and {dst} of {}",
                numbers.len()
            )));
        };
        let start_ms = start as i64;
        let end_ms = start_ms + duration as i64 - 1;
        rows.calls.push(CallRow { start_ms, end_ms, id: 0, src, dst, latency: None, extras: None });
    }
    let (texts, calls) = (&mut tables.texts, &mut rows.calls[..rows.children]);
    read_sparse(reader, calls.len(), |index, text| calls[index].latency = Some(texts.push(text)))?;
    read_sparse(reader, calls.len(), |index, text| calls[index].extras = Some(texts.push(text)))
}

/// What the bound of a column of times can be: that of valid times is up to the next power of two,
/// with room for the longest latency.
pub const FAR_MS: u64 = 4 * MAX_TIME_MS as u64;
