//! The JSON configurations that networks are published with: read, and refused where no network can be of their sizes.

use std::fs;
use std::path::Path;

use engine_torch::CheckpointError;
use serde::de::DeserializeOwned;

/// The most channels of a level; published networks have 1280.
const MOST_CHANNELS: i64 = 8192;
/// Channels of a picture.
pub const PICTURE: i64 = 3;
/// Channels of a latent.
pub const LATENT: i64 = 4;

/// Sizes of which a network can be built without fault, if they make sense.
pub trait Published: DeserializeOwned {
    /// Whether they do.
    ///
    /// # Errors
    /// They do not, and why.
    fn check(&self) -> Result<(), String>;
}

/// Reads a configuration.
///
/// # Errors
/// The file cannot be read, is none, or no network can be of its sizes.
pub fn read<C: Published>(path: &Path) -> Result<C, CheckpointError> {
    let refused = |reason: String| CheckpointError { files: vec![path.to_owned()], reason };
    let bytes = fs::read(path).map_err(|error| refused(format!("it cannot be read: {error}")))?;
    let config: C =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("it is no configuration: {error}")))?;
    config.check().map_err(refused)?;
    Ok(config)
}

/// Whether levels of so many channels can be normalised in groups, and have a sensible number of layers.
///
/// # Errors
/// They cannot, or have not.
pub fn check_blocks(channels: &[i64], layers: i64, groups: i64) -> Result<(), String> {
    let fits = |channels: &i64| (1..=MOST_CHANNELS).contains(channels) && channels % groups == 0;
    if channels.len() != 4 || groups < 1 || !channels.iter().all(fits) {
        return Err(format!(
            "block_out_channels {channels:?} are not four multiples of {groups}, the groups of normalisation, up to \
             {MOST_CHANNELS}"
        ));
    }
    if (1..=16).contains(&layers) { Ok(()) } else { Err(format!("layers_per_block must be 1 to 16, not {layers}")) }
}

/// Whether a size is the one that all else is built for.
///
/// # Errors
/// It is not.
pub fn check_size(name: &str, size: i64, right: i64) -> Result<(), String> {
    if size == right { Ok(()) } else { Err(format!("{name} must be {right}, not {size}")) }
}

/// Whether a size is at least 1 and at most so much.
///
/// # Errors
/// It is not.
pub fn check_within(name: &str, size: i64, most: i64) -> Result<(), String> {
    if (1..=most).contains(&size) { Ok(()) } else { Err(format!("{name} must be 1 to {most}, not {size}")) }
}

/// Whether a number is above 0.
///
/// # Errors
/// It is not.
pub fn check_positive(name: &str, number: f64) -> Result<(), String> {
    if number.is_finite() && number > 0.0 { Ok(()) } else { Err(format!("{name} must be above 0, not {number}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vae::VaeConfig;

    fn told(json: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, json).unwrap();
        read::<VaeConfig>(&path).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn an_autoencoder_of_other_pictures_is_refused() {
        assert_eq!(told("{}"), Ok(()));
        for (json, reason) in [
            (r#"{"latent_channels": 16}"#, "latent_channels must be 4, not 16"),
            (r#"{"in_channels": 1}"#, "in_channels must be 3, not 1"),
            (r#"{"scaling_factor": -0.2}"#, "scaling_factor must be above 0"),
            (r#"{"block_out_channels": [32, 64, 64, 65]}"#, "are not four multiples of 32"),
            (r#"{"layers_per_block": 0}"#, "must be 1 to 16"),
            ("version https://git-lfs.github.com/spec/v1", "config.json: it is no configuration"),
        ] {
            let told = told(json).unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
    }

    #[test]
    fn a_configuration_that_is_not_there_is_told_by_its_path() {
        let told = read::<VaeConfig>(Path::new("no/such/config.json")).unwrap_err().to_string();
        assert!(told.starts_with("no/such/config.json: it cannot be read: "), "{told}");
    }
}
