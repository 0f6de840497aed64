//! The lists of one address where none of them can be cut: by a look at all calls of their time.

use super::listed::Listed;
use crate::block::halves::List;
use crate::tables::CallRow;

/// The lists of one address, made one after the other in order of the starts.
#[derive(Debug, Default)]
pub struct Scan {
    /// Start, end and id of each call that can be listed, in the order of the lists.
    items: Vec<Item>,
    /// How many of them start before the query.
    next: usize,
    /// Those parents that started before the query and had not ended at the last one.
    open: Vec<Item>,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    start_ms: i64,
    end_ms: i64,
    id: u32,
    /// Its place among all that can be listed.
    place: u32,
}

impl Scan {
    /// Prepares for lists of these calls.
    pub fn prepare(&mut self, items: &[CallRow]) {
        self.items.clear();
        self.items.extend(items.iter().zip(0..).map(|(call, place)| Item {
            start_ms: call.start_ms,
            end_ms: call.end_ms,
            id: call.id,
            place,
        }));
        self.next = 0;
        self.open.clear();
    }

    /// Lists the parents of a call that starts no earlier than the last one. Costs a look at all
    /// calls that are open when it starts: few of these end before it does.
    pub fn parents_of(&mut self, child: &CallRow, listed: &mut Listed) -> List {
        while let Some(item) = self.items.get(self.next).filter(|item| item.start_ms <= child.start_ms) {
            self.open.push(*item);
            self.next += 1;
        }
        let begin = listed.begin(self.open.len());
        let (mut kept, mut end) = (0, begin);
        // The end of a later child is, by rounding, 1 ms before its start at the earliest.
        let still_open_ms = child.start_ms - 1;
        for index in 0..self.open.len() {
            let item = self.open[index];
            self.open[kept] = item;
            kept += usize::from(item.end_ms >= still_open_ms);
            listed.ids[end] = item.id;
            end += usize::from(item.end_ms >= child.end_ms);
        }
        self.open.truncate(kept);
        listed.end(begin, end)
    }

    /// Where in the list just made of its parents an item stands.
    pub fn place_of_parent(&self, child: &CallRow, item: usize) -> usize {
        let earlier = self.open.iter().take_while(|open| (open.place as usize) < item);
        earlier.filter(|open| open.end_ms >= child.end_ms).count()
    }

    /// Lists the children of a call that starts no earlier than the last one. Costs a look at all
    /// calls that start while it is open.
    pub fn children_of(&mut self, parent: &CallRow, listed: &mut Listed) -> List {
        while self.items.get(self.next).is_some_and(|item| item.start_ms < parent.start_ms) {
            self.next += 1;
        }
        let rest = &self.items[self.next..];
        let last_ms = parent.last_ms();
        let begin = listed.begin(rest.len());
        let mut end = begin;
        for item in rest {
            if item.start_ms > last_ms {
                break;
            }
            listed.ids[end] = item.id;
            end += usize::from(item.end_ms <= parent.end_ms);
        }
        listed.end(begin, end)
    }

    /// Where in the list just made of its children an item stands.
    pub fn place_of_child(&self, parent: &CallRow, item: usize) -> usize {
        self.items[self.next..item].iter().filter(|earlier| earlier.end_ms <= parent.end_ms).count()
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        (self.items.capacity() + self.open.capacity()) * std::mem::size_of::<Item>()
    }
}
