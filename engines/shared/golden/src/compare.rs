//! Comparing a result with what is expected.

use crate::expected::{Expected, Limits, Whole};
use crate::tensor::{Tensor, Values};

/// The largest deviation in words.
///
/// # Errors
/// What differs more than the limits permit.
pub fn compare(expected: &Expected<'_>, got: &Tensor) -> Result<String, String> {
    if let Some(full) = expected.full_shape.as_ref().filter(|full| **full != got.shape) {
        return Err(format!("the shape is {:?}, expected {full:?}", got.shape));
    }
    let picks = expected.picks.places(got)?;
    let got_shape = expected.picks.shape(got, picks.len());
    if expected.shape != got_shape {
        return Err(format!("the shape is {got_shape:?}, expected {:?}", expected.shape));
    }
    if expected.dtype != got.dtype() {
        return Err(format!("the type is {}, expected {}", got.dtype(), expected.dtype));
    }
    let (want, limits) = (expected.stored, &expected.limits);
    if picks.len() != want.len() {
        return Err(format!("the record picks {} values, but {} are stored", picks.len(), want.len()));
    }
    if limits.any_order {
        return any_order(limits, want, got);
    }
    let differences = Differences { picks: &picks, want, got };
    let judged = match limits.columns {
        Some((linear, offset)) => differences.matrix(linear, offset),
        None => differences.values(limits, expected.whole.absmax),
    };
    match judged.and_then(|()| whole(&expected.whole, limits, got)) {
        Ok(()) => Ok(differences.worst()),
        Err(reason) => Err(format!("class {:?}: {reason}; worst of all: {}", limits.name, differences.worst())),
    }
}

struct Differences<'a> {
    picks: &'a [usize],
    want: &'a Tensor,
    got: &'a Tensor,
}

impl Differences<'_> {
    /// Index in the whole result, expected value, deviation; not a number counts as infinitely far.
    fn iter(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        self.picks.iter().enumerate().map(|(stored, &index)| {
            let (want, got) = (self.want.at(stored), self.got.at(index));
            let deviation = if want == got || (want.is_nan() && got.is_nan()) { 0.0 } else { (want - got).abs() };
            (index, want, if deviation.is_nan() { f64::INFINITY } else { deviation })
        })
    }

    fn worst(&self) -> String {
        let worst = self.iter().max_by(|a, b| a.2.total_cmp(&b.2));
        let Some((index, want, off)) = worst.filter(|worst| worst.2 > 0.0) else {
            return "identical".into();
        };
        let same = self.iter().filter(|(_, _, off)| *off == 0.0).count() as f64 / self.picks.len() as f64;
        format!(
            "index {index} is {}, expected {want} (off by {off:.3e}; share of equals {same:.5})",
            self.got.at(index)
        )
    }

    fn values(&self, limits: &Limits, absmax: Option<f64>) -> Result<(), String> {
        let stored = (0..self.want.len()).map(|index| self.want.at(index).abs()).fold(0.0, f64::max);
        let largest = absmax.unwrap_or(stored);
        if limits.abs.or(limits.rel).or(limits.scale).is_some() {
            let fixed = limits.abs.unwrap_or(0.0) + limits.scale.unwrap_or(0.0) * largest;
            let relative = limits.rel.unwrap_or(0.0);
            let bounds = |index: usize| match &limits.by_index {
                Some(bounds) => bounds.at(&self.got.shape, index),
                None => (fixed, relative),
            };
            // Where no number is expected there is no limit, and only another such passes.
            let too_far = |(index, want, off): &(usize, f64, f64)| {
                let (fixed, relative) = bounds(*index);
                *off > 0.0 && (want.is_nan() || *off > fixed + relative * want.abs())
            };
            let beyond = self.iter().filter(too_far).count();
            if beyond > 0 {
                return Err(format!(
                    "{beyond} of {} values are off by more than {fixed:e} + {relative:e} of the value",
                    self.picks.len()
                ));
            }
        }
        let count = self.picks.len().max(1) as f64;
        if let Some(limit) = limits.rms {
            let rms = (self.iter().map(|(_, _, off)| off * off).sum::<f64>() / count).sqrt();
            if rms > limit {
                return Err(format!("the root mean square of the deviation is {rms:e}, above {limit:e}"));
            }
        }
        let within = |distance: f64| self.iter().filter(|(_, _, off)| *off <= distance).count() as f64 / count;
        for (distance, share) in limits.equal.map(|share| (0.0, share)).into_iter().chain(limits.within) {
            if within(distance) < share && !self.picks.is_empty() {
                return Err(format!("{:.5} of the values lie within {distance}, not {share}", within(distance)));
            }
        }
        Ok(())
    }

    /// The first two columns and the others have bounds of their own.
    fn matrix(&self, linear: f64, offset: f64) -> Result<(), String> {
        let columns = self.got.shape.last().copied().unwrap_or(1);
        for (index, want, off) in self.iter() {
            let limit = if index % columns < 2 { linear } else { offset };
            if off > limit {
                return Err(format!("index {index}, expected {want}, is off by {off:e}, above {limit:e}"));
            }
        }
        Ok(())
    }
}

/// Compares the rows of two matrices, whatever their order.
fn any_order(limits: &Limits, want: &Tensor, got: &Tensor) -> Result<String, String> {
    let (abs, rel) = (limits.abs.unwrap_or(0.0), limits.rel.unwrap_or(0.0));
    let columns = want.shape.last().copied().unwrap_or(1).max(1);
    let rows = want.len() / columns;
    // How far two rows are from each other, as a share of what is permitted.
    let share = |wanted: usize, given: usize| {
        let shares = (0..columns).map(|column| {
            let (want, got) = (want.at(wanted * columns + column), got.at(given * columns + column));
            (want - got).abs() / (abs + rel * want.abs())
        });
        shares.fold(0.0, |worst: f64, share| if share.is_nan() { f64::INFINITY } else { worst.max(share) })
    };
    let nearest = |shares: &mut dyn Iterator<Item = f64>| shares.fold(f64::INFINITY, f64::min);
    let of_wanted = (0..rows).map(|wanted| nearest(&mut (0..rows).map(|given| share(wanted, given))));
    let of_given = (0..rows).map(|given| nearest(&mut (0..rows).map(|wanted| share(wanted, given))));
    match of_wanted.chain(of_given).fold(0.0, f64::max) {
        worst if worst <= 1.0 => Ok(format!("{rows} rows, the worst off by {worst:.3} of the limit")),
        worst => Err(format!("a row is {worst:.3} times the limit away from its nearest of {rows} rows")),
    }
}

/// What the record says of the whole result, where only samples are stored.
fn whole(want: &Whole, limits: &Limits, got: &Tensor) -> Result<(), String> {
    if let (Some(sum), Values::U8(bytes)) = (want.crc32, &got.values)
        && sum != crc32(bytes)
    {
        return Err(format!("the CRC-32 is {:08x}, expected {sum:08x}", crc32(bytes)));
    }
    let Some(largest) = want.absmax else {
        return Ok(());
    };
    let share = limits.rel.unwrap_or(0.0) + limits.scale.unwrap_or(0.0);
    let within = limits.within.map_or(0.0, |(distance, _)| distance);
    let fixed = limits.abs.unwrap_or(0.0) + limits.columns.map_or(0.0, |(_, offset)| offset);
    let limit = fixed + share * largest + within.max(limits.rms.unwrap_or(0.0)) + 2e-6 * largest.max(1.0);
    let (mean, std, absmax) = moments(got);
    for (name, value, want) in [("mean", mean, want.mean), ("std", std, want.std), ("absmax", absmax, Some(largest))] {
        let Some(want) = want else { continue };
        if (value - want).abs() > limit || (value.is_nan() != want.is_nan()) {
            return Err(format!("the {name} of the whole is {value}, expected {want} within {limit:e}"));
        }
    }
    Ok(())
}

fn moments(tensor: &Tensor) -> (f64, f64, f64) {
    let values = || (0..tensor.len()).map(|index| tensor.at(index));
    let count = tensor.len().max(1) as f64;
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt(), values().map(f64::abs).fold(0.0, f64::max))
}

/// zlib's CRC-32.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
    });
    !bytes.iter().fold(!0, |crc: u32, &byte| table[((crc ^ u32::from(byte)) & 0xFF) as usize] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::expected::{ByIndex, Expected, Limits, Picks, Whole};
    use crate::tensor::Tensor;

    fn expected(stored: &Tensor, limits: Limits) -> Expected<'_> {
        let shape = stored.shape.clone();
        let (picks, whole) = (Picks::All, Whole::default());
        Expected { full_shape: None, shape, dtype: stored.dtype(), picks, stored, limits, whole }
    }

    fn floats(values: &[f32]) -> Tensor {
        Tensor::f32(&[values.len()], values.to_vec())
    }

    #[test]
    fn each_limit_holds_alone() {
        let want = floats(&[1.0, -2.0, 4.0, 100.0]);
        let with = |limits: Limits, got: &[f32]| compare(&expected(&want, limits), &floats(got)).is_ok();
        let abs = || Limits { abs: Some(0.5), ..Limits::default() };
        assert!(with(abs(), &[1.5, -2.0, 4.0, 100.5]) && !with(abs(), &[1.0, -2.0, 4.0, 100.75]));
        let rel = || Limits { rel: Some(0.125), ..Limits::default() };
        assert!(with(rel(), &[1.0, -2.25, 4.5, 110.0]) && !with(rel(), &[1.25, -2.0, 4.0, 100.0]));
        let scale = || Limits { scale: Some(0.01), ..Limits::default() };
        assert!(with(scale(), &[2.0, -2.0, 4.0, 100.0]) && !with(scale(), &[2.25, -2.0, 4.0, 100.0]));
        let rms = || Limits { rms: Some(0.5), ..Limits::default() };
        assert!(with(rms(), &[2.0, -2.0, 4.0, 100.0]) && !with(rms(), &[2.0, -3.0, 4.0, 100.0]));
        let equal = || Limits { equal: Some(0.75), ..Limits::default() };
        assert!(with(equal(), &[9.0, -2.0, 4.0, 100.0]) && !with(equal(), &[9.0, -9.0, 4.0, 100.0]));
        let within = || Limits { within: Some((1.0, 0.75)), ..Limits::default() };
        assert!(with(within(), &[9.0, -3.0, 4.0, 100.0]) && !with(within(), &[9.0, -9.0, 4.0, 100.0]));
    }

    #[test]
    fn what_is_no_number_passes_only_for_itself() {
        let want = floats(&[f32::NAN, 1.0]);
        let limits = || Limits { abs: Some(1e9), ..Limits::default() };
        assert!(compare(&expected(&want, limits()), &floats(&[f32::NAN, 1.0])).is_ok());
        assert!(compare(&expected(&want, limits()), &floats(&[0.0, 1.0])).is_err());
        assert!(compare(&expected(&want, limits()), &floats(&[f32::NAN, f32::NAN])).is_err());
    }

    #[test]
    fn columns_of_a_matrix_have_bounds_of_their_own() {
        let want = Tensor::f32(&[2, 3], vec![1.0, 0.0, 50.0, 0.0, 1.0, 60.0]);
        let limits = || Limits { columns: Some((0.01, 1.0)), ..Limits::default() };
        let with = |values: Vec<f32>| compare(&expected(&want, limits()), &Tensor::f32(&[2, 3], values)).is_ok();
        assert!(with(vec![1.0, 0.0, 50.5, 0.0, 1.005, 59.5]));
        assert!(!with(vec![1.0, 0.5, 50.0, 0.0, 1.0, 60.0]) && !with(vec![1.0, 0.0, 52.0, 0.0, 1.0, 60.0]));
    }

    #[test]
    fn parts_are_compared_at_their_places_and_the_rest_by_its_moments() {
        let got = Tensor::f32(&[2, 4], (0..8).map(|value| value as f32).collect());
        let mut want = expected(&got, Limits::exact("exact"));
        let strided = floats(&[1.0, 4.0, 7.0]);
        (want.stored, want.picks) = (&strided, Picks::Strided { offset: 1, stride: 3 });
        assert!(compare(&want, &got).is_ok());
        want.whole.absmax = Some(7.0);
        want.whole.mean = Some(3.5);
        assert!(compare(&want, &got).is_ok());
        want.whole.mean = Some(3.6);
        assert!(compare(&want, &got).unwrap_err().contains("the mean of the whole is 3.5, expected 3.6"));
        want.whole = Whole::default();
        let per_frame = floats(&[2.0, 6.0]);
        (want.stored, want.picks, want.shape) = (&per_frame, Picks::PerFrame { offset: 2, stride: 3 }, vec![2, 1]);
        assert!(compare(&want, &got).is_ok());
        let part = floats(&[5.0, 6.0]);
        (want.stored, want.picks, want.shape) = (&part, Picks::Slice(vec![1..2, 1..3]), vec![1, 2]);
        assert!(compare(&want, &got).is_ok());
        want.picks = Picks::Slice(vec![1..3, 1..3]);
        assert!(compare(&want, &got).unwrap_err().contains("cannot be taken"));
    }

    #[test]
    fn bounds_may_depend_on_the_place_along_an_axis() {
        let want = Tensor::f32(&[2, 2, 2], vec![0.0; 8]);
        let by_index = ByIndex { axis: 1, abs: vec![0.125, 10.0], rel: vec![0.0, 0.0] };
        let limits = || Limits { abs: Some(10.0), by_index: Some(by_index.clone()), ..Limits::default() };
        let with = |values: Vec<f32>| compare(&expected(&want, limits()), &Tensor::f32(&[2, 2, 2], values)).is_ok();
        assert!(with(vec![0.0, 0.125, 9.0, 9.0, 0.0, 0.0, -9.0, 9.0]));
        assert!(
            !with(vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0]) && !with(vec![0.0, 0.0, 11.0, 0.0, 0.0, 0.0, 0.0, 0.0])
        );
        let (rows, all) = (Tensor::f32(&[1, 2, 2], vec![0.0, 0.0, 9.0, 9.0]), Tensor::f32(&[3, 2, 2], vec![0.05; 12]));
        let mut want = expected(&rows, limits());
        want.picks = Picks::Rows(vec![2]);
        assert!(compare(&want, &all).is_ok());
        want.picks = Picks::Rows(vec![3]);
        assert!(compare(&want, &all).unwrap_err().contains("rows are missing"));
    }

    #[test]
    fn rows_may_stand_in_any_order() {
        let want = Tensor::f32(&[3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let limits = || Limits { abs: Some(0.5), any_order: true, ..Limits::default() };
        let with = |values: Vec<f32>| compare(&expected(&want, limits()), &Tensor::f32(&[3, 2], values)).is_ok();
        assert!(with(vec![5.25, 6.0, 1.0, 2.0, 3.0, 3.75]));
        assert!(!with(vec![5.0, 6.0, 1.0, 4.0, 3.0, 2.0]), "rows are kept together");
        assert!(!with(vec![5.0, 6.0, 1.0, 2.0, 1.0, 2.0]), "every row is found");
        assert!(!with(vec![5.0, 6.0, f32::NAN, 2.0, 3.0, 4.0]));
    }

    #[test]
    fn shape_and_type_have_to_be_the_same() {
        let want = floats(&[1.0, 2.0]);
        let limits = || Limits { abs: Some(10.0), ..Limits::default() };
        let other = compare(&expected(&want, limits()), &Tensor::f32(&[2, 1], vec![1.0, 2.0]));
        assert_eq!(other.unwrap_err(), "the shape is [2, 1], expected [2]");
        let other = compare(&expected(&want, limits()), &Tensor::f64(&[2], vec![1.0, 2.0]));
        assert_eq!(other.unwrap_err(), "the type is f64, expected f32");
    }
}
