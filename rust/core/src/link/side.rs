//! One side of one address: for each call of the one kind, those of the other kind in its list.

use super::listed::Listed;
use super::scan::Scan;
use super::search::Search;
use crate::block::halves::List;
use crate::tables::{CallRow, Role};

/// The lists of one kind of the calls of one address.
#[derive(Debug, Default)]
pub struct Side {
    scan: Scan,
    search: Search,
    /// Whether no list can be over the limit.
    scanning: bool,
    role: Option<Role>,
    queries: usize,
}

impl Side {
    /// Prepares the lists of these calls in this role: for children of their parents, for parents of
    /// their children. `items` are the calls that can be listed. All are in order.
    pub fn prepare(&mut self, role: Role, calls: &[CallRow], items: &[CallRow], max_links: usize) {
        self.role = Some(role);
        self.queries = calls.len();
        self.scanning = items.len() <= max_links;
        match (self.scanning, role) {
            (true, _) => self.scan.prepare(items),
            (false, Role::Child) => self.search.parents_of(calls, items),
            (false, Role::Parent) => self.search.children_of(calls, items),
        }
    }

    /// The place of the call whose list is made with this number.
    pub fn call(&self, query: usize) -> usize {
        match (self.scanning, self.role) {
            (false, Some(Role::Parent)) => self.queries - 1 - query,
            _ => query,
        }
    }

    /// Makes one list, in order of start and id. To be called for each number in turn.
    ///
    /// `call` is the call at that place, `own` the place of the call itself among `items`.
    pub fn list(
        &mut self,
        query: usize,
        call: &CallRow,
        items: &[CallRow],
        own: Option<usize>,
        max_links: usize,
        listed: &mut Listed,
    ) -> List {
        if !self.scanning {
            return self.search.list(query, items, own, max_links, listed);
        }
        let (mut list, own_place) = match self.role {
            Some(Role::Child) => {
                (self.scan.parents_of(call, listed), own.map(|own| self.scan.place_of_parent(call, own)))
            }
            _ => (self.scan.children_of(call, listed), own.map(|own| self.scan.place_of_child(call, own))),
        };
        if let Some(place) = own_place {
            listed.drop_at(&mut list, place);
        }
        list
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.scan.memory_bytes() + self.search.memory_bytes()
    }
}
