//! Estimates grow with what they are of, and what does not fit is refused with what does.

use engine_diffusion::vae::VaeConfig;
use engine_torch::room::MemoryError;
use tch::Kind;

use super::*;
use crate::unet::UNetConfig;

const GIB: u64 = 1 << 30;

const USUAL: Demand = Demand { shown: [1000, 1000], min_resolution: 512, frames: 125, chunk: 10 };

fn with_networks<T>(kind: Kind, with: impl FnOnce(NetworkSizes<'_>) -> T) -> T {
    with(NetworkSizes { unet: &UNetConfig::default(), vae: &VaeConfig::default(), kind })
}

fn room(bytes: u64, is_gpu: bool) -> Room {
    Room { bytes: Some(bytes), is_limit: true, place: "CUDA device 0 in 16 bits".into(), is_gpu }
}

#[test]
fn estimates_grow_with_everything_that_takes_memory() {
    with_networks(Kind::Half, |networks| {
        let usual = networks.bytes(&USUAL, false);
        let larger = [
            Demand { shown: [1000, 2000], ..USUAL },
            Demand { min_resolution: 576, ..USUAL },
            Demand { frames: 126, ..USUAL },
            Demand { chunk: 20, ..USUAL },
        ];
        for demand in larger {
            assert!(networks.bytes(&demand, false) > usual, "{demand:?}");
        }
        assert!(networks.bytes(&USUAL, true) > usual);
        assert!(with_networks(Kind::Float, |single| single.bytes(&USUAL, false)) > usual);
    });
}

#[test]
fn ten_minutes_take_little_more_than_ten_seconds() {
    let bytes = |frames| with_networks(Kind::Half, |networks| networks.bytes(&Demand { frames, ..USUAL }, false));
    let frame = (bytes(7500) - bytes(125)) / 7375;
    // 5 latents of 4 · 64 · 64 numbers in 16 bits, and 1024 numbers in 32 of the speech.
    assert_eq!(frame, 5 * 4 * 64 * 64 * 2 + 1024 * 4);
}

#[test]
fn branches_go_together_where_there_is_room_and_a_gpu() {
    with_networks(Kind::Half, |networks| {
        let at_once = |bytes, is_gpu| branches_at_once(&room(bytes, is_gpu), &networks, &USUAL);
        let [one, all] = [false, true].map(|at_once| networks.bytes(&USUAL, at_once));
        assert_eq!(at_once(all, true), Ok(true));
        assert_eq!(at_once(all - 1, true), Ok(false));
        assert_eq!(at_once(one, true), Ok(false));
        assert_eq!(at_once(all, false), Ok(false), "the processor gains nothing");
        let unknown = Room { bytes: None, ..room(0, true) };
        assert_eq!(branches_at_once(&unknown, &networks, &USUAL), Ok(true));
    });
}

#[test]
fn a_job_that_cannot_fit_is_refused_with_what_would() {
    with_networks(Kind::Half, |networks| {
        let demand = Demand { shown: [1600, 1200], min_resolution: 1024, frames: 125, chunk: 10 };
        let refused = branches_at_once(&room(6 * GIB, true), &networks, &demand).unwrap_err();
        let MemoryError::Job { remedies, .. } = &refused else { panic!("{refused}") };
        assert!(!remedies.is_empty() && remedies[0].starts_with("min_resolution "), "{refused}");
        let words = refused.to_string();
        assert!(words.starts_with("10.0 seconds of 1344 by 1024 pixels (min_resolution 1024), need "), "{words}");
        let nothing = branches_at_once(&room(1000, true), &networks, &demand).unwrap_err().to_string();
        assert!(nothing.ends_with("no job would fit: free memory, or choose another device"), "{nothing}");
    });
}

#[test]
fn every_remedy_fits_and_one_step_more_does_not() {
    let asked = Demand { shown: [1000, 2000], min_resolution: 1024, frames: 200, chunk: 10 };
    let fits = |demand: &Demand| demand.size()[0] * demand.frames as usize <= 100_000;
    assert_eq!(asked.smaller(fits), [Remedy::MinResolution(448), Remedy::Duration(7.8)]);
    let side = |min_resolution| fits(&Demand { min_resolution, ..asked });
    assert!(side(448) && !side(512));
    let frames = |frames| fits(&Demand { frames, ..asked });
    assert!(frames(97) && !frames(98));
    let long = Demand { frames: 20_000, ..asked };
    assert_eq!(long.smaller(|demand| demand.frames < 10_000), [Remedy::Duration(300.0)], "no parameter asks for more");
    assert_eq!(asked.smaller(|_| false), []);
}
