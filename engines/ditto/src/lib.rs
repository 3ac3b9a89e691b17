//! The Ditto talking-head pipeline on ONNX Runtime: one photo or clip and a speech become a talking head.
//!
//! Every step is tested against numbers that the reference pipeline gave (`tests/golden`). `raster`, `resize` and
//! `warp` do pixels as OpenCV 4.10 does them, bit for bit where it works in fixed point.

pub mod blaze;
pub mod crop;
pub mod eyes;
pub mod landmark106;
pub mod landmark203;
pub mod letterbox;
pub mod mesh;
pub mod networks;
pub mod perspective;
pub mod putback;
pub mod raster;
pub mod register;
pub mod render;
pub mod resize;
pub mod scrfd;
pub mod smooth;
pub mod source;
pub mod warp;
