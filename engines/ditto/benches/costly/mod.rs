//! Stand-in networks that cost about what the real ones cost, beside one another, so that a bench weighs the engine's
//! own work as a user meets it.
//!
//! The doubles of the reference set stay what they are and give what they give; nodes are added that compute for a
//! while and do not change the result. The cost is a number of operations and not a measured time, so it is the same
//! on each machine and in each run.

mod graph;
#[allow(dead_code)] // adding nodes needs less of the wire format than raising operator sets does
#[path = "../../../shared/onnx/src/protobuf.rs"]
mod protobuf;

use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

use graph::{Kind, Load};

/// Layers of convolution, as the networks of pictures have. On two cores, 512 channels would make a layer take longer
/// than the smaller networks do at a tenth of their cost.
const PICTURE: Kind = Kind::Conv { channels: 128, width: 64, height: 64 };
/// Layers over a sequence, at the width of the diffusion model. They have more rows than a window has frames: each layer
/// makes loading longer, and with few rows a second core helps little.
const SEQUENCE: Kind = Kind::MatMul { width: 512, rows: 256 };

/// What ONNX Runtime 1.31.1 does in a millisecond on two free cores with AVX-512, a multiply-add being two. One core does
/// half as much.
const RATE: f64 = 480e6;

/// The costly networks with their layers, the milliseconds that one run of the real network takes on a processor, and
/// those that one of the double takes, which count towards it.
///
/// Users have told of the warp (560 ms), a whole frame (2.4 s, of which the decoder is given most of the rest) and a
/// window of ten steps (1.5 s). The others are guesses.
const COSTS: [(&str, Kind, f64, f64); 7] = [
    ("warp_network", PICTURE, 560.0, 3.0),
    ("warp_network_ori", PICTURE, 560.0, 3.0),
    ("decoder", PICTURE, 1500.0, 1.0),
    ("appearance_extractor", PICTURE, 200.0, 0.5),
    ("motion_extractor", PICTURE, 60.0, 0.0),
    ("lmdm_v0.4_hubert", SEQUENCE, 150.0, 0.0),
    ("hubert", SEQUENCE, 500.0, 0.0),
];

/// Writes the networks of `doubles` to `folder`. Those in [`COSTS`] cost `scale` times what the real ones do, but no less
/// than the doubles, whatever the length of their input; the others stay as cheap as they are.
///
/// # Errors
/// Where files cannot be read or written, and where one that has to cost more is no ONNX model.
pub(crate) fn write(doubles: &Path, folder: &Path, scale: f64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(doubles)? {
        let path = entry?.path();
        let (Some(file), Some("onnx")) = (path.file_name(), path.extension().and_then(OsStr::to_str)) else {
            continue;
        };
        let mut model = fs::read(&path)?;
        let name = path.file_stem().and_then(OsStr::to_str);
        if let Some((_, kind, real, double)) = COSTS.iter().find(|cost| Some(cost.0) == name) {
            let load = Load::new(*kind, (scale * real - double).max(0.0) * RATE);
            model = graph::loaded(&model, &load).map_err(|reason| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{}: {reason}", path.display()))
            })?;
        }
        fs::write(folder.join(file), model)?;
    }
    Ok(())
}
