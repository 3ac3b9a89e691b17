//! The motion between two pictures, as it is estimated pass by pass, and the picture in the middle of it.

use tch::{Kind, Tensor};

use super::block::{Change, FlowBlock};

/// An estimate, made finer by each pass.
#[derive(Debug)]
pub struct Motion {
    /// The two pictures (2, 3, rows, columns), 0 to 1.
    pictures: Tensor,
    /// Where each pixel of the middle lies in the first and in the second picture (2, 2, rows, columns): how far to the right
    /// of its own place and how far below, in pixels.
    flows: Tensor,
    /// How much more the first picture shows of each pixel than the second: logits (1, 1, rows, columns).
    logits: Tensor,
    /// The two pictures, moved to the middle.
    moved: Tensor,
}

impl Motion {
    /// None yet: between pictures (1, 3, rows, columns) whose sides are multiples of 16.
    #[must_use]
    pub fn none(first: &Tensor, second: &Tensor) -> Self {
        let pictures = Tensor::cat(&[first, second], 0);
        let [rows, columns] = [2, 3].map(|axis| pictures.size()[axis]);
        let zeros = |count, channels| Tensor::zeros([count, channels, rows, columns], (Kind::Float, pictures.device()));
        Self { flows: zeros(2, 2), logits: zeros(1, 1), moved: pictures.shallow_clone(), pictures }
    }

    /// What a block sees of it, with sides that are so many times smaller, is added. The block looks from the first picture
    /// to the second and back, and what counts is the mean.
    pub fn refine(&mut self, block: &FlowBlock, shrink: i64) {
        let moved = resized(&self.moved, |side| side / shrink);
        let flows = resized(&self.flows, |side| side / shrink) / shrink as f64;
        let logits = resized(&self.logits, |side| side / shrink);
        let of = |pair: &Tensor, place| pair.narrow(0, place, 1);
        let ahead = [&of(&moved, 0), &of(&moved, 1), &logits, &of(&flows, 0), &of(&flows, 1)];
        let back = [&of(&moved, 1), &of(&moved, 0), &-&logits, &of(&flows, 1), &of(&flows, 0)];
        let [ahead, back] = seen(block, [ahead, back].map(|parts| Tensor::cat(&parts, 1)));

        // On the way back the two flows have changed places.
        let mut flows = (ahead.flows + back.flows.roll([2], [1])).reshape(flows.size());
        flows *= shrink as f64 / 2.0;
        self.flows += resized(&flows, |side| side * shrink);
        self.logits += resized(&((ahead.logits - back.logits) / 2.0), |side| side * shrink);
        self.moved = moved_by(&self.flows, &self.pictures);
    }

    /// The flows to the first picture and to the second, side by side: (1, 4, rows, columns).
    pub fn flows(&self) -> Tensor {
        self.flows.flatten(0, 1).unsqueeze(0)
    }

    /// The first picture's share of each pixel: (1, 1, rows, columns), 0 to 1.
    pub fn share(&self) -> Tensor {
        self.logits.sigmoid()
    }

    /// The picture in the middle: (1, 3, rows, columns), 0 to 1.
    pub fn middle(&self) -> Tensor {
        let [first, second] = [0, 1].map(|place| self.moved.narrow(0, place, 1));
        second.lerp_tensor(&first, &self.share()).clamp_(0.0, 1.0)
    }
}

/// What a block gives for each of two inputs. A GPU takes both at once; the processor takes one after the other, whose
/// features it is more likely to find in its caches, and in memory that it has already.
fn seen(block: &FlowBlock, inputs: [Tensor; 2]) -> [Change; 2] {
    if inputs[0].device().is_cuda() { at_once(block, &inputs) } else { inputs.map(|input| block.forward(&input)) }
}

fn at_once(block: &FlowBlock, inputs: &[Tensor; 2]) -> [Change; 2] {
    let both = block.forward(&Tensor::cat(inputs, 0));
    [0, 1].map(|place| Change { flows: both.flows.narrow(0, place, 1), logits: both.logits.narrow(0, place, 1) })
}

/// Bilinear resizing, without regard to what lies between the samples.
fn resized(x: &Tensor, side: impl Fn(i64) -> i64) -> Tensor {
    let size = x.size();
    let resized = [side(size[2]), side(size[3])];
    if resized == size[2..] { x.shallow_clone() } else { x.upsample_bilinear2d(resized, false, None, None) }
}

/// Pixels of each picture from where flows in pixels lead; from beyond the edges come the outermost pixels.
fn moved_by(flows: &Tensor, pictures: &Tensor) -> Tensor {
    let size = flows.size();
    // Places within a picture are told from -1 to 1, from the center of the first pixel to that of the last.
    let places = flows.copy();
    for (axis, length, line) in [(0, size[3], [1, 1, 1, -1]), (1, size[2], [1, 1, -1, 1])] {
        let mut places = places.narrow(1, axis, 1);
        places /= (length - 1) as f64 / 2.0;
        places += Tensor::linspace(-1.0, 1.0, length, (Kind::Float, flows.device())).view(line);
    }
    pictures.grid_sampler(&places.permute([0, 2, 3, 1]), BILINEAR, OUTERMOST, true)
}

/// Of `grid_sampler`: mixes the four nearest pixels.
const BILINEAR: i64 = 0;
/// Of `grid_sampler`: the outermost pixels go on beyond the edges.
const OUTERMOST: i64 = 1;

#[cfg(test)]
mod tests {
    use engine_golden::{uniform, weights};
    use engine_torch::testing::made;

    use tch::Device;

    use super::*;

    fn numbers(name: &str, shape: &[i64]) -> Tensor {
        Tensor::from_slice(&uniform::f32s(name, shape.iter().product::<i64>() as usize, 1.0)).reshape(shape)
    }

    #[test]
    fn a_block_gives_the_same_for_both_directions_at_once() {
        let block = made(|key, shape| weights::weights("", "rife", key, shape), FlowBlock::new);
        let inputs = ["ahead", "back"].map(|name| numbers(name, &[1, 11, 8, 12]));
        let once = tch::no_grad(|| at_once(&block, &inputs));
        for (at_once, alone) in once.iter().zip(tch::no_grad(|| seen(&block, inputs))) {
            assert!(at_once.flows.allclose(&alone.flows, 1e-5, 1e-5, false));
            assert!(at_once.logits.allclose(&alone.logits, 1e-5, 1e-5, false));
        }
    }

    #[test]
    fn flows_are_to_the_right_and_below_and_end_at_the_edges() {
        let pictures = Tensor::arange(24, (Kind::Float, Device::Cpu)).view([2, 1, 3, 4]);
        let flow = |picture: i64, right: f64, below: f64| {
            let flow = Tensor::from_slice(&[right as f32, below as f32]).view([1, 2, 1, 1]);
            moved_by(&flow.expand([2, 2, 3, 4], false), &pictures).get(picture)
        };
        let picture = pictures.get(1);
        assert!(flow(1, 0.0, 0.0).allclose(&picture, 0.0, 1e-5, false));
        let right = Tensor::cat(&[picture.narrow(2, 1, 3), picture.narrow(2, 3, 1)], 2);
        assert!(flow(1, 1.0, 0.0).allclose(&right, 0.0, 1e-5, false));
        let below = Tensor::cat(&[picture.narrow(1, 1, 2), picture.narrow(1, 2, 1)], 1);
        assert!(flow(1, 0.0, 1.0).allclose(&below, 0.0, 1e-5, false));
        let half = (flow(0, 0.0, 0.0) + flow(0, 1.0, 0.0)) / 2.0;
        assert!(flow(0, 0.5, 0.0).allclose(&half, 0.0, 1e-5, false));
    }
}
