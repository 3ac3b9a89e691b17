//! Pixels and boxes as data: resized and warped bit for bit as OpenCV 4.10 and Pillow 10 do it in fixed point, parts of
//! them cut out, boxes suppressed as the references do it.

pub mod area;
pub mod boxes;
pub mod opencv_resize;
pub mod pillow_resize;
pub mod raster;
pub mod warp_affine;
pub mod warp_perspective;
