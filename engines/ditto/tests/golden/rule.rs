//! Numbers in closed form: what a key and an index stand for, where the set stores no tensor.

/// Distance between two states of splitmix64.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// FNV-1a of the key's UTF-8 bytes.
pub(crate) fn fnv1a64(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Number `index` of the splitmix64 stream of a key.
pub(crate) fn splitmix64(key: &str, index: u64) -> u64 {
    mix(fnv1a64(key).wrapping_add(index.wrapping_add(1).wrapping_mul(STEP)))
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
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
pub(crate) fn unit(key: &str, len: usize) -> Vec<f64> {
    stream(key, len).map(to_unit).collect()
}

/// `offset + scale * unit`, rounded once.
pub(crate) fn f32s(key: &str, len: usize, scale: f64, offset: f64) -> Vec<f32> {
    stream(key, len).map(|z| (offset + scale * to_unit(z)) as f32).collect()
}

/// Bytes of a key.
pub(crate) fn u8s(key: &str, len: usize) -> Vec<u8> {
    stream(key, len).map(|z| (z >> 56) as u8).collect()
}

/// Blink gap: draw number `draw` of a run whose gaps have this key; 60 to 100 frames.
pub(crate) fn gap(key: &str, draw: u64) -> u32 {
    60 + ((splitmix64(key, draw) >> 32) % 41) as u32
}
