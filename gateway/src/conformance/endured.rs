//! What one process held after each of many jobs, and whether that grows.

use crate::conformance::holdings::Holdings;

/// One process over many jobs.
#[derive(Debug)]
pub(super) struct Endured {
    /// What it held after each job.
    pub(super) held: Vec<Holdings>,
    /// How many temporary files it had made and left after each job.
    pub(super) files: Vec<usize>,
    /// Why there was no further job, where one became no video.
    pub(super) end: Option<String>,
}

/// By how much something grew with each job, once the first third of the jobs had warmed the process up.
pub(super) fn growth(numbers: &[f64]) -> f64 {
    let warm = numbers.len() / 3;
    let half = (numbers.len() - warm) / 2;
    if half == 0 {
        return 0.0;
    }
    let (early, late) = (&numbers[warm..warm + half], &numbers[numbers.len() - half..]);
    let jobs = (numbers.len() - warm - half) as f64;
    (median(late) - median(early)) / jobs
}

/// The one in the middle: a single job that held more than the others tells nothing.
fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warming_up_and_single_peaks_are_no_growth() {
        let warming = |job: usize| if job < 6 { job as f64 * 10.0 } else { 60.0 };
        let held: Vec<f64> = (0..20).map(|job| if job == 13 { 500.0 } else { warming(job) }).collect();
        assert!(growth(&held).abs() < 1e-9, "{held:?}");
        let leaking: Vec<f64> = (0..20).map(|job| 100.0 + 4.0 * job as f64).collect();
        assert!((growth(&leaking) - 4.0).abs() < 0.5, "{}", growth(&leaking));
        assert!(growth(&[5.0]).abs() < 1e-9);
    }
}
