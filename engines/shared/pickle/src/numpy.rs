//! numpy arrays, types and numbers of a pickle.

use crate::error::UnpickleError;
use crate::globals::Global;
use crate::value::{Array, Id, Kind, Node, NumpyType, Value};

/// Most axes of an array.
pub(super) const MAX_AXES: usize = 8;

const MALFORMED: UnpickleError = UnpickleError::Malformed("a numpy object has an unexpected form");

/// What calling a permitted name gives.
pub(super) fn reduce(nodes: &[Node], global: Global, arguments: &[Id]) -> Result<Node, UnpickleError> {
    match (global, arguments) {
        (Global::Reconstruct, [class, _, _]) if matches!(nodes[*class], Node::Global(Global::NdArray)) => {
            Ok(Node::Empty)
        }
        (Global::Dtype, [name, ..]) => match &nodes[*name] {
            Node::Value(Value::Str(name)) => NumpyType::named(name).map(Node::NumpyType),
            _ => Err(MALFORMED),
        },
        (Global::Scalar, [dtype, bytes]) => scalar(dtype_of(nodes, *dtype)?, bytes_of(nodes, *bytes)?),
        (Global::FromBuffer, [bytes, dtype, shape, order]) => {
            let fortran = matches!(&nodes[*order], Node::Value(Value::Str(order)) if order == "F");
            let shape = shape_of(nodes, *shape)?;
            array(shape, dtype_of(nodes, *dtype)?, fortran, bytes_of(nodes, *bytes)?)
        }
        _ => Err(MALFORMED),
    }
}

/// What an object becomes when its state is set.
pub(super) fn build(nodes: &[Node], target: Id, state: Id) -> Result<Node, UnpickleError> {
    let Node::Tuple(state) = &nodes[state] else {
        return Err(MALFORMED);
    };
    match (&nodes[target], state.as_slice()) {
        (Node::Empty, [_version, shape, dtype, fortran, bytes]) => {
            let fortran = matches!(nodes[*fortran], Node::Value(Value::Bool(true)));
            let (shape, dtype) = (shape_of(nodes, *shape)?, dtype_of(nodes, *dtype)?);
            match &nodes[*bytes] {
                Node::List(items) if dtype.kind == Kind::Object => match count(&shape) {
                    Some(count) if count == items.len() => Ok(Node::Objects(*bytes)),
                    _ => Err(UnpickleError::Malformed("an array's objects do not fill its shape")),
                },
                _ => array(shape, dtype, fortran, bytes_of(nodes, *bytes)?),
            }
        }
        (Node::NumpyType(dtype), [_version, order, ..]) => match &nodes[*order] {
            Node::Value(Value::Str(order)) if ["<", "|", "="].contains(&order.as_str()) => Ok(Node::NumpyType(*dtype)),
            Node::Value(Value::Str(order)) if order == ">" => {
                Ok(Node::NumpyType(NumpyType { big_endian: true, ..*dtype }))
            }
            _ => Err(MALFORMED),
        },
        _ => Err(MALFORMED),
    }
}

fn dtype_of(nodes: &[Node], id: Id) -> Result<NumpyType, UnpickleError> {
    match nodes[id] {
        Node::NumpyType(dtype) => Ok(dtype),
        _ => Err(MALFORMED),
    }
}

fn bytes_of(nodes: &[Node], id: Id) -> Result<&[u8], UnpickleError> {
    match &nodes[id] {
        Node::Value(Value::Bytes(bytes)) => Ok(bytes),
        _ => Err(MALFORMED),
    }
}

fn shape_of(nodes: &[Node], id: Id) -> Result<Vec<usize>, UnpickleError> {
    let Node::Tuple(axes) = &nodes[id] else {
        return Err(MALFORMED);
    };
    if axes.len() > MAX_AXES {
        return Err(UnpickleError::TooLarge("axes of an array"));
    }
    let extent = |axis: &Id| match nodes[*axis] {
        Node::Value(Value::Int(extent)) => usize::try_from(extent).map_err(|_| MALFORMED),
        _ => Err(MALFORMED),
    };
    axes.iter().map(extent).collect()
}

fn scalar(dtype: NumpyType, bytes: &[u8]) -> Result<Node, UnpickleError> {
    if bytes.len() != dtype.size {
        return Err(MALFORMED);
    }
    let number = dtype.number(bytes);
    Ok(Node::Value(match dtype.kind {
        Kind::Float => Value::Float(number),
        Kind::Bool => Value::Bool(number != 0.0),
        Kind::Signed | Kind::Unsigned => Value::Int(number as i64),
        Kind::Object => return Err(MALFORMED),
    }))
}

fn array(shape: Vec<usize>, dtype: NumpyType, fortran: bool, bytes: &[u8]) -> Result<Node, UnpickleError> {
    numbers(shape, dtype, fortran, bytes).map(|array| Node::Value(Value::Array(array)))
}

/// The array that so many bytes stand for, in row-major order; `fortran` says that they are in column-major order.
pub(super) fn numbers(
    shape: Vec<usize>,
    dtype: NumpyType,
    fortran: bool,
    bytes: &[u8],
) -> Result<Array, UnpickleError> {
    if dtype.kind == Kind::Object {
        return Err(MALFORMED);
    }
    if count(&shape).and_then(|count| count.checked_mul(dtype.size)) != Some(bytes.len()) {
        return Err(UnpickleError::Malformed("an array's bytes do not fill its shape"));
    }
    let stored: Vec<f64> = bytes.chunks_exact(dtype.size).map(|bytes| dtype.number(bytes)).collect();
    let values = if fortran { row_major(&shape, &stored) } else { stored };
    Ok(Array { shape, values })
}

fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |product, extent| product.checked_mul(*extent))
}

fn row_major(shape: &[usize], stored: &[f64]) -> Vec<f64> {
    let at = |index: usize| {
        let mut rest = index;
        let mut stride = stored.len();
        let mut column_major = 0;
        for extent in shape.iter().rev() {
            stride /= extent;
            column_major += rest % extent * stride;
            rest /= extent;
        }
        stored[column_major]
    };
    (0..stored.len()).map(at).collect()
}

impl NumpyType {
    /// The type with this name, without a sign for the order of bytes.
    pub(super) fn named(name: &str) -> Result<Self, UnpickleError> {
        let (kind, size) = match name {
            "f4" => (Kind::Float, 4),
            "f8" => (Kind::Float, 8),
            "i1" => (Kind::Signed, 1),
            "i2" => (Kind::Signed, 2),
            "i4" => (Kind::Signed, 4),
            "i8" => (Kind::Signed, 8),
            "u1" => (Kind::Unsigned, 1),
            "u2" => (Kind::Unsigned, 2),
            "u4" => (Kind::Unsigned, 4),
            "u8" => (Kind::Unsigned, 8),
            "b1" => (Kind::Bool, 1),
            "O" | "O8" => (Kind::Object, 8),
            _ => return Err(UnpickleError::Global(format!("numpy.dtype({name:?})"))),
        };
        Ok(Self { kind, size, big_endian: false })
    }

    /// The number that these bytes hold; there are as many as the type needs.
    fn number(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        let word_bytes = word.iter_mut().zip(bytes);
        word_bytes.for_each(|(to, from)| *to = *from);
        if self.big_endian {
            word[..self.size].reverse();
        }
        let unsigned = u64::from_le_bytes(word);
        match (self.kind, self.size) {
            (Kind::Float, 4) => f64::from(f32::from_bits(unsigned as u32)),
            (Kind::Float, _) => f64::from_bits(unsigned),
            (Kind::Signed, size) => {
                let unused = 64 - 8 * size as u32;
                ((unsigned << unused) as i64 >> unused) as f64
            }
            (Kind::Unsigned | Kind::Bool | Kind::Object, _) => unsigned as f64,
        }
    }
}
