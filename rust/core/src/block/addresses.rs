//! The dictionary of a block's addresses.
//!
//! ```text
//! count   kinds: column (0 IPv4, 1 IPv6, 2 text)
//! IPv4 addresses in the order of their octets: column
//! of each other its 16 octets, or length and text
//! ```

use super::bits::{self, Column};
use super::bytes::{put, Reader};
use crate::address::{AddressTable, Spelling};
use crate::error::{Error, Result};

const V4: u64 = 0;
const V6: u64 = 1;
const TEXT: u64 = 2;

/// Memory to reuse between blocks.
#[derive(Debug, Default)]
pub struct Scratch {
    kinds: Vec<u32>,
    v4: Vec<u32>,
    offsets: Vec<u32>,
}

impl Scratch {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        (self.kinds.capacity() + self.v4.capacity() + self.offsets.capacity()) * 4
    }
}

/// Appends the spellings with these numbers.
pub fn write(out: &mut Vec<u8>, numbers: &[u32], table: &AddressTable, scratch: &mut Scratch) {
    let Scratch { kinds, v4, offsets } = scratch;
    kinds.clear();
    v4.clear();
    for &number in numbers {
        kinds.push(match table.spelling(number) {
            Spelling::V4(octets) => {
                v4.push(u32::from_be_bytes(octets));
                V4 as u32
            }
            Spelling::V6(_) => V6 as u32,
            Spelling::Text(_) => TEXT as u32,
        });
    }
    put(out, numbers.len() as u64);
    bits::write(out, kinds.iter().map(|&kind| kind.into()), offsets);
    bits::write(out, v4.iter().map(|&octets| octets.into()), offsets);
    if v4.len() == numbers.len() {
        return;
    }
    for &number in numbers {
        match table.spelling(number) {
            Spelling::V4(_) => {}
            Spelling::V6(octets) => out.extend_from_slice(&octets),
            Spelling::Text(text) => {
                put(out, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// Reads what [`write`] wrote into `table`, `most` spellings at most; their numbers there replace
/// what is in `numbers`.
pub fn read(
    reader: &mut Reader<'_>,
    most: usize,
    table: &mut AddressTable,
    numbers: &mut Vec<u32>,
) -> Result<()> {
    numbers.clear();
    let count = reader.unsigned()?;
    if count > most as u64 {
        return Err(Error::corrupt(format!("a block claims {count} addresses of at most {most}")));
    }
    let kinds = Column::read(reader, count as usize)?;
    let others = kinds.values().filter(|&kind| kind != V4).count();
    let v4 = Column::read(reader, count as usize - others)?;
    if others == 0 {
        for octets in v4.values() {
            numbers.push(table.intern_v4(self::octets(octets)?));
        }
        return Ok(());
    }
    let mut v4 = v4.values();
    for kind in kinds.values() {
        let spelling = match kind {
            V4 => Spelling::V4(octets(v4.next().unwrap_or_default())?),
            V6 => Spelling::V6(reader.fixed()?),
            TEXT => {
                let bytes = reader.count(1)?;
                Spelling::Text(reader.text(bytes)?)
            }
            _ => return Err(Error::corrupt(format!("a block holds an address of unknown kind {kind}"))),
        };
        numbers.push(table.intern(&spelling)?);
    }
    Ok(())
}

fn octets(value: u64) -> Result<[u8; 4]> {
    let value = u32::try_from(value);
    value
        .map(u32::to_be_bytes)
        .map_err(|_| Error::corrupt("a block holds an IPv4 address of more than 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spelling() -> impl Strategy<Value = String> {
        prop_oneof![
            "10\\.0\\.[0-9]\\.[0-9]",
            any::<[u8; 4]>().prop_map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
            any::<[u8; 16]>().prop_map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
            "[a-zA-Zé]{1,9}",
        ]
    }

    proptest! {
        #[test]
        fn addresses_come_back_as_they_were_written(
            texts in prop_oneof![
                prop::collection::vec(spelling(), 0..30),
                prop::collection::vec("10\\.0\\.[0-9]\\.[0-9]", 0..30),
            ]
        ) {
            let mut table = AddressTable::default();
            let numbers: Vec<u32> = texts.iter().map(|text| table.intern_text(text.as_bytes(), 1).unwrap().number).collect();
            let mut out = Vec::new();
            write(&mut out, &numbers, &table, &mut Scratch::default());
            let mut back = AddressTable::default();
            let mut read_numbers = Vec::new();
            let mut reader = Reader::new(&out);
            read(&mut reader, numbers.len(), &mut back, &mut read_numbers).unwrap();
            reader.end().unwrap();
            prop_assert_eq!(read_numbers.len(), numbers.len());
            for (&number, text) in read_numbers.iter().zip(&texts) {
                back.render(number);
                back.text(number, |read, length| assert_eq!(&read[..length], text.as_bytes()));
            }
        }
    }
}
