//! MTCNN: finds faces with three small networks, each of which looks more closely at fewer windows.
//!
//! It reproduces facenet-pytorch 2.5.0, which EchoMimic uses, and always computes on the processor in 32 bits: the networks
//! are small, and a box jumps by pixels where a score changes in its last bits.

use std::path::Path;

use engine_torch::{Checkpoint, CheckpointError, Place, VarPath};
use engine_vision::boxes::{self, Bounds, Overlap, Ties};
use tch::Tensor;

pub mod candidate;
pub mod networks;
pub mod pixels;
pub mod pyramid;

use candidate::{Candidate, distinct, squared};
use networks::{Answers, OutputNet, ProposalNet, RefineNet};
use pixels::Pixels;
use pyramid::{LEAST_SIDE, Level, levels};

/// Windows of one level that overlap more are one.
const SAME_IN_LEVEL: f64 = 0.5;
/// Windows of any level, or of the refinement network, that overlap more are one.
const SAME: f64 = 0.7;
/// Faces whose boxes cover more of the smaller one are one. Compared in 32 bits.
const SAME_FACE: f32 = 0.7;
/// Windows that a network looks at in one pass.
const BATCH: usize = 512;

/// Rows of a level that the proposal network is handed in one pass, without those that the last windows reach into: memory
/// is to stay small. Even, as windows begin at every other row.
const BAND: i64 = 512;
/// How many rows a window goes beyond the two that it begins with.
const REACH: i64 = 10;
/// A window may begin where more rows than these are left; it lacks at most one.
const PARTIAL: i64 = 10;

/// What is looked for. The names and values are those of facenet-pytorch's `MTCNN` as EchoMimic constructs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Sides of the smallest faces in pixels, about.
    pub min_face_size: f64,
    /// Each level's size as a share of the one before; between 0 and 1.
    pub factor: f64,
    /// Least probability after each network.
    pub thresholds: [f32; 3],
}

impl Default for Config {
    fn default() -> Self {
        Self { min_face_size: LEAST_SIDE as f64, factor: 0.709, thresholds: [0.6, 0.7, 0.7] }
    }
}

/// A face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom in pixels of the picture. They may lie beyond it.
    pub bounds: Bounds,
    /// How sure the detector is, 0 to 1.
    pub probability: f32,
    /// Left eye, right eye, nose, left and right corner of the mouth as the picture shows them: x and y in pixels.
    pub landmarks: [[f32; 2]; 5],
}

impl Face {
    /// The area of its box in square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (right - left) * (bottom - top)
    }
}

/// The detector.
#[derive(Debug)]
pub struct Mtcnn {
    config: Config,
    proposal: ProposalNet,
    refine: RefineNet,
    output: OutputNet,
}

impl Mtcnn {
    /// A detector of these networks.
    #[must_use]
    pub fn new(config: Config, proposal: ProposalNet, refine: RefineNet, output: OutputNet) -> Self {
        Self { config, proposal, refine, output }
    }

    /// Reads `pnet.pt`, `rnet.pt` and `onet.pt`, in this order. `loaded` is told the bytes of each tensor.
    ///
    /// # Errors
    /// A file cannot be read, or holds other keys or shapes than its network has.
    pub fn load<P: AsRef<Path>>(files: [P; 3], loaded: &mut dyn FnMut(u64)) -> Result<Self, CheckpointError> {
        fn network<N>(
            file: &Path,
            loaded: &mut dyn FnMut(u64),
            network: impl FnOnce(&VarPath<'_>) -> N,
        ) -> Result<N, CheckpointError> {
            Checkpoint::open(&[file], |key| Some(key.to_owned()))?.load(Place::CPU, loaded, network)
        }
        let [proposal, refine, output] = files.each_ref().map(AsRef::as_ref);
        Ok(Self {
            config: Config::default(),
            proposal: network(proposal, loaded, ProposalNet::new)?,
            refine: network(refine, loaded, RefineNet::new)?,
            output: network(output, loaded, OutputNet::new)?,
        })
    }

    /// All faces, the largest first.
    pub fn detect(&self, pixels: &Pixels) -> Vec<Face> {
        let levels = self.levels(pixels.width(), pixels.height());
        let proposed = merged(levels.iter().map(|level| self.proposals(pixels, level)));
        let squares: Vec<Bounds> = proposed.iter().map(|candidate| squared(candidate.moved(0.0))).collect();
        let refined = self.refined(self.refine(pixels, &squares));
        let squares: Vec<Bounds> = refined.iter().map(|candidate| squared(candidate.moved(1.0))).collect();
        distinct_faces(self.faces(pixels, &squares))
    }

    /// The sizes at which a picture of this size is searched.
    #[must_use]
    pub fn levels(&self, width: usize, height: usize) -> Vec<Level> {
        levels(width, height, self.config.min_face_size, self.config.factor)
    }

    /// What the proposal network says of all windows of one level: maps (1, …, rows, columns).
    pub fn maps(&self, pixels: &Pixels, level: &Level) -> Answers {
        let picture = pixels.level(level);
        let bands = (0..level.height - PARTIAL).step_by(BAND as usize).map(|top| {
            let height = (BAND + REACH).min(level.height - top);
            let answers = self.proposal.forward(&picture.narrow(2, top, height));
            (answers.probabilities, answers.offsets)
        });
        let (probabilities, offsets): (Vec<Tensor>, Vec<Tensor>) = bands.unzip();
        Answers { probabilities: Tensor::cat(&probabilities, 2), offsets: Tensor::cat(&offsets, 2) }
    }

    /// The windows of one level in which the proposal network sees a face, row by row.
    pub fn proposals(&self, pixels: &Pixels, level: &Level) -> Vec<Candidate> {
        let maps = self.maps(pixels, level);
        let columns = maps.offsets.size()[3] as usize;
        let (scores, offsets) = (values(&maps.probabilities.select(1, 1)), values(&maps.offsets));
        candidate::windows(&scores, &offsets, columns, level.scale, self.config.thresholds[0])
    }

    /// What the refinement network says of windows; of those beyond the picture it says nothing.
    pub fn refine(&self, pixels: &Pixels, windows: &[Bounds]) -> Vec<Candidate> {
        let look = |batch: &Tensor, bounds: &[Bounds]| candidates(bounds, &self.refine.forward(batch));
        in_batches(pixels, windows, RefineNet::SIDE, look)
    }

    /// The windows in which the refinement network sees a face, by falling score, without doubles.
    #[must_use]
    pub fn refined(&self, answers: Vec<Candidate>) -> Vec<Candidate> {
        let sure = answers.into_iter().filter(|answer| answer.score > self.config.thresholds[1]);
        distinct(sure.collect(), SAME)
    }

    /// What the output network says of windows, in their order: the probability of a face, its box, its landmarks.
    pub fn look_closely(&self, pixels: &Pixels, windows: &[Bounds]) -> Vec<Face> {
        in_batches(pixels, windows, OutputNet::SIDE, |batch, bounds| {
            let (answers, landmarks) = self.output.forward(batch);
            let landmarks = values(&landmarks);
            let seen = candidates(bounds, &answers).into_iter().zip(landmarks.as_chunks::<10>().0);
            seen.map(|(candidate, places)| face(&candidate, places)).collect()
        })
    }

    /// The faces that the output network sees in windows, in their order and with doubles.
    pub fn faces(&self, pixels: &Pixels, windows: &[Bounds]) -> Vec<Face> {
        let mut faces = self.look_closely(pixels, windows);
        faces.retain(|face| face.probability > self.config.thresholds[2]);
        faces
    }
}

/// The windows of all levels by falling score, without doubles.
#[must_use]
pub fn merged(levels: impl Iterator<Item = Vec<Candidate>>) -> Vec<Candidate> {
    distinct(levels.flat_map(|windows| distinct(windows, SAME_IN_LEVEL)).collect(), SAME)
}

/// The faces without doubles, the largest first. Two windows of the same pixels have the same probability; which of their
/// boxes, a fraction of a pixel apart, facenet-pytorch keeps, depends on numpy's version and the processor. Here it is the
/// last one, as numpy has it where there are few.
#[must_use]
pub fn distinct_faces(mut faces: Vec<Face>) -> Vec<Face> {
    boxes::sort_by_score(&mut faces, |face| face.probability, Ties::Last);
    let (overlap, limit) = (Overlap::SmallerOfPixels, f64::from(SAME_FACE));
    let mut faces = boxes::suppressed(faces, |face| face.bounds, overlap, limit);
    boxes::sort_by_score(&mut faces, Face::area, Ties::Last);
    faces
}

/// Hands a network its windows, so many at a time that memory stays small.
fn in_batches<T>(
    pixels: &Pixels,
    windows: &[Bounds],
    side: i64,
    look: impl Fn(&Tensor, &[Bounds]) -> Vec<T>,
) -> Vec<T> {
    let batch = |windows: &[Bounds]| {
        let seen = windows.iter().filter_map(|&bounds| Some((bounds, pixels.window(bounds, side)?)));
        let (bounds, crops): (Vec<Bounds>, Vec<Tensor>) = seen.unzip();
        if crops.is_empty() { Vec::new() } else { look(&Tensor::cat(&crops, 0), &bounds) }
    };
    windows.chunks(BATCH).flat_map(batch).collect()
}

fn candidates(windows: &[Bounds], answers: &Answers) -> Vec<Candidate> {
    let (scores, offsets) = (values(&answers.probabilities.select(1, 1)), values(&answers.offsets));
    let answers = scores.into_iter().zip(offsets.as_chunks::<4>().0);
    let candidate = |(&bounds, (score, &offsets)): (&Bounds, (f32, &[f32; 4]))| Candidate { bounds, score, offsets };
    windows.iter().zip(answers).map(candidate).collect()
}

fn face(candidate: &Candidate, places: &[f32; 10]) -> Face {
    let [left, top, right, bottom] = candidate.bounds;
    let (width, height) = (right - left + 1.0, bottom - top + 1.0);
    let landmark = |point: usize| [width * places[point] + left - 1.0, height * places[point + 5] + top - 1.0];
    Face { bounds: candidate.moved(1.0), probability: candidate.score, landmarks: std::array::from_fn(landmark) }
}

/// The values of a tensor in row-major order.
fn values(x: &Tensor) -> Vec<f32> {
    let mut values = vec![0.0; x.numel()];
    x.copy_data(&mut values, x.numel());
    values
}

#[cfg(test)]
mod tests;
