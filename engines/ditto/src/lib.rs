//! The Ditto talking-head pipeline on ONNX Runtime: one photo or clip and a speech become a talking head.
//!
//! Every step is tested against numbers that the reference pipeline gave (`tests/golden`).
