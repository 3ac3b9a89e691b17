//! A rectangle of values, filled and blurred on all processor cores.

use std::thread;

/// Values in rows from the top left.
pub(super) struct Plane<T> {
    pub(super) width: usize,
    pub(super) height: usize,
    values: Vec<T>,
}

impl<T: Copy + Default + Send + Sync> Plane<T> {
    /// Calls `value(x, y)` for every place; the order of the calls is open.
    pub(super) fn filled(width: usize, height: usize, value: impl Fn(usize, usize) -> T + Sync) -> Self {
        let mut values = vec![T::default(); width * height];
        let threads = thread::available_parallelism().map_or(1, usize::from);
        // Small bands keep the threads level: the face takes far longer than the background.
        let mut bands: Vec<Vec<(usize, &mut [T])>> = (0..threads).map(|_| Vec::new()).collect();
        for (y, row) in values.chunks_mut(width).enumerate() {
            bands[y % threads].push((y, row));
        }
        thread::scope(|scope| {
            for band in bands {
                let value = &value;
                scope.spawn(move || {
                    for (y, row) in band {
                        for (x, place) in row.iter_mut().enumerate() {
                            *place = value(x, y);
                        }
                    }
                });
            }
        });
        Self { width, height, values }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> T {
        self.values[y * self.width + x]
    }

    /// The value at the nearest place inside the plane.
    pub(super) fn near(&self, x: f32, y: f32) -> T {
        let column = (x.max(0.0) as usize).min(self.width - 1);
        let row = (y.max(0.0) as usize).min(self.height - 1);
        self.at(column, row)
    }
}

impl Plane<f32> {
    /// Blurred by about a bell curve of the given deviation, in pixels; the edge repeats.
    pub(super) fn blurred(&self, deviation: f32) -> Self {
        // Three box blurs approach a bell curve: each adds ((2 r + 1)² - 1) / 12 to the variance.
        let radius = (((4.0 * deviation * deviation + 1.0).sqrt() - 1.0) / 2.0).round() as usize;
        if radius == 0 {
            return self.turned().turned();
        }
        let mut plane = self.turned();
        for _ in 0..2 {
            for row in plane.values.chunks_mut(plane.width) {
                for _ in 0..3 {
                    box_blur(row, radius);
                }
            }
            plane = plane.turned();
        }
        plane.turned()
    }

    fn turned(&self) -> Self {
        Self::filled(self.height, self.width, |x, y| self.at(y, x))
    }
}

fn box_blur(row: &mut [f32], radius: usize) {
    let source = row.to_vec();
    let last = source.len() - 1;
    let share = 1.0 / (2 * radius + 1) as f32;
    let mut sum = source[0] * radius as f32;
    for place in 0..=radius {
        sum += source[place.min(last)];
    }
    for (place, value) in row.iter_mut().enumerate() {
        *value = sum * share;
        sum += source[(place + radius + 1).min(last)] - source[place.saturating_sub(radius)];
    }
}
