//! Pixels as data, resized and warped bit for bit as OpenCV 4.10 does where it works in fixed point.

pub mod opencv_resize;
pub mod raster;
pub mod warp_affine;
pub mod warp_perspective;
