//! Where faults of libtorch are caught: at one place around a stretch of computation, not after each operation.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use engine_api::{EngineError, ErrorKind};
use tch::TchError;

/// Computes without recording gradients, and makes an error of a failed operation.
///
/// # Errors
/// libtorch could not do an operation: memory ran out, the device failed, or shapes did not fit.
///
/// # Panics
/// As `compute` does, where it is not libtorch that failed.
pub fn guarded<T>(compute: impl FnOnce() -> T) -> Result<T, TorchError> {
    let _inference = tch::no_grad_guard();
    catch_unwind(AssertUnwindSafe(compute)).map_err(|panic| match message(&*panic) {
        Some(words) if words.contains(MARK) => TorchError::new(words),
        _ => resume_unwind(panic),
    })
}

/// What the methods of [`tch::Tensor`] that do not return errors panic with: an unwrapped `TchError::Torch`.
const MARK: &str = "`Err` value: Torch(";

fn message(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied())
}

/// An operation that libtorch could not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("libtorch: {reason}")]
pub struct TorchError {
    kind: ErrorKind,
    reason: String,
}

impl TorchError {
    fn new(panic: &str) -> Self {
        let words = panic.split_once(MARK).map_or(panic, |(_, words)| words).trim_start_matches('"');
        let whole = words.trim_end_matches(')').trim_end_matches('"');
        Self::reasoned(words.split_once("\\n").map_or(whole, |(first, _)| first))
    }

    /// Of the first line of libtorch's words, which says what is wrong; what follows is a trace of its own functions.
    fn reasoned(reason: &str) -> Self {
        Self { kind: kind(reason), reason: reason.to_owned() }
    }
}

impl From<TchError> for TorchError {
    fn from(error: TchError) -> Self {
        let words = match error {
            TchError::Torch(words) => words,
            other => other.to_string(),
        };
        // The interpreter of TorchScript begins with where a script failed, and ends with why.
        let cause = words.lines().find_map(|line| line.strip_prefix("RuntimeError: "));
        Self::reasoned(cause.or_else(|| words.lines().next()).unwrap_or_default())
    }
}

/// libtorch has no codes for what went wrong, only words.
fn kind(words: &str) -> ErrorKind {
    let words = words.to_lowercase();
    let about = |these: &[&str]| these.iter().any(|word| words.contains(word));
    if about(&["out of memory", "can't allocate memory", "bad_alloc", "not enough memory"]) {
        ErrorKind::OutOfMemory
    } else if about(&["cuda", "cudnn", "cublas", "nvrtc"]) {
        ErrorKind::Device
    } else {
        ErrorKind::Internal
    }
}

impl From<TorchError> for EngineError {
    fn from(error: TorchError) -> Self {
        Self::new(error.kind, &error)
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use super::*;

    #[test]
    fn a_failed_operation_is_an_error_with_its_reason() {
        let wide = || Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
        assert_eq!(guarded(|| wide().sum(Kind::Float).double_value(&[])), Ok(0.0));
        let error = guarded(|| wide().matmul(&wide())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        let words = error.to_string();
        assert!(words.starts_with("libtorch: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3"), "{words}");
        assert!(!words.contains("frame #"), "{words}");
    }

    #[test]
    fn an_error_that_is_returned_has_the_same_reason() {
        let wide = || Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
        let returned = TorchError::from(wide().f_matmul(&wide()).unwrap_err());
        assert_eq!(returned, guarded(|| wide().matmul(&wide())).unwrap_err());
    }

    #[test]
    fn memory_that_runs_out_is_told_apart() {
        let error = guarded(|| Tensor::zeros([1 << 50], (Kind::Float, Device::Cpu))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::OutOfMemory, "{error}");
        assert_eq!(kind("CUDA out of memory. Tried to allocate 2.00 GiB."), ErrorKind::OutOfMemory);
        assert_eq!(kind("CUDA error: device-side assert triggered"), ErrorKind::Device);
    }

    #[test]
    fn the_trace_does_not_tell_what_failed() {
        let panic = format!(
            "called `Result::unwrap()` on an {MARK}\"shapes differ\\nframe #1: at::native::cuda_out of memory\")"
        );
        assert_eq!(
            TorchError::new(&panic),
            TorchError { kind: ErrorKind::Internal, reason: "shapes differ".to_owned() }
        );
    }

    #[test]
    fn no_gradients_are_recorded() {
        let leaf = Tensor::ones([2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        assert!(!guarded(|| &leaf * 2.0).unwrap().requires_grad());
    }

    #[test]
    #[should_panic(expected = "of its own")]
    fn other_panics_go_on() {
        let _: Result<(), TorchError> = guarded(|| panic!("a fault of its own"));
    }
}
