//! Between bytes of pictures and the numbers that networks take and give.

use engine_vision::raster::Raster;
use tch::{Kind, Tensor};

/// A picture of three channels as autoencoders take it: (1, 3, rows, columns), −1 to 1, on the processor in 32 bits.
pub fn to_vae_input(picture: &Raster<u8>) -> Tensor {
    planes(picture) * 2.0 - 1.0
}

/// A picture or a mask plane by plane: (1, channels, rows, columns), 0 to 1, on the processor in 32 bits.
pub fn planes(picture: &Raster<u8>) -> Tensor {
    let [rows, columns, channels] = [picture.height(), picture.width(), picture.channels()].map(|size| size as i64);
    let samples = Tensor::from_slice(picture.data()).view([1, rows, columns, channels]);
    samples.permute([0, 3, 1, 2]).to_kind(Kind::Float).contiguous() / 255.0
}

/// Samples of 0 to 1 as bytes, in the same shape and on the same device: 255 times as large in 32 bits, and cut.
pub fn to_u8(samples: &Tensor) -> Tensor {
    (samples.to_kind(Kind::Float) * 255.0).clamp(0.0, 255.0).to_kind(Kind::Uint8)
}

/// Frames (N, 3, rows, columns) of samples of 0 to 1 as red, green and blue bytes, pixel by pixel, row by row and frame by
/// frame, in the place of what `bytes` holds. They are made where the frames are, and nothing but the bytes comes from
/// there.
pub fn write_rgb24(frames: &Tensor, bytes: &mut Vec<u8>) {
    let pixels = to_u8(frames).permute([0, 2, 3, 1]).contiguous();
    bytes.resize(pixels.numel(), 0);
    pixels.copy_data(bytes, pixels.numel());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_rgb24(frames: &Tensor) -> Vec<u8> {
        let mut bytes = vec![9; 100];
        write_rgb24(frames, &mut bytes);
        bytes
    }

    #[test]
    fn frames_become_pixels_in_their_order() {
        // Two frames of one row and two columns; in each, a plane of red, of green and of blue.
        let planes: [f32; 12] = [0.0, 0.25, 0.5, 0.75, 1.0, 0.999, 1.0, 1.0, 0.0, 0.0, 0.1, 0.2];
        let bytes = to_rgb24(&Tensor::from_slice(&planes).view([2, 3, 1, 2]));
        assert_eq!(bytes, [0, 127, 255, 63, 191, 254, 255, 0, 25, 255, 0, 51]);
        let half = Tensor::from_slice(&planes).view([2, 3, 1, 2]).to_kind(Kind::Half);
        // In 16 bits 0.999 is 0.99902, and 0.2 is 0.19995.
        assert_eq!(to_rgb24(&half), [0, 127, 255, 63, 191, 254, 255, 0, 25, 255, 0, 50]);
    }

    #[test]
    fn what_lies_beyond_is_cut() {
        let bytes = to_u8(&Tensor::from_slice(&[-0.5_f32, 1.5, 1e30]));
        assert_eq!(Vec::<u8>::try_from(bytes).unwrap(), [0, 255, 255]);
    }

    #[test]
    fn masks_become_one_plane() {
        let mask = Raster::new(3, 1, 1, vec![0, 51, 255]).unwrap();
        let plane = planes(&mask);
        assert_eq!(plane.size(), [1, 1, 1, 3]);
        assert_eq!(Vec::<f32>::try_from(plane.view(-1)).unwrap(), [0.0, 0.2, 1.0]);
    }
}
