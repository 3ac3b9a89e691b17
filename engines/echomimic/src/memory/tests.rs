//! Estimates grow with what they are of, and what does not fit is refused with what does.

use engine_api::{EngineError, ErrorKind};
use engine_diffusion::vae::VaeConfig;
use tch::Kind;

use super::*;
use crate::unet_config::UNetConfig;

const GIB: u64 = 1 << 30;

const USUAL: Demand =
    Demand { width: 512, height: 512, frames: 242, context_frames: 12, context_overlap: 3, fps: 24, is_guided: false };

fn with_networks<T>(kind: Kind, with: impl FnOnce(NetworkSizes<'_>) -> T) -> T {
    with(NetworkSizes { unet: &UNetConfig::default(), vae: &VaeConfig::default(), kind })
}

fn room(bytes: u64, is_gpu: bool) -> Room {
    Room { bytes: Some(bytes), is_limit: true, place: "CUDA device 0 in 16 bits".into(), is_gpu }
}

#[test]
fn estimates_grow_with_everything_that_takes_memory() {
    with_networks(Kind::Half, |networks| {
        let usual = networks.bytes(&USUAL, 1);
        let larger = [
            Demand { width: 520, ..USUAL },
            Demand { height: 520, ..USUAL },
            Demand { frames: 243, ..USUAL },
            Demand { context_frames: 13, ..USUAL },
            Demand { is_guided: true, ..USUAL },
        ];
        for demand in larger {
            assert!(networks.bytes(&demand, 1) > usual, "{demand:?}");
        }
        assert!(networks.bytes(&USUAL, 2) > usual);
        assert!(with_networks(Kind::Float, |single| single.bytes(&USUAL, 1)) > usual);
        // A window is no longer than the video.
        let short = Demand { frames: 4, ..USUAL };
        assert_eq!(networks.bytes(&Demand { context_frames: 30, ..short }, 1), networks.bytes(&short, 1));
    });
}

#[test]
fn ten_minutes_take_little_more_than_ten_seconds() {
    let bytes = |frames| with_networks(Kind::Half, |networks| networks.bytes(&Demand { frames, ..USUAL }, 1));
    let frame = (bytes(14_402) - bytes(242)) / 14_160;
    // 8 latents of 4 · 64 · 64 numbers, and the speech of 1/24 s.
    assert!((260_000..275_000).contains(&frame), "{frame}");
}

#[test]
fn as_many_windows_are_taken_as_fit_and_are_of_use() {
    with_networks(Kind::Half, |networks| {
        let windows = |bytes, is_gpu, most| windows_at_once(&room(bytes, is_gpu), &networks, &USUAL, most);
        assert_eq!(windows(64 * GIB, true, 0), Ok(MOST_WINDOWS));
        assert_eq!(windows(64 * GIB, true, 3), Ok(3));
        assert_eq!(windows(64 * GIB, false, 0), Ok(1));
        assert_eq!(windows(64 * GIB, true, 100), Ok(27));
        let three = networks.bytes(&USUAL, 3) + 10;
        assert_eq!(windows(three, true, 0), Ok(3));
        let unknown = Room { bytes: None, ..room(0, true) };
        assert_eq!(windows_at_once(&unknown, &networks, &USUAL, 0), Ok(MOST_WINDOWS));
    });
}

#[test]
fn a_job_that_cannot_fit_is_refused_with_what_would() {
    with_networks(Kind::Half, |networks| {
        let demand = Demand { width: 1024, height: 768, is_guided: true, ..USUAL };
        let room = room(5 * GIB, true);
        let refused = windows_at_once(&room, &networks, &demand, 0).unwrap_err();
        let MemoryError::Job { remedies, .. } = &refused else { panic!("{refused}") };
        assert!(remedies.len() >= 2, "{refused}");
        let words = refused.to_string();
        assert!(
            words.contains("242 frames of 1024 by 768 pixels, 12 of them (context_frames) at once with guidance"),
            "{words}"
        );
        assert!(
            words.contains("GiB beside the networks, and 5.0 GiB can be had on CUDA device 0 in 16 bits"),
            "{words}"
        );
        for remedy in remedies {
            assert!(words.contains(remedy), "{words}");
        }
        assert_eq!(EngineError::from(refused).kind, ErrorKind::Input);
    });
}

#[test]
fn every_remedy_fits_and_one_step_more_does_not() {
    let asked = Demand { width: 1024, height: 520, ..USUAL };
    let fits = |demand: &Demand| u64::from(demand.width * demand.height) * u64::from(demand.context_frames) < 2_000_000;
    let remedies = asked.smaller(fits);
    assert_eq!(remedies, [Remedy::ContextFrames(3), Remedy::Size(576, 288)]);
    assert!(!fits(&Demand { context_frames: 4, ..asked }) && !fits(&Demand { width: 584, height: 296, ..asked }));
    assert_eq!(asked.smaller(|_| false), []);
    let guided = Demand { is_guided: true, ..asked };
    assert_eq!(guided.smaller(|demand| !demand.is_guided), [Remedy::Unguided]);
    assert_eq!(asked.smaller(|demand| demand.frames <= 100), [Remedy::Length(60)]);
}
