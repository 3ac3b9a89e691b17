//! How much memory a job takes: told before it begins, so that what cannot fit is refused with what would.

mod demand;

use engine_torch::room::{MemoryError, Room};

pub use demand::{Demand, NetworkSizes, Remedy};

/// Windows in one call of the network beyond which a GPU gains nothing: it is full before.
const MOST_WINDOWS: u64 = 8;

/// How many windows of a job the network is given in one call: at least 1, at most `most`, or, if that is 0, as many as are of
/// use. The processor is as fast with one.
///
/// # Errors
/// Not even one fits.
pub fn windows_at_once(
    room: &Room,
    networks: &NetworkSizes<'_>,
    demand: &Demand,
    most: u32,
) -> Result<u64, MemoryError> {
    let useful = match most {
        0 if room.is_gpu => MOST_WINDOWS,
        0 => 1,
        most => most.into(),
    };
    let windows = useful.min(demand.windows());
    let fits = |demand: &Demand, windows| room.fits(networks.bytes(demand, windows));
    (1..=windows).rev().find(|windows| fits(demand, *windows)).ok_or_else(|| {
        let remedies = demand.smaller(|smaller| fits(smaller, 1));
        let remedies = remedies.iter().map(ToString::to_string).collect();
        room.refusal(demand.to_string(), networks.bytes(demand, 1), remedies)
    })
}

#[cfg(test)]
mod tests;
