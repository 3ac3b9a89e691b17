//! Pictures that ask for much more than they are: files of a few kilobytes, made byte by byte.

/// How a JPEG is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// All of it in one scan.
    Baseline,
    /// One scan for each component.
    OneByOne,
    /// In passes: this many more than the first, each over the whole picture.
    Progressive(usize),
}

/// A grey JPEG of this size, whose components have these sampling factors, across and down.
///
/// Its tables know one code of one bit, for "nothing" (no difference, end of block), so that its data are zeros.
pub fn jpeg((width, height): (u16, u16), factors: &[(u8, u8)], coding: Coding) -> Vec<u8> {
    let progressive = matches!(coding, Coding::Progressive(_));
    let mut file = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    file.extend([1; 64]);
    let count = factors.len() as u8;
    file.extend([0xff, if progressive { 0xc2 } else { 0xc0 }, 0, 8 + 3 * count, 8]);
    file.extend(height.to_be_bytes().into_iter().chain(width.to_be_bytes()));
    file.push(count);
    for (id, (across, down)) in (1..).zip(factors) {
        file.extend([id, across << 4 | down, 0]);
    }
    for class in [0x00, 0x10] {
        file.extend([0xff, 0xc4, 0, 20, class, 1]);
        file.extend([0; 16]);
    }
    let most = factors.iter().fold((1, 1), |most, factors| (most.0.max(factors.0), most.1.max(factors.1)));
    let blocks = |across: u8, down: u8| {
        let part = |length: u16, share: u8, most: u8| {
            (usize::from(length) * usize::from(share)).div_ceil(8 * usize::from(most))
        };
        part(width, across, most.0) * part(height, down, most.1)
    };
    let units = blocks(1, 1);
    let bits = if progressive { 1 } else { 2 };
    let mut scan = |components: std::ops::RangeInclusive<u8>, passes: [u8; 3], bits: usize| {
        let count = components.clone().count() as u8;
        file.extend([0xff, 0xda, 0, 6 + 2 * count, count]);
        file.extend(components.flat_map(|id| [id, 0]));
        file.extend(passes);
        file.extend(vec![0; bits.div_ceil(8)]);
    };
    match coding {
        Coding::OneByOne => {
            for (id, &(across, down)) in (1..).zip(factors) {
                scan(id..=id, [0, 63, 0], 2 * blocks(across, down));
            }
        }
        Coding::Baseline | Coding::Progressive(_) => {
            let of_a_unit: usize =
                if factors.len() == 1 { 1 } else { factors.iter().map(|(h, v)| usize::from(h * v)).sum() };
            scan(1..=count, if progressive { [0, 0, 1] } else { [0, 63, 0] }, bits * units * of_a_unit);
        }
    }
    if let Coding::Progressive(more) = coding {
        for _ in 0..more {
            scan(1..=1, [0, 0, 0x10], blocks(factors[0].0, factors[0].1));
        }
    }
    file.extend(b"\xff\xd9");
    file
}

/// A lossless WebP of 8x8 pixels with 65,536 groups of five codes, each with a table of four kilobytes.
pub fn greedy_webp() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(7, 14);
    bits.put(7, 14);
    bits.put(0, 4); // no alpha, version 0
    bits.put(0, 1); // no transform
    bits.put(0, 1); // no colour cache
    bits.put(1, 1); // groups of codes, told by a picture
    bits.put(0, 3); // of 2x2 pixels
    bits.put(0, 1); // without a colour cache
    for value in [255, 255, 0, 0] {
        bits.put(0b101, 3); // one symbol of 8 bits
        bits.put(value, 8);
    }
    bits.put(0b001, 3); // one symbol of 1 bit
    bits.put(0, 1);
    for _ in 0..5 * 65_536 {
        put_code(&mut bits);
    }
    let mut chunk = b"VP8L".to_vec();
    chunk.extend((bits.bytes.len() as u32).to_le_bytes());
    chunk.extend(&bits.bytes);
    if !bits.bytes.len().is_multiple_of(2) {
        chunk.push(0);
    }
    let mut file = b"RIFF".to_vec();
    file.extend((4 + chunk.len() as u32).to_le_bytes());
    file.extend(b"WEBP");
    file.extend(chunk);
    file
}

/// A code of eleven symbols whose lengths are 1 to 10 and 10.
fn put_code(bits: &mut Bits) {
    bits.put(0, 1);
    bits.put(10, 4); // fourteen lengths of the code that writes the lengths
    // In the order 17, 18, 0, 1 to 5, 16, 6 to 10: three bits for 1 to 6, four for 7 to 10.
    for length in [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4] {
        bits.put(length, 3);
    }
    bits.put(1, 1); // the first symbols alone
    bits.put(1, 3); // four bits for their number
    bits.put(11 - 2, 4);
    for length in (1..=10).chain([10]) {
        let (code, size): (u32, u32) = if length <= 6 { (length - 1, 3) } else { (12 + length - 7, 4) };
        bits.put(code.reverse_bits() >> (32 - size), size);
    }
}

/// Bits in bytes, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u32, size: u32) {
        for n in 0..size {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if value >> n & 1 == 1
                && let Some(last) = self.bytes.last_mut()
            {
                *last |= 1 << (self.used % 8);
            }
            self.used += 1;
        }
    }
}
