//! Constants in 16 bits.

use half::f16;

use crate::protobuf::{Value, fields, put_bytes, put_varint};
use crate::schema::{FLOAT16, TENSOR_DIMS, TENSOR_FLOATS, TENSOR_FORMAT, TENSOR_NAME, TENSOR_RAW};

/// A tensor of f32 in 16 bits, under another name.
///
/// # Errors
/// Where it is no tensor.
pub(super) fn in_16_bits(tensor: &[u8], name: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut narrow = Vec::with_capacity(tensor.len() / 2 + 64);
    let mut values: Vec<u8> = Vec::with_capacity(tensor.len() / 2);
    for field in fields(tensor) {
        let field = field?;
        match (field.number, &field.value) {
            (TENSOR_DIMS, _) => narrow.extend_from_slice(field.raw),
            (TENSOR_RAW | TENSOR_FLOATS, Value::Bytes(floats)) => append(&mut values, floats)?,
            // Numbers that do not lie in one piece each have a tag of one byte.
            (TENSOR_FLOATS, Value::Fixed) => append(&mut values, &field.raw[1..])?,
            _ => {}
        }
    }
    put_varint(&mut narrow, TENSOR_FORMAT, FLOAT16);
    put_bytes(&mut narrow, TENSOR_NAME, name);
    put_bytes(&mut narrow, TENSOR_RAW, &values);
    Ok(narrow)
}

fn append(values: &mut Vec<u8>, floats: &[u8]) -> Result<(), &'static str> {
    let (floats, rest) = floats.as_chunks::<4>();
    if !rest.is_empty() {
        return Err("a weight is cut off");
    }
    values.extend(floats.iter().flat_map(|float| narrowed(f32::from_le_bytes(*float)).to_le_bytes()));
    Ok(())
}

/// The nearest number in 16 bits, but finite numbers stay finite, and no number becomes 0 that is none: it may be divided by.
fn narrowed(value: f32) -> f16 {
    if value == 0.0 || !value.is_finite() {
        return f16::from_f32(value);
    }
    let (smallest, largest) = (f16::MIN_POSITIVE_SUBNORMAL.to_f32(), f16::MAX.to_f32());
    f16::from_f32(value.abs().clamp(smallest, largest).copysign(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_16_bits_become_the_last_ones_within() {
        let narrow = |value| narrowed(value).to_f32();
        assert_eq!([narrow(1.0), narrow(-0.5), narrow(0.0)], [1.0, -0.5, 0.0]);
        assert_eq!([narrow(1e9), narrow(-1e5), narrow(65_519.0)], [65_504.0, -65_504.0, 65_504.0]);
        assert_eq!([narrow(1e-12), narrow(-1e-8)], [2.0_f32.powi(-24), -2.0_f32.powi(-24)]);
        assert_eq!([narrow(f32::INFINITY), narrow(f32::NEG_INFINITY)], [f32::INFINITY, f32::NEG_INFINITY]);
        assert!(narrow(f32::NAN).is_nan());
    }

    #[test]
    fn values_are_found_however_they_are_written() {
        let floats: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        let halves: Vec<u8> = [1.5, -2.0].iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
        let (mut raw, mut packed, mut single) = (vec![], vec![], vec![]);
        put_bytes(&mut raw, TENSOR_RAW, &floats);
        put_bytes(&mut packed, TENSOR_FLOATS, &floats);
        for float in floats.as_chunks::<4>().0 {
            single.push((TENSOR_FLOATS << 3 | 5) as u8);
            single.extend_from_slice(float);
        }
        let mut wanted = vec![];
        put_varint(&mut wanted, TENSOR_FORMAT, FLOAT16);
        put_bytes(&mut wanted, TENSOR_NAME, b"w");
        put_bytes(&mut wanted, TENSOR_RAW, &halves);
        for tensor in [raw, packed, single] {
            assert_eq!(in_16_bits(&tensor, b"w").unwrap(), wanted);
        }
        let mut cut = vec![];
        put_bytes(&mut cut, TENSOR_RAW, &floats[..7]);
        assert!(in_16_bits(&cut, b"w").is_err());
    }
}
