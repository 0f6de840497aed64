//! What the moves of the sampler share.

use super::choices::Choices;
use super::judge::Judge;
use super::random::Random;

/// What the moves depend on beside the lists.
pub struct Moves<'a, 'b> {
    pub judge: &'a mut Judge<'b>,
    pub choices: &'a Choices,
    /// The parent of each child: the state of the chain.
    pub links: &'a mut [u32],
    pub random: &'a mut Random,
}
