//! What the numbers of a pixel are.

use std::sync::Arc;

use moxcms::{ColorProfile, Layout, RenderingIntent, TransformExecutor, TransformOptions};

/// What the samples of a pixel stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::picture) enum Samples {
    /// One: how light it is.
    Grey,
    /// Three.
    Rgb,
    /// Four: how much of each ink, from none to all.
    Cmyk,
}

impl Samples {
    /// How many a pixel has.
    pub(in crate::picture) fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    /// Pixels from all over the space: the first has all samples at their least, the last at their most.
    pub(super) fn probe(self) -> Vec<u8> {
        let levels: &[u8] = match self {
            Self::Grey => return (0..=255).collect(),
            Self::Rgb => &[0, 51, 102, 153, 204, 255],
            Self::Cmyk => &[0, 128, 255],
        };
        let mut pixels: Vec<Vec<u8>> = vec![Vec::new()];
        for _ in 0..self.count() {
            let longer = |pixel: &Vec<u8>| levels.iter().map(|&level| [&pixel[..], &[level]].concat()).collect();
            pixels = pixels.iter().flat_map::<Vec<Vec<u8>>, _>(longer).collect();
        }
        pixels.concat()
    }

    /// The library has one layout for four samples, whatever they stand for.
    fn layout(self) -> Layout {
        match self {
            Self::Grey => Layout::Gray,
            Self::Rgb => Layout::Rgb,
            Self::Cmyk => Layout::Rgba,
        }
    }
}

/// A number of a pixel: eight bits or sixteen.
pub(in crate::picture) trait Sample: Copy + Default + 'static {
    /// How many values there are.
    const VALUES: usize;

    /// The one that stands for this level of eight bits.
    fn of_level(level: u8) -> Self;

    /// The nearest level of eight bits.
    fn level(self) -> u8;

    /// Its number among all values.
    fn value(self) -> usize;

    /// The whole of a sample of which only as much was stored as is opaque.
    fn whole(self, opacity: Self) -> Self;

    /// The library's conversion from this profile to sRGB, if it knows one.
    fn executor(profile: &ColorProfile, samples: Samples) -> Option<Arc<dyn TransformExecutor<Self> + Send + Sync>>;
}

impl Sample for u8 {
    const VALUES: usize = 1 << 8;

    fn of_level(level: u8) -> Self {
        level
    }

    fn level(self) -> u8 {
        self
    }

    fn value(self) -> usize {
        self.into()
    }

    fn whole(self, opacity: Self) -> Self {
        let whole = (u64::from(self) * 255).checked_div(opacity.into());
        whole.map_or(Self::MAX, |whole| whole.min(255) as Self)
    }

    fn executor(profile: &ColorProfile, samples: Samples) -> Option<Arc<dyn TransformExecutor<u8> + Send + Sync>> {
        let srgb = ColorProfile::new_srgb();
        by_any_intent(|options| profile.create_transform_8bit(samples.layout(), &srgb, Layout::Rgb, options).ok())
    }
}

impl Sample for u16 {
    const VALUES: usize = 1 << 16;

    fn of_level(level: u8) -> Self {
        u16::from(level) * 257
    }

    fn level(self) -> u8 {
        ((u32::from(self) + 128) / 257) as u8
    }

    fn value(self) -> usize {
        self.into()
    }

    fn whole(self, opacity: Self) -> Self {
        let whole = (u64::from(self) * 65_535).checked_div(opacity.into());
        whole.map_or(Self::MAX, |whole| whole.min(65_535) as Self)
    }

    fn executor(profile: &ColorProfile, samples: Samples) -> Option<Arc<dyn TransformExecutor<u16> + Send + Sync>> {
        let srgb = ColorProfile::new_srgb();
        by_any_intent(|options| profile.create_transform_16bit(samples.layout(), &srgb, Layout::Rgb, options).ok())
    }
}

/// A profile of tables need not have one for each intent.
fn by_any_intent<E>(create: impl Fn(TransformOptions) -> Option<E>) -> Option<E> {
    [RenderingIntent::Perceptual, RenderingIntent::RelativeColorimetric, RenderingIntent::Saturation]
        .into_iter()
        .find_map(|rendering_intent| create(TransformOptions { rendering_intent, ..TransformOptions::default() }))
}
