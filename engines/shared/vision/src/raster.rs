//! Pixels in rows, channels interleaved.

/// An image: `data[(y * width + x) * channels + c]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster<T> {
    width: usize,
    height: usize,
    channels: usize,
    data: Vec<T>,
}

impl<T: Copy + Default> Raster<T> {
    /// An image of zeros. Sizes in pixels.
    #[must_use]
    pub fn zeros(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, data: vec![T::default(); width * height * channels] }
    }

    /// An image of given samples; `None` where their number does not fit the size.
    #[must_use]
    pub fn new(width: usize, height: usize, channels: usize, data: Vec<T>) -> Option<Self> {
        (data.len() == width * height * channels).then_some(Self { width, height, channels, data })
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Samples per pixel.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All samples, row by row.
    #[must_use]
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All samples, to be changed.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The samples of row `y`.
    #[must_use]
    pub fn row(&self, y: usize) -> &[T] {
        let len = self.width * self.channels;
        &self.data[y * len..][..len]
    }

    /// The samples of row `y`, to be changed.
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        let len = self.width * self.channels;
        &mut self.data[y * len..][..len]
    }
}

impl Raster<u8> {
    /// Planes (C, H, W) of `scale(sample)`, channels in the order given: `[0, 1, 2]` or, for networks that want
    /// blue first, `[2, 1, 0]`.
    #[must_use]
    pub fn planes(&self, order: &[usize], scale: impl Fn(u8) -> f32) -> Vec<f32> {
        let table: [f32; 256] = std::array::from_fn(|sample| scale(sample as u8));
        let plane = |&channel: &usize| self.data[channel..].iter().step_by(self.channels);
        order.iter().flat_map(|channel| plane(channel).map(|&sample| table[usize::from(sample)])).collect()
    }
}
