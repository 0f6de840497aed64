//! Which partition takes the next record.

/// Deals records to the partitions of a topic.
///
/// In turn, or so that the first one has a share of all records and the others take turns in the
/// rest. Nothing is random: after n records the first has its share of n, short of less than one.
pub struct Turns {
    partitions: Vec<i32>,
    first_share: Option<f64>,
    /// Records that the first partition should have had by now.
    owed: f64,
    turn: usize,
}

impl Turns {
    /// Deals to `partitions`, of which there is at least one.
    pub fn new(partitions: Vec<i32>, first_share: Option<f64>) -> Self {
        Self { partitions, first_share, owed: 0.0, turn: 0 }
    }

    /// The partition of the next record.
    pub fn next(&mut self) -> i32 {
        let in_turn = match (self.first_share, &self.partitions[..]) {
            (Some(share), [first, others @ ..]) if !others.is_empty() => {
                self.owed += share;
                if self.owed >= 1.0 {
                    self.owed -= 1.0;
                    return *first;
                }
                others
            }
            (_, all) => all,
        };
        let partition = in_turn[self.turn % in_turn.len()];
        self.turn += 1;
        partition
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    fn dealt(partitions: Vec<i32>, first_share: Option<f64>, records: usize) -> Vec<i32> {
        let mut turns = Turns::new(partitions, first_share);
        (0..records).map(|_| turns.next()).collect()
    }

    #[test]
    fn without_a_share_all_partitions_take_turns() {
        assert_eq!(dealt(vec![0, 1, 2], None, 7), [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn the_first_partition_has_its_share_and_the_others_take_turns_in_the_rest() {
        assert_eq!(dealt(vec![4, 5, 6], Some(0.5), 8), [5, 4, 6, 4, 5, 4, 6, 4]);
        let of_first = dealt(vec![0, 1, 2, 3, 4], Some(0.9), 10_000).iter().filter(|&&p| p == 0).count();
        assert!((8_999..=9_000).contains(&of_first), "{of_first}");
    }

    #[test]
    fn a_share_of_nothing_leaves_the_first_partition_empty_and_one_of_all_the_others() {
        assert_eq!(dealt(vec![0, 1, 2], Some(0.0), 4), [1, 2, 1, 2]);
        assert_eq!(dealt(vec![0, 1, 2], Some(1.0), 4), [0, 0, 0, 0]);
    }

    #[test]
    fn a_single_partition_takes_all_whatever_its_share() {
        assert_eq!(dealt(vec![3], Some(0.1), 3), [3, 3, 3]);
    }
}
