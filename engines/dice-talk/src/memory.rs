//! How much memory a job takes: told before it begins, so that what cannot fit is refused with what would.

mod demand;

use engine_torch::room::{MemoryError, Room};

pub use demand::{Demand, NetworkSizes, Remedy};

/// Whether the denoiser is given all branches of the guidance in one call, which keeps a GPU busier, or one after the other,
/// which takes a third of the memory and is the same but for rounding. The processor is as fast with one.
///
/// # Errors
/// Not even one branch fits.
pub fn branches_at_once(room: &Room, networks: &NetworkSizes<'_>, demand: &Demand) -> Result<bool, MemoryError> {
    let fits = |demand: &Demand, at_once| room.fits(networks.bytes(demand, at_once));
    if room.is_gpu && fits(demand, true) {
        return Ok(true);
    }
    if fits(demand, false) {
        return Ok(false);
    }
    let remedies = demand.smaller(|smaller| fits(smaller, false));
    let remedies = remedies.iter().map(ToString::to_string).collect();
    Err(room.refusal(demand.to_string(), networks.bytes(demand, false), remedies))
}

#[cfg(test)]
mod tests;
