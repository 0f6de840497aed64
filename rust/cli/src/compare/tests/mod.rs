//! The parts of the comparison, each by itself and against plain models.

mod linked;
mod measuring;
