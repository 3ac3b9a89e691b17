//! Samples of any colour space as sRGB.
//!
//! What cannot be made sense of is passed over, as browsers do: a broken profile is no reason to refuse a picture, whose
//! numbers are then taken for those of sRGB.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moxcms::TransformExecutor;

use sample::{Sample, Samples};
use source::Source;

mod light;
pub(super) mod sample;
pub(super) mod source;

/// Converts pixels of one kind of colour to sRGB.
pub(super) struct Conversion<T> {
    executor: Arc<dyn TransformExecutor<T> + Send + Sync>,
    samples: Samples,
    colours: Vec<T>,
    converted: Vec<T>,
}

impl<T: Sample> Conversion<T> {
    /// None where the numbers may stay as they are: they are those of sRGB, or what the file says of them makes no sense.
    pub(super) fn new(source: &Source, samples: Samples) -> Option<Self> {
        // What a stranger's profile does to the library is not told by its types: a panic counts as nonsense.
        catch_unwind(AssertUnwindSafe(|| Self::prepare(source, samples))).ok().flatten()
    }

    fn prepare(source: &Source, samples: Samples) -> Option<Self> {
        let profile = source.profile(samples)?;
        let executor = match light::HighRange::of::<T>(&profile, samples) {
            Some(high_range) => Arc::new(high_range),
            None => T::executor(&profile, samples)?,
        };
        let mut conversion = Self { executor, samples, colours: Vec::new(), converted: Vec::new() };
        conversion.makes_a_difference().then_some(conversion)
    }

    /// Tries colours from all over the space: what makes white as dark as black is no conversion, and what changes
    /// nothing is none that is needed.
    fn makes_a_difference(&mut self) -> bool {
        let levels = self.samples.probe();
        let pixels: Vec<T> = levels.iter().copied().map(T::of_level).collect();
        let mut rgb = vec![0; 3 * levels.len() / self.samples.count()];
        self.convert(&pixels, &mut rgb);
        let light = |pixel: &[u8]| pixel.iter().map(|&channel| i32::from(channel)).sum::<i32>();
        let (first, last) = (light(&rgb[..3]), light(&rgb[rgb.len() - 3..]));
        let (white, black) = if self.samples == Samples::Cmyk { (first, last) } else { (last, first) };
        let kept = match self.samples {
            Samples::Grey => levels.iter().zip(rgb.as_chunks::<3>().0).all(|(level, rgb)| near(&[*level; 3], rgb)),
            Samples::Rgb => near(&levels, &rgb),
            Samples::Cmyk => false,
        };
        white > black + 3 * 32 && !kept
    }

    /// Converts pixels, three bytes of `rgb` for each. Those that have a sample more than their colour needs are laid over
    /// white by it.
    pub(super) fn convert(&mut self, pixels: &[T], rgb: &mut [u8]) {
        let (count, of_colour) = (rgb.len() / 3, self.samples.count());
        let channels = pixels.len() / count.max(1);
        self.converted.resize(3 * count, T::of_level(0));
        let colours = if channels == of_colour {
            pixels
        } else {
            self.colours.clear();
            self.colours.extend(pixels.chunks_exact(channels).flat_map(|pixel| &pixel[..of_colour]));
            &self.colours
        };
        self.executor.transform(colours, &mut self.converted).expect("as many pixels go in as come out");
        let converted = self.converted.as_chunks::<3>().0.iter().map(|pixel| pixel.map(T::level));
        if channels == of_colour {
            rgb.as_chunks_mut::<3>().0.iter_mut().zip(converted).for_each(|(out, pixel)| *out = pixel);
        } else {
            let opacity = pixels.chunks_exact(channels).map(|pixel| pixel[of_colour].level());
            for ((out, pixel), opacity) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(converted).zip(opacity) {
                *out = on_white(pixel, opacity);
            }
        }
    }
}

fn near(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= 1)
}

/// Blends transparency onto white, which is what people see behind a cut-out portrait.
pub(super) fn on_white(color: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u32::from(alpha);
    color.map(|channel| ((u32::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

#[cfg(test)]
pub(super) mod fixtures;
#[cfg(test)]
mod tests;
