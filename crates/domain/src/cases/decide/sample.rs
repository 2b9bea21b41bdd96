//! Drawing a case into a sample.

use super::wake::program_only;
use super::{Deciding, Happening};
use crate::cases::{CaseFact, Sampled};
use crate::refusal::Refusal;

/// Records that the case was drawn; nobody picks by hand. Recording a draw again changes nothing, so that one that was
/// interrupted can go on.
pub(super) fn draw(deciding: &mut Deciding<'_>, sample: Sampled) -> Result<(), Refusal> {
    program_only(deciding)?;
    if deciding.case.samples.iter().any(|known| known.draw == sample.draw) {
        return Ok(());
    }
    deciding.emit(Happening::of(CaseFact::Sampled { sample }))
}
