//! The sounds that babble is made of.

use crate::random::Random;

/// A consonant that opens a syllable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onset {
    /// p: the lips close, then burst open.
    P,
    /// t: the tongue closes, then bursts open.
    T,
    /// k: the back of the tongue closes, then bursts open.
    K,
    /// s: a hiss.
    S,
    /// sh: a lower hiss.
    Sh,
    /// f: breath between lip and teeth.
    F,
    /// m: closed lips, sound through the nose.
    M,
    /// n: tongue closed, sound through the nose.
    N,
    /// l: voiced, tongue at the teeth.
    L,
    /// w: voiced, rounded lips.
    W,
}

/// A vowel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vowel {
    /// As in "father": the widest mouth.
    A,
    /// As in "bed".
    E,
    /// As in "see": spread lips.
    I,
    /// As in "thought": rounded lips.
    O,
    /// As in "food": the smallest, roundest mouth.
    U,
    /// As in "about".
    Schwa,
}

/// How a consonant is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Stop,
    Fricative,
    Nasal,
    Glide,
}

/// Middle frequencies of the four lowest resonances, in Hz.
pub(super) type Formants = [f32; 4];

/// Where in the spectrum a consonant's noise lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hiss {
    pub(super) frequency: f32,
    pub(super) bandwidth: f32,
    pub(super) loudness: f32,
}

impl Onset {
    pub(super) fn any(random: &mut Random) -> Self {
        random.choose(&[Self::P, Self::T, Self::K, Self::S, Self::Sh, Self::F, Self::M, Self::N, Self::L, Self::W])
    }

    pub(super) fn manner(self) -> Manner {
        match self {
            Self::P | Self::T | Self::K => Manner::Stop,
            Self::S | Self::Sh | Self::F => Manner::Fricative,
            Self::M | Self::N => Manner::Nasal,
            Self::L | Self::W => Manner::Glide,
        }
    }

    pub(super) fn seconds(self) -> f64 {
        match self.manner() {
            Manner::Stop => 0.075,
            Manner::Fricative => 0.090,
            Manner::Nasal => 0.065,
            Manner::Glide => 0.055,
        }
    }

    /// The resonances that the vowel's start from; after the locus values of Klatt (1980).
    pub(super) fn formants(self) -> Formants {
        match self {
            Self::P | Self::F => [300.0, 900.0, 2200.0, 3400.0],
            Self::T | Self::S => [300.0, 1700.0, 2700.0, 3500.0],
            Self::K | Self::Sh => [300.0, 1950.0, 2500.0, 3400.0],
            Self::M => [250.0, 1000.0, 2200.0, 3300.0],
            Self::N => [250.0, 1500.0, 2500.0, 3400.0],
            Self::L => [340.0, 1100.0, 2700.0, 3500.0],
            Self::W => [290.0, 650.0, 2200.0, 3300.0],
        }
    }

    pub(super) fn hiss(self) -> Option<Hiss> {
        let (frequency, bandwidth, loudness) = match self {
            Self::P => (900.0, 1200.0, 0.8),
            Self::T => (4200.0, 1800.0, 0.30),
            Self::K => (2000.0, 900.0, 0.5),
            Self::S => (5800.0, 1500.0, 0.10),
            Self::Sh => (3000.0, 1300.0, 0.2),
            Self::F => (4500.0, 5000.0, 0.10),
            Self::M | Self::N | Self::L | Self::W => return None,
        };
        Some(Hiss { frequency, bandwidth, loudness })
    }
}

impl Vowel {
    pub(super) fn any(random: &mut Random) -> Self {
        random.choose(&[Self::A, Self::A, Self::E, Self::I, Self::O, Self::U, Self::Schwa])
    }

    /// Averages of men's voices; the first three after Peterson and Barney (1952).
    pub(super) fn formants(self) -> Formants {
        match self {
            Self::A => [730.0, 1090.0, 2440.0, 3400.0],
            Self::E => [530.0, 1840.0, 2480.0, 3500.0],
            Self::I => [270.0, 2290.0, 3010.0, 3600.0],
            Self::O => [570.0, 840.0, 2410.0, 3300.0],
            Self::U => [300.0, 870.0, 2240.0, 3300.0],
            Self::Schwa => [500.0, 1400.0, 2400.0, 3400.0],
        }
    }

    /// How loud the vowel is against the loudest; small mouths are quieter.
    pub(super) fn loudness(self) -> f32 {
        match self {
            Self::A => 1.0,
            Self::E | Self::O => 0.9,
            Self::I | Self::U => 0.7,
            Self::Schwa => 0.6,
        }
    }
}
