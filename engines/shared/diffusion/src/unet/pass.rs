//! What one run of the UNet hands from block to block, and how tests look inside.

use tch::Tensor;

/// What every block is given in one run.
pub(super) struct Pass<'p, 'w, R> {
    pub(super) temb: &'p Tensor,
    pub(super) frames: i64,
    pub(super) run: &'p mut R,
    pub(super) probe: &'p mut Probe<'w>,
}

/// Sees what parts of a network give, by the paths of their keys: how tests look inside. It costs nothing where nobody looks.
#[derive(Default)]
pub struct Probe<'w>(Option<&'w mut Watch<'w>>);

/// What looks: it is told a path and what came of it.
pub type Watch<'w> = dyn FnMut(&str, &Tensor) + 'w;

impl<'w> Probe<'w> {
    /// Shows it to `watch`.
    pub fn new(watch: &'w mut Watch<'w>) -> Self {
        Self(Some(watch))
    }

    /// Shows what came of the part at a path.
    pub fn see(&mut self, path: impl FnOnce() -> String, value: &Tensor) {
        if let Some(watch) = &mut self.0 {
            watch(&path(), value);
        }
    }
}
