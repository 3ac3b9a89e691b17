//! Closed-form weights: what the tensors of a network hold in EchoMimic's and DICE-Talk's sets.

use crate::uniform::units;

/// The values of a tensor in row-major order.
///
/// `prefix` is what the set puts before every name (see [`crate::Set::prefix`]), `network` the network's name in the
/// set and `key` the tensor's key in its checkpoint. The spread of a matrix keeps the variance of what goes through it;
/// those of MTCNN are wider, so that its made-up networks find something.
#[must_use]
pub fn weights(prefix: &str, network: &str, key: &str, shape: &[usize]) -> Vec<f32> {
    let len: usize = shape.iter().product();
    let units = units(&format!("{prefix}{network}.{key}"), len);
    // One product, then one sum: a fused multiply-add would round otherwise.
    let line = |scale: f32, offset: f32| units.map(|unit| unit * scale + offset).collect();
    if shape.len() > 1 {
        let fan_in = len as f64 / shape[0] as f64;
        return line((variance(network, key) / fan_in).sqrt() as f32, 0.0);
    }
    let layer = key.rsplit('.').nth(1).unwrap_or_default();
    match (key.ends_with("mix_factor"), key.ends_with("weight"), layer.starts_with("prelu")) {
        (true, _, _) => line(1.5, 0.0),
        (_, true, true) => line(0.2, 0.25),
        (_, true, false) => line(0.1, 1.0),
        (_, false, _) => line(0.05, 0.0),
    }
}

/// Three times the variance that a matrix gives its outputs.
fn variance(network: &str, key: &str) -> f64 {
    let layer = key.split('.').next().unwrap_or_default();
    match layer {
        _ if !network.starts_with("mtcnn_") => 3.0,
        "conv4_1" | "dense5_1" | "dense6_1" => 48.0,
        "conv4_2" | "dense5_2" | "dense6_2" | "dense6_3" => 0.125,
        _ => 6.0,
    }
}

/// The wrapping sum of the bits of all values, by which sets check whole networks.
#[must_use]
pub fn bits_sum(values: &[f32]) -> u64 {
    values.iter().fold(0, |sum, value| sum.wrapping_add(u64::from(value.to_bits())))
}

#[cfg(test)]
mod tests {
    use super::weights;
    use crate::fnv1a64;
    use crate::uniform::units;

    #[test]
    fn names_give_the_numbers_that_the_sets_print() {
        for (text, hash, want) in [
            ("unet.conv_in.weight", 0x1290_5a3b_09af_0e85, [-0.090_372_324, -0.755_032_06, 0.673_791_9]),
            ("in.mel", 0x1cb9_548c_6363_ba1e, [-0.815_620_2, -0.547_545_1, -0.798_208_24]),
            ("echomimic-pub-a/in.ddim.x", 0xb8d8_ef86_0b10_1189, [-0.547_214_6, -0.613_634_94, -0.277_000_55]),
        ] {
            assert_eq!(fnv1a64(text), hash);
            assert_eq!(units(text, 3).collect::<Vec<f32>>(), want);
        }
    }

    #[test]
    fn tensors_have_the_values_that_the_sets_print() {
        let first = |prefix, network, key, shape: &[usize]| weights(prefix, network, key, shape)[0];
        assert_eq!(first("", "unet", "conv_in.weight", &[32, 8, 3, 3]), -0.018_447_174);
        assert_eq!(first("", "unet", "conv_in.bias", &[32]), -0.020_465_9);
        assert_eq!(first("", "unet", "conv_norm_out.weight", &[32]), 0.900_070_9);
        assert_eq!(first("", "unet", "mid_block.resnets.0.time_mixer.mix_factor", &[1]), 0.904_116_15);
        assert_eq!(first("", "clip", "vision_model.embeddings.class_embedding", &[32]), 0.042_591_06);
        assert_eq!(first("echomimic-pub-a/", "reference_unet", "conv_in.weight", &[32, 4, 3, 3]), 0.007_112_910_5);
    }
}
