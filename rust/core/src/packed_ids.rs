//! Ids one after the other, as a block has them.

use crate::error::{Error, Result};
use crate::id::{Kind, MAX_ID_BYTES};

/// Bytes of a UUID.
const UUID_BYTES: u32 = 16;

/// Ids, without what all of them begin with.
#[derive(Debug)]
pub struct PackedIds<'a> {
    /// Four times the whole length plus the kind of each id.
    shapes: &'a [u32],
    /// What all of them begin with.
    pub shared: &'a [u8],
    /// What follows that in each of them, one after the other.
    pub own: &'a [u8],
    /// Whether one is a UUID.
    pub has_uuids: bool,
}

impl<'a> PackedIds<'a> {
    /// Ids of these shapes that begin with `shared`; `own` gives as many bytes as the rest of them has.
    ///
    /// # Errors
    /// When they are no ids, or what `own` returns.
    pub fn new(
        shapes: &'a [u32],
        shared: &'a [u8],
        own: impl FnOnce(usize) -> Result<&'a [u8]>,
    ) -> Result<Self> {
        let least = shared.len().min(MAX_ID_BYTES + 1) as u32;
        let (mut bytes, mut odd, mut has_uuids) = (0, false, false);
        for shape in shapes {
            let (kind, length) = (shape & 3, shape >> 2);
            let is_uuid = kind == Kind::Uuid as u32;
            has_uuids |= is_uuid;
            odd |= (kind > Kind::Uuid as u32) | (length > MAX_ID_BYTES as u32) | (length < least);
            odd |= is_uuid & (length != UUID_BYTES);
            bytes += (length & 0xffff) as usize;
        }
        if odd {
            return Err(Error::corrupt("a block holds an id that no writer makes"));
        }
        let own = own(bytes - shapes.len() * shared.len())?;
        let ids = Self { shapes, shared, own, has_uuids };
        if !(shared.is_ascii() && own.is_ascii()) {
            ids.check_utf8()?;
        }
        Ok(ids)
    }

    fn check_utf8(&self) -> Result<()> {
        let mut rest = self.own;
        for (kind, length) in self.shapes() {
            let (own, others) = rest.split_at(length - self.shared.len());
            rest = others;
            // A character may lie across the border.
            if kind != Kind::Uuid && std::str::from_utf8(&[self.shared, own].concat()).is_err() {
                return Err(Error::corrupt("a block holds an id that is not UTF-8"));
            }
        }
        Ok(())
    }

    /// Kind and whole length of each id.
    #[inline]
    pub fn shapes(&self) -> impl ExactSizeIterator<Item = (Kind, usize)> + 'a {
        self.shapes.iter().map(|shape| {
            let kind = match shape & 3 {
                0 => Kind::Integer,
                1 => Kind::Text,
                _ => Kind::Uuid,
            };
            (kind, (shape >> 2) as usize)
        })
    }
}
