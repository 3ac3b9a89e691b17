//! Options that the tables of engines on libtorch have in common in a configuration.

use engine_api::EngineError;

/// Bytes of a gigabyte, as disks and cards are sold.
const GIGABYTE: f64 = 1e9;

/// Checks a whole number: 0 to `most`.
///
/// # Errors
/// It is greater.
pub fn check_whole(name: &str, value: u32, most: u32) -> Result<(), EngineError> {
    match value <= most {
        true => Ok(()),
        false => Err(EngineError::input(format!("the option {name} must be 0 to {most}, not {value}"))),
    }
}

/// Checks `memory_gb`, gigabytes of memory that networks and a job may take together.
///
/// # Errors
/// It is no such number.
pub fn check_memory(gigabytes: f64) -> Result<(), EngineError> {
    match (0.0..=1e5).contains(&gigabytes) {
        true => Ok(()),
        false => Err(EngineError::input(format!("the option memory_gb must be 0 to 100000, not {gigabytes}"))),
    }
}

/// The bytes of `memory_gb`; none for 0, which does not limit them.
#[must_use]
pub fn memory(gigabytes: f64) -> Option<u64> {
    (gigabytes > 0.0).then_some((gigabytes * GIGABYTE) as u64)
}

/// Computes with so many threads of the processor; 0 leaves their number to libtorch.
pub fn use_threads(threads: u32) {
    if let Ok(threads @ 1..) = i32::try_from(threads) {
        tch::set_num_threads(threads);
    }
}
