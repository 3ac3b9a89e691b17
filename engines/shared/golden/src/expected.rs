//! What a stage has to give, whatever the form of the record that says so.

use std::ops::Range;

use crate::tensor::Tensor;

/// What a stage has to give.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// The shape of the whole result, where the set tells it.
    pub full_shape: Option<Vec<usize>>,
    /// The shape that the record has: of the whole result, or of what is picked of it; see [`Picks::shape`].
    pub shape: Vec<usize>,
    /// The type, by the name that [`Tensor::dtype`] gives.
    pub dtype: &'static str,
    /// Which values of the result are stored.
    pub picks: Picks,
    /// The stored values.
    pub stored: &'a Tensor,
    /// How far the result may be off.
    pub limits: Limits,
    /// What is known of the whole result, where only a part is stored.
    pub whole: Whole,
}

/// Which values of a result are stored, by their place in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picks {
    /// Every one.
    All,
    /// Every so many.
    Strided {
        /// The first.
        offset: usize,
        /// The distance to the next.
        stride: usize,
    },
    /// Every so many within each entry of the first axis.
    PerFrame {
        /// The first of an entry.
        offset: usize,
        /// The distance to the next.
        stride: usize,
    },
    /// A part of each axis.
    Slice(Vec<Range<usize>>),
    /// Some entries of the first axis.
    Rows(Vec<usize>),
}

/// How far a result may be off. All that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// What the set calls these limits, for messages.
    pub name: String,
    /// A value may be off by so much, and by what `rel` and `scale` add.
    pub abs: Option<f64>,
    /// Share of the expected value.
    pub rel: Option<f64>,
    /// Share of the largest expected magnitude.
    pub scale: Option<f64>,
    /// Greatest root mean square of the deviations.
    pub rms: Option<f64>,
    /// Least share of values that are the same.
    pub equal: Option<f64>,
    /// A distance, and the least share of values that are no further off.
    pub within: Option<(f64, f64)>,
    /// Of matrices: how far the first two columns may be off, and the others. It stands for all of the above.
    pub columns: Option<(f64, f64)>,
    /// What holds in place of `abs` and `rel` for each index of an axis.
    pub by_index: Option<ByIndex>,
    /// Of matrices: rows may stand in any order. Each has to lie within `abs` and `rel` of one of the others.
    pub any_order: bool,
}

/// Bounds that depend on the place along one axis of the whole result.
#[derive(Debug, Clone, PartialEq)]
pub struct ByIndex {
    /// Number of the axis.
    pub axis: usize,
    /// As [`Limits::abs`], for each index.
    pub abs: Vec<f64>,
    /// As [`Limits::rel`], for each index.
    pub rel: Vec<f64>,
}

impl ByIndex {
    /// `abs` and `rel` of the value at a place in row-major order.
    pub(crate) fn at(&self, shape: &[usize], place: usize) -> (f64, f64) {
        let index = place / shape[self.axis + 1..].iter().product::<usize>() % shape[self.axis];
        (self.abs[index], self.rel[index])
    }
}

/// What a record tells of all values of a result, also of those that are not stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Whole {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub std: Option<f64>,
    /// Largest magnitude.
    pub absmax: Option<f64>,
    /// CRC-32 of a result of bytes.
    pub crc32: Option<u32>,
}

impl Limits {
    /// Nothing may differ.
    #[must_use]
    pub fn exact(name: &str) -> Self {
        Self { name: name.to_owned(), abs: Some(0.0), ..Self::default() }
    }

    /// Samples may be off by `distance`, and a share of them may differ at all.
    #[must_use]
    pub fn samples(name: &str, distance: f64, differing: Option<f64>) -> Self {
        let equal = differing.map(|share| 1.0 - share);
        Self { name: name.to_owned(), equal, within: Some((distance, 1.0)), ..Self::default() }
    }
}

impl Picks {
    /// The places of a result whose values are stored.
    ///
    /// # Errors
    /// If the result has not the axes that are picked from.
    pub fn places(&self, got: &Tensor) -> Result<Vec<usize>, String> {
        match self {
            Self::All => Ok((0..got.len()).collect()),
            Self::Strided { offset, stride } => Ok((*offset..got.len()).step_by(*stride).collect()),
            Self::PerFrame { offset, stride } => {
                let frames = got.shape.first().copied().unwrap_or(0);
                let frame = got.len() / frames.max(1);
                let places = |i: usize| (*offset..frame).step_by(*stride).map(move |j| i * frame + j);
                Ok((0..frames).flat_map(places).collect())
            }
            Self::Slice(ranges) => sliced(&got.shape, ranges),
            Self::Rows(rows) => {
                let row = got.shape.iter().skip(1).product::<usize>();
                let places: Vec<usize> = rows.iter().flat_map(|at| at * row..(at + 1) * row).collect();
                let fits = places.iter().all(|place| *place < got.len());
                fits.then_some(places).ok_or_else(|| format!("the shape is {:?}, of which rows are missing", got.shape))
            }
        }
    }

    /// The shape that a record of this kind has for a result, of which so many values are picked.
    #[must_use]
    pub fn shape(&self, got: &Tensor, picked: usize) -> Vec<usize> {
        match self {
            Self::All | Self::Strided { .. } => got.shape.clone(),
            Self::PerFrame { .. } => {
                let frames = got.shape.first().copied().unwrap_or(1).max(1);
                vec![frames, picked / frames]
            }
            Self::Slice(ranges) => ranges.iter().map(Range::len).collect(),
            Self::Rows(rows) => [&[rows.len()], got.shape.get(1..).unwrap_or_default()].concat(),
        }
    }
}

/// The places of a part of a tensor, in row-major order.
///
/// # Errors
/// If the tensor has other axes, or ends before the part does.
pub(crate) fn sliced(shape: &[usize], ranges: &[Range<usize>]) -> Result<Vec<usize>, String> {
    let fits = shape.len() == ranges.len() && shape.iter().zip(ranges).all(|(extent, range)| range.end <= *extent);
    if !fits {
        return Err(format!("the shape is {shape:?}, of which {ranges:?} cannot be taken"));
    }
    let axes = shape.iter().zip(ranges);
    Ok(axes.fold(vec![0], |places, (extent, range)| {
        places.iter().flat_map(|place| range.clone().map(move |at| place * extent + at)).collect()
    }))
}
