//! Closed-form numbers from -1 to 1, computed in f32: those of EchoMimic's and DICE-Talk's sets.

use crate::hash::{STEP, fnv1a64, mix};

/// The first 64-bit words of a text.
pub fn words(text: &str, len: usize) -> impl Iterator<Item = u64> + use<> {
    let hash = fnv1a64(text);
    (0..len as u64).map(move |index| mix(hash.wrapping_add(index).wrapping_mul(STEP)))
}

/// The first numbers of a text, from -1 to just below 1: multiples of 2⁻²³, so exact in f32.
pub fn units(text: &str, len: usize) -> impl Iterator<Item = f32> + use<> {
    words(text, len).map(|word| (word >> 40) as f32 / 8_388_608.0 - 1.0)
}

/// The first numbers of a text times `scale`, rounded once.
#[must_use]
pub fn f32s(text: &str, len: usize, scale: f32) -> Vec<f32> {
    units(text, len).map(|unit| unit * scale).collect()
}

/// Bytes of a text.
#[must_use]
pub fn u8s(text: &str, len: usize) -> Vec<u8> {
    words(text, len).map(|word| (word >> 56) as u8).collect()
}
