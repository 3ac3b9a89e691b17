//! From keypoints to pictures: the networks that paint the face's square, and its way back into the source's picture.

pub mod networks;
pub mod paste_back;
pub mod square;
