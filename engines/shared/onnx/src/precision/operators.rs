//! Which operators compute in 16 bits, and which of their inputs are then in 16 bits.
//!
//! The list is short on purpose: all of it has kernels for 16 bits in ONNX Runtime's CUDA provider, in every operator set that
//! is named here (docs/OperatorKernels.md of ONNX Runtime). A node without such a kernel would go to the processor, with copies
//! to it and back. That is why `GridSample` stays in 32 bits, and `Clip` before set 12.
//!
//! Others stay in 32 bits for the numbers: sums over many values (`ReduceMean`, `GlobalAveragePool`, `CumSum`), powers, roots,
//! exponentials and logarithms leave the range of 16 bits or lose their small differences, `Softmax` weighs coordinates, and
//! all of these cost little beside products. Normalisations (`BatchNormalization`, `InstanceNormalization`,
//! `LayerNormalization`) that are nodes of their own are in 16 bits outside, as their kernels keep mean and variance in 32;
//! those that are spelled out in nodes stay in 32 bits by their means and roots.

/// The first operator set whose `Clip` has a kernel for 16 bits.
const CLIP: u64 = 12;

/// The operator of which all outputs have the format that it computes in. Of others the first one has: what else they give, such
/// as indices and masks, has a format of its own.
pub(super) const SPLIT: &str = "Split";

/// The operator that takes coordinates as its second input.
pub(super) const GRID_SAMPLE: &str = "GridSample";

/// Inputs of an operator that have the format which it computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slots {
    All,
    These(&'static [usize]),
}

impl Slots {
    pub(super) fn has(self, slot: usize) -> bool {
        match self {
            Self::All => true,
            Self::These(slots) => slots.contains(&slot),
        }
    }
}

/// What an operator does in a graph of mixed precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Products: in 16 bits wherever they stand, as they take nearly all of the time.
    Product(Slots),
    /// In 16 bits where all that it is given, but for constants, is so already: so nothing is rounded for its sake alone, and
    /// what is worked out from inputs in 32 bits, such as coordinates, stays in 32.
    Follower(Slots),
    /// In 32 bits, with outputs in the format of this input.
    Exact(usize),
    /// In 32 bits, with outputs of which nothing is known.
    Unknown,
}

const FIRST: Slots = Slots::These(&[0]);

pub(super) fn role(operator: &str, opset: u64) -> Role {
    match operator {
        "Conv" | "ConvTranspose" | "Gemm" | "MatMul" => Role::Product(Slots::All),
        "Clip" if opset < CLIP => Role::Exact(0),
        "Abs"
        | "Add"
        | "AveragePool"
        | "BatchNormalization"
        | "Clip"
        | "Concat"
        | "DepthToSpace"
        | "Div"
        | "Elu"
        | "Erf"
        | "Flatten"
        | "Gelu"
        | "HardSigmoid"
        | "Identity"
        | "InstanceNormalization"
        | "LayerNormalization"
        | "LeakyRelu"
        | "Max"
        | "MaxPool"
        | "Min"
        | "Mul"
        | "Neg"
        | "PRelu"
        | "Relu"
        | "Sigmoid"
        | "SpaceToDepth"
        | "Sub"
        | "Sum"
        | "Tanh"
        | "Transpose" => Role::Follower(Slots::All),
        // The other inputs are sizes, places and numbers of their own formats; scales of `Resize` are f32 in any case.
        "Dropout" | "Expand" | "Gather" | "Reshape" | "Resize" | "Slice" | SPLIT | "Squeeze" | "Tile" | "Unsqueeze"
        | "Upsample" => Role::Follower(FIRST),
        "Pad" => Role::Follower(Slots::These(&[0, 2])),
        "Where" => Role::Follower(Slots::These(&[1, 2])),
        "Ceil" | "Cos" | "CumSum" | "Einsum" | "Exp" | "Floor" | "GatherElements" | "GatherND"
        | "GlobalAveragePool" | "GlobalMaxPool" | GRID_SAMPLE | "HardSwish" | "Log" | "LogSoftmax"
        | "LpNormalization" | "Mean" | "Pow" | "Range" | "Reciprocal" | "ReduceL1" | "ReduceL2" | "ReduceLogSumExp"
        | "ReduceMax" | "ReduceMean" | "ReduceMin" | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" | "Round"
        | "ScatterElements" | "ScatterND" | "Sin" | "Softmax" | "Softplus" | "Sqrt" | "TopK" => Role::Exact(0),
        _ => Role::Unknown,
    }
}

/// Whether an operator is a product at each place of a picture.
pub(super) fn is_convolution(operator: &str) -> bool {
    matches!(operator, "Conv" | "ConvTranspose")
}
