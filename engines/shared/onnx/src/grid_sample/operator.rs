//! Trilinear sampling as an operator of ONNX Runtime, on its threads.

use std::sync::{Mutex, PoisonError};

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorDomain, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

use super::trilinear::{Sizes, sample, side_by_side};
use super::{DOMAIN, OPERATOR};

/// More pieces than threads let a thread that is late be helped; more than this are only overhead.
const PIECES: usize = 64;

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
    /// The volumes with their channels side by side, kept for the next run.
    volumes: Vec<f32>,
}

impl Kernel for TrilinearKernel {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let missing = || ort::Error::new("an input or output is missing");
        let (input, grid) = (context.input(0)?.ok_or_else(missing)?, context.input(1)?.ok_or_else(missing)?);
        let ((input_shape, input), (grid_shape, grid)) =
            (input.try_extract_tensor::<f32>()?, grid.try_extract_tensor::<f32>()?);
        let sizes = Sizes::of(input_shape, grid_shape)
            .ok_or_else(|| ort::Error::new(format!("an input {input_shape} cannot be sampled at {grid_shape}")))?;
        let Sizes { count, channels, volume: [depth, ..], grid: [out_depth, out_height, out_width], axes } = sizes;

        self.volumes.resize(input.len(), 0.0);
        let per_volume = input.len() / count;
        let slices: Vec<Mutex<&mut [f32]>> = self.volumes.chunks_mut(sizes.slice_len()).map(Mutex::new).collect();
        context.par_for(sizes.slices(), PIECES, |slice| {
            let planes = &input[slice / depth * per_volume..][..per_volume];
            // Nobody else has this piece: the lock is how it is written to from several threads.
            let mut out = slices[slice].lock().unwrap_or_else(PoisonError::into_inner);
            side_by_side(&sizes, planes, slice % depth, &mut out);
        })?;

        let shape: Vec<i64> = input_shape[..2].iter().chain(&grid_shape[1..=axes]).copied().collect();
        let mut output = context.output(0, shape)?.ok_or_else(missing)?;
        let (_, output) = output.try_extract_tensor_mut::<f32>()?;
        let area = out_height * out_width;
        let mut sections: Vec<Vec<&mut [f32]>> = (0..sizes.sections()).map(|_| Vec::with_capacity(channels)).collect();
        for (number, plane) in output.chunks_mut(area).enumerate() {
            let (n, z) = (number / (channels * out_depth), number % out_depth);
            sections[n * out_depth + z].push(plane);
        }
        let sections: Vec<Mutex<Vec<&mut [f32]>>> = sections.into_iter().map(Mutex::new).collect();
        let volumes = &self.volumes;
        context.par_for(sections.len(), PIECES, |section| {
            let volume = &volumes[section / out_depth * per_volume..][..per_volume];
            let grid = &grid[section * area * axes..][..area * axes];
            let mut planes = sections[section].lock().unwrap_or_else(PoisonError::into_inner);
            sample(&sizes, volume, grid, &mut planes);
        })
    }
}
