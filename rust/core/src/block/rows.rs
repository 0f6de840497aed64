//! The columns of the calls themselves: roles, times, addresses, latencies, fields passed through.

use super::bytes::{put, put_signed, Reader};
use super::columns::{read_addresses, read_sparse, write_sparse};
use crate::call::MAX_TIME_MS;
use crate::error::{Error, Result};
use crate::renumbering::Renumbering;
use crate::tables::{CallRow, Role, Tables};

/// Bytes of a row with its id, to reserve memory for.
const USUAL_ROW_BYTES: usize = 24;

/// A row of a block: which side of which call.
pub type RoleRow = (Role, CallRow);

/// Appends number of rows, dictionary of addresses and all columns but the ids.
pub fn write(out: &mut Vec<u8>, rows: &[RoleRow], tables: &Tables, addresses: &mut Renumbering) {
    out.reserve(rows.len() * USUAL_ROW_BYTES);
    put(out, rows.len() as u64);
    write_roles(out, rows);
    let base = rows.iter().map(|(_, row)| row.start_ms).min().unwrap_or(0);
    put_signed(out, base);
    for (_, row) in rows {
        put(out, (row.start_ms - base) as u64);
    }
    for (_, row) in rows {
        put(out, (row.end_ms - row.start_ms + 1) as u64);
    }
    addresses.begin(tables.addresses.len());
    let mut numbers = Vec::with_capacity(rows.len() * 2);
    for (_, row) in rows {
        put(&mut numbers, u64::from(addresses.number(row.src).0));
        put(&mut numbers, u64::from(addresses.number(row.dst).0));
    }
    put(out, addresses.order().len() as u64);
    for &old in addresses.order() {
        out.extend_from_slice(&tables.addresses.entry(old).encoded);
    }
    out.extend_from_slice(&numbers);
    for column in [|row: &CallRow| row.latency, |row: &CallRow| row.extras] {
        let texts = rows.iter().enumerate();
        write_sparse(
            out,
            texts.filter_map(|(index, (_, row))| Some((index, tables.texts.get(column(row)?)))),
        );
    }
}

fn write_roles(out: &mut Vec<u8>, rows: &[RoleRow]) {
    for eight in rows.chunks(8) {
        let bits = eight.iter().enumerate();
        out.push(bits.fold(0, |byte, (bit, (role, _))| byte | u8::from(*role == Role::Child) << bit));
    }
}

/// Reads what [`write`] wrote into `rows`, texts and addresses into `tables`. Ids are left at 0.
pub fn read(reader: &mut Reader<'_>, tables: &mut Tables, rows: &mut Vec<RoleRow>) -> Result<()> {
    tables.check_room()?;
    rows.clear();
    let count = reader.count(4)?;
    let roles = reader.take(count.div_ceil(8))?;
    let base = reader.signed()?;
    for index in 0..count {
        let start_ms = shifted(base, reader.unsigned()?)?;
        let role = if roles[index / 8] >> (index % 8) & 1 == 1 { Role::Child } else { Role::Parent };
        let row = CallRow { id: 0, start_ms, end_ms: start_ms, src: 0, dst: 0, latency: None, extras: None };
        rows.push((role, row));
    }
    for (_, row) in rows.iter_mut() {
        row.end_ms = shifted(row.start_ms - 1, reader.unsigned()?)?;
    }
    let addresses = read_addresses(reader, &mut tables.addresses)?;
    for (_, row) in rows.iter_mut() {
        row.src = addresses[reader.below(addresses.len())? as usize];
        row.dst = addresses[reader.below(addresses.len())? as usize];
    }
    let texts = &mut tables.texts;
    read_sparse(reader, count, |index, text| rows[index].1.latency = Some(texts.push(text)))?;
    read_sparse(reader, count, |index, text| rows[index].1.extras = Some(texts.push(text)))
}

/// `base + offset`, in the range of valid times with room for the longest latency.
fn shifted(base: i64, offset: u64) -> Result<i64> {
    const FAR_MS: u64 = 2 * MAX_TIME_MS as u64;
    if base.unsigned_abs() >= FAR_MS || offset >= FAR_MS - base.unsigned_abs() {
        return Err(Error::corrupt("a block holds a time that no valid call has"));
    }
    Ok(base + offset as i64)
}
