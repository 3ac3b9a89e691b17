//! Closed-form numbers of mean 0 and variance 1, computed in f64: those of Ditto's sets.

use crate::hash::{STEP, fnv1a64, mix};

/// Number `index` of the splitmix64 stream of a key.
#[must_use]
pub fn splitmix64(key: &str, index: u64) -> u64 {
    mix(fnv1a64(key).wrapping_add(index.wrapping_add(1).wrapping_mul(STEP)))
}

fn stream(key: &str, len: usize) -> impl Iterator<Item = u64> {
    let seed = fnv1a64(key);
    (1..=len as u64).map(move |i| mix(seed.wrapping_add(i.wrapping_mul(STEP))))
}

fn to_unit(z: u64) -> f64 {
    let u = (z >> 11) as f64 * 2f64.powi(-53);
    1.732_050_807_568_877_2 * (2.0 * u - 1.0)
}

/// The first numbers of mean 0 and variance 1 of a key.
#[must_use]
pub fn unit(key: &str, len: usize) -> Vec<f64> {
    stream(key, len).map(to_unit).collect()
}

/// `offset + scale * unit`, rounded once.
#[must_use]
pub fn f32s(key: &str, len: usize, scale: f64, offset: f64) -> Vec<f32> {
    stream(key, len).map(|z| (offset + scale * to_unit(z)) as f32).collect()
}

/// Bytes of a key.
#[must_use]
pub fn u8s(key: &str, len: usize) -> Vec<u8> {
    stream(key, len).map(|z| (z >> 56) as u8).collect()
}
