//! The noise that pictures are made of: what libtorch's generator on the processor draws for a seed.

use std::sync::{Mutex, PoisonError};

use tch::{Device, Kind, Tensor};

/// libtorch has one generator for the whole process: a seed and what is drawn after it belong together.
static GENERATOR: Mutex<()> = Mutex::new(());

/// Standard normal noise of a shape, on the processor: the same on every machine.
///
/// [`Kind::Half`] and [`Kind::Float`] have the same stream, but for rounding. Numbers are drawn in order, and how depends on
/// how many there are: noise of another shape begins otherwise.
pub fn drawn(seed: u64, shape: &[i64], kind: Kind) -> Tensor {
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    tch::manual_seed(heard(seed).into());
    Tensor::randn(shape, (kind, Device::Cpu))
}

/// The part of a seed that libtorch's generator on the processor hears: its lower half. Of seeds that have an upper one, this
/// is mixed in, or every four billionth would draw the same.
fn heard(seed: u64) -> u32 {
    let (upper, lower) = ((seed >> 32) as u32, seed as u32);
    lower ^ upper.wrapping_mul(0x9e37_79b1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_that_differ_in_their_upper_half_draw_otherwise() {
        let first = |seed: u64| drawn(seed, &[1, 4, 8, 8], Kind::Float);
        assert_eq!((heard(420), heard(u32::MAX.into())), (420, u32::MAX));
        for other in [420 + (1 << 32), 420 + (1 << 63), u64::MAX] {
            assert_ne!(first(420), first(other), "{other}");
            assert_eq!(first(other), first(other));
        }
    }

    #[test]
    fn a_seed_gives_the_numbers_that_libtorch_gives_in_python() {
        let first = |kind| {
            let flat = drawn(420, &[1, 4, 4, 8, 8], kind).flatten(0, -1).slice(0, 0, 6, 1).to_kind(Kind::Float);
            Vec::<f32>::try_from(flat).unwrap()
        };
        let near =
            |got: Vec<f32>, want: [f32; 6], off: f32| got.iter().zip(want).all(|(got, want)| (got - want).abs() < off);
        let half = [-0.007_041_9, 0.504_394_5, 0.670_410_2, -0.382_812_5, 0.030_242_9, 0.382_568_4];
        let single = [-0.007_042_6, 0.504_446_6, 0.670_368_9, -0.382_858_3, 0.030_239, 0.382_631_2];
        assert!(near(first(Kind::Half), half, 1e-6), "{:?}", first(Kind::Half));
        assert!(near(first(Kind::Float), single, 1e-6), "{:?}", first(Kind::Float));
    }

    #[test]
    fn threads_do_not_disturb_each_other() {
        let shape = [3, 4, 8, 8];
        let alone = drawn(7, &shape, Kind::Half);
        let others: Vec<_> = (0..4)
            .map(|seed| std::thread::spawn(move || (0..50).for_each(|_| drop(drawn(seed, &shape, Kind::Half)))))
            .collect();
        (0..50).for_each(|_| assert_eq!(drawn(7, &shape, Kind::Half), alone));
        others.into_iter().for_each(|other| other.join().unwrap());
    }
}
