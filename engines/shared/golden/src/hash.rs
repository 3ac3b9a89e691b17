//! What closed-form numbers of all sets begin with: a hash of their name, and a mixing of 64 bits.

/// The golden ratio in 64 bits, by which splitmix64 steps.
pub(crate) const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// FNV-1a of the text's UTF-8 bytes.
#[must_use]
pub fn fnv1a64(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The finishing steps of splitmix64.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
