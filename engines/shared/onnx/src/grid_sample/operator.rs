//! Trilinear sampling as an operator of ONNX Runtime, on its threads.

use std::sync::{Mutex, PoisonError};

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorDomain, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

use super::sizes::Sizes;
use super::trilinear::{sample, side_by_side};

/// The domain of our operator.
pub(super) const DOMAIN: &str = "avatar.gateway";
/// Its name.
pub(super) const OPERATOR: &str = "TrilinearSample";

/// More pieces than threads let a thread that is late be helped; more than this are only overhead.
const PIECES: usize = 64;
/// So many numbers are laid out at a time, unless one volume has more: they are still in the cache when they are sampled.
const CLOSE: usize = 1 << 20;

/// Our domain, for a session.
pub(crate) fn domain() -> ort::Result<OperatorDomain> {
    OperatorDomain::new(DOMAIN)?.add(TrilinearSample)
}

struct TrilinearSample;

impl Operator for TrilinearSample {
    type Kernel<'attr> = TrilinearKernel;

    fn name(&self) -> &str {
        OPERATOR
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [TensorElementType::Float32; 2].map(OperatorInput::required)
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, _: &KernelContext<'attr>) -> ort::Result<TrilinearKernel> {
        Ok(TrilinearKernel::default())
    }
}

/// The operator in a graph.
#[derive(Default)]
struct TrilinearKernel {
    /// Some volumes with their channels side by side and a border of zeros, kept for the next run.
    volumes: Vec<f32>,
    /// What the borders in there are for.
    sizes: Option<Sizes>,
}

impl Kernel for TrilinearKernel {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let missing = || ort::Error::new("an input or output is missing");
        let (input, grid) = (context.input(0)?.ok_or_else(missing)?, context.input(1)?.ok_or_else(missing)?);
        let ((input_shape, input), (grid_shape, grid)) =
            (input.try_extract_tensor::<f32>()?, grid.try_extract_tensor::<f32>()?);
        let sizes = Sizes::of(input_shape, grid_shape)
            .ok_or_else(|| ort::Error::new(format!("an input {input_shape} cannot be sampled at {grid_shape}")))?;
        let shape: Vec<i64> = input_shape[..2].iter().chain(&grid_shape[1..=sizes.axes]).copied().collect();
        let mut output = context.output(0, shape)?.ok_or_else(missing)?;
        let (_, output) = output.try_extract_tensor_mut::<f32>()?;

        let at_once = (CLOSE / sizes.volume_len()).clamp(1, sizes.count);
        if self.sizes != Some(sizes) {
            // The borders are zeros from now on: nobody writes to them.
            self.volumes.clear();
            self.volumes.resize(at_once * sizes.volume_len(), 0.0);
            self.sizes = Some(sizes);
        }
        let [inputs, grids, outputs] = [input.len(), grid.len(), output.len()].map(|len| len / sizes.count * at_once);
        let rounds = input.chunks(inputs).zip(grid.chunks(grids)).zip(output.chunks_mut(outputs));
        for ((input, grid), output) in rounds {
            lay_out(context, &sizes, input, &mut self.volumes)?;
            sample_all(context, &sizes, &self.volumes, grid, output)?;
        }
        Ok(())
    }
}

/// Lays the channels of some volumes side by side, on the threads of the session.
fn lay_out(context: &ComputeContext, sizes: &Sizes, input: &[f32], volumes: &mut [f32]) -> ort::Result<()> {
    let depth = sizes.volume[0];
    let inputs = input.chunks_exact(sizes.channels * sizes.volume.iter().product::<usize>());
    let pieces = inputs.zip(volumes.chunks_exact_mut(sizes.volume_len())).flat_map(|(planes, volume)| {
        let slices = volume.chunks_exact_mut(sizes.slice_len()).skip(1).take(depth);
        // Nobody else has this piece: the lock is how it is written to from several threads.
        slices.map(move |slice| (planes, Mutex::new(slice)))
    });
    let pieces: Vec<(&[f32], Mutex<&mut [f32]>)> = pieces.collect();
    context.par_for(pieces.len(), PIECES, |number| {
        let (planes, out) = &pieces[number];
        side_by_side(sizes, planes, number % depth, &mut out.lock().unwrap_or_else(PoisonError::into_inner));
    })
}

/// Samples those volumes, on the threads of the session.
fn sample_all(
    context: &ComputeContext,
    sizes: &Sizes,
    volumes: &[f32],
    grid: &[f32],
    output: &mut [f32],
) -> ort::Result<()> {
    let ([out_depth, out_height, out_width], channels) = (sizes.grid, sizes.channels);
    let area = out_height * out_width;
    let sections = output.len() / (channels * area);
    let mut pieces: Vec<Vec<&mut [f32]>> = (0..sections).map(|_| Vec::with_capacity(channels)).collect();
    for (number, plane) in output.chunks_exact_mut(area).enumerate() {
        let (n, z) = (number / (channels * out_depth), number % out_depth);
        pieces[n * out_depth + z].push(plane);
    }
    let pieces: Vec<Mutex<Vec<&mut [f32]>>> = pieces.into_iter().map(Mutex::new).collect();
    context.par_for(pieces.len(), PIECES, |section| {
        let volume = &volumes[section / out_depth * sizes.volume_len()..][..sizes.volume_len()];
        let grid = &grid[section * area * sizes.axes..][..area * sizes.axes];
        sample(sizes, volume, grid, &mut pieces[section].lock().unwrap_or_else(PoisonError::into_inner));
    })
}
