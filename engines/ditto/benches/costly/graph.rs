//! Adds nodes to a graph that compute for a while and leave its results as they are.
//!
//! The first output gets a new name in the graph, `NAME__cheap`. From its mean, which nobody knows before the run, a
//! tensor is made that goes through as many layers as the cost asks for; what comes out is added, times next to
//! nothing, and the sum bears the old name. So no optimiser can compute the layers ahead or leave them out.

use super::protobuf::{Field, Value, fields, put_bytes, put_varint, rewritten};

// Field numbers of onnx.proto.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_OUTPUT: u64 = 12;
const VALUE_NAME: u64 = 1;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_OPERATOR: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_NAME: u64 = 1;
const ATTRIBUTE_INT: u64 = 3;
const ATTRIBUTE_INTS: u64 = 8;
const ATTRIBUTE_TYPE: u64 = 20;
const TENSOR_DIMS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW: u64 = 9;

// Values of its enumerations.
const TYPE_INT: u64 = 2;
const TYPE_INTS: u64 = 7;
const F32: u64 = 1;
const I64: u64 = 7;

/// So little that adding it to a value of a network gives that value, and still no zero, which an optimiser might see.
const NEXT_TO_NOTHING: f32 = 1e-30;

/// A layer with its largest input.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A convolution of 3 by 3, as many channels in as out.
    Conv { channels: u64, width: u64, height: u64 },
    /// A product of rows with a square matrix.
    MatMul { width: u64, rows: u64 },
}

/// Layers that cost a given number of operations.
pub(super) struct Load {
    kind: Kind,
    layers: u64,
    /// Height or rows of the input, which makes up for the layers being a whole number.
    rows: u64,
}

impl Load {
    /// The load of about `operations` (a multiply-add is two), and at least one layer with one row.
    pub(super) fn new(kind: Kind, operations: f64) -> Self {
        let (row, most) = match kind {
            Kind::Conv { channels, width, height } => (2 * 9 * channels * channels * width, height),
            Kind::MatMul { width, rows } => (2 * width * width, rows),
        };
        let rows = operations / row as f64;
        let layers = (rows / most as f64).ceil().max(1.0);
        Self { kind, layers: layers as u64, rows: (rows / layers).round().max(1.0) as u64 }
    }

    /// The operator of a layer, the shape of its weights, how many inputs make up one output, and the shape of its input.
    fn layer(&self) -> (&'static str, Vec<u64>, u64, Vec<u64>) {
        let rows = self.rows;
        match self.kind {
            Kind::Conv { channels, width, .. } => {
                ("Conv", vec![channels, channels, 3, 3], 9 * channels, vec![1, channels, rows, width])
            }
            Kind::MatMul { width, .. } => ("MatMul", vec![width, width], width, vec![rows, width]),
        }
    }
}

/// The model with a load on its first output.
///
/// # Errors
/// Says why the bytes are no ONNX model.
pub(super) fn loaded(model: &[u8], load: &Load) -> Result<Vec<u8>, &'static str> {
    rewritten(model, |field| match (field.number, &field.value) {
        (MODEL_GRAPH, Value::Bytes(graph)) => graph_with(graph, load).map(Some),
        _ => Ok(None),
    })
}

fn graph_with(graph: &[u8], load: &Load) -> Result<Vec<u8>, &'static str> {
    let name = first_output(graph)?;
    let cheap = format!("{name}__cheap");
    let mut changed = rewritten(graph, |field| match (field.number, &field.value) {
        (GRAPH_NODE, Value::Bytes(node)) => rewritten(node, |field| match (field.number, &field.value) {
            // Nodes that use the output keep using what does not wait for the load.
            (NODE_INPUT | NODE_OUTPUT, Value::Bytes(text)) if *text == name.as_bytes() => {
                Ok(Some(cheap.clone().into_bytes()))
            }
            _ => Ok(None),
        })
        .map(Some),
        _ => Ok(None),
    })?;
    append(&mut changed, &name, &cheap, load);
    Ok(changed)
}

/// Appends the load between `cheap` and `name`.
fn append(graph: &mut Vec<u8>, name: &str, cheap: &str, load: &Load) {
    let of = |part: &str| format!("{name}__{part}");
    let (operator, weights, fan_in, input) = load.layer();
    // Weights that sum up to one keep the values where they are, however many layers there are: numbers that overflow or
    // get tiny would take longer than others.
    let weight = (1.0 / fan_in as f32).to_le_bytes();
    let weight = weight.repeat(usize::try_from(weights.iter().product::<u64>()).expect("weights fit in memory"));
    let shape: Vec<u8> = input.iter().flat_map(|axis| axis.to_le_bytes()).collect();
    put_bytes(graph, GRAPH_INITIALIZER, &tensor(&of("weights"), F32, &weights, &weight));
    put_bytes(graph, GRAPH_INITIALIZER, &tensor(&of("shape"), I64, &[input.len() as u64], &shape));
    put_bytes(graph, GRAPH_INITIALIZER, &tensor(&of("factor"), F32, &[], &NEXT_TO_NOTHING.to_le_bytes()));

    let mut add = |operator: &str, inputs: &[&str], output: &str, attribute: Option<Vec<u8>>| {
        put_bytes(graph, GRAPH_NODE, &node(operator, inputs, output, attribute.as_deref()));
    };
    let mean = || Some(int("keepdims", 0));
    add("ReduceMean", &[cheap], &of("mean"), mean());
    add("Expand", &[&of("mean"), &of("shape")], &of("layer0"), None);
    for layer in 1..=load.layers {
        let (from, to) = (of(&format!("layer{}", layer - 1)), of(&format!("layer{layer}")));
        add(operator, &[&from, &of("weights")], &to, (operator == "Conv").then(|| ints("pads", &[1; 4])));
    }
    add("ReduceMean", &[&of(&format!("layer{}", load.layers))], &of("end"), mean());
    add("Mul", &[&of("end"), &of("factor")], &of("nothing"), None);
    add("Add", &[cheap, &of("nothing")], name, None);
}

fn first_output(graph: &[u8]) -> Result<String, &'static str> {
    for field in fields(graph) {
        let Field { number: GRAPH_OUTPUT, value: Value::Bytes(output), .. } = field? else { continue };
        for field in fields(output) {
            if let Field { number: VALUE_NAME, value: Value::Bytes(name), .. } = field? {
                return String::from_utf8(name.to_vec()).map_err(|_| "a name is no text");
            }
        }
    }
    Err("it gives nothing")
}

fn node(operator: &str, inputs: &[&str], output: &str, attribute: Option<&[u8]>) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        put_bytes(&mut node, NODE_INPUT, input.as_bytes());
    }
    put_bytes(&mut node, NODE_OUTPUT, output.as_bytes());
    put_bytes(&mut node, NODE_OPERATOR, operator.as_bytes());
    if let Some(attribute) = attribute {
        put_bytes(&mut node, NODE_ATTRIBUTE, attribute);
    }
    node
}

fn int(name: &str, value: u64) -> Vec<u8> {
    let mut attribute = Vec::new();
    put_bytes(&mut attribute, ATTRIBUTE_NAME, name.as_bytes());
    put_varint(&mut attribute, ATTRIBUTE_INT, value);
    put_varint(&mut attribute, ATTRIBUTE_TYPE, TYPE_INT);
    attribute
}

fn ints(name: &str, values: &[u64]) -> Vec<u8> {
    let mut attribute = Vec::new();
    put_bytes(&mut attribute, ATTRIBUTE_NAME, name.as_bytes());
    for &value in values {
        put_varint(&mut attribute, ATTRIBUTE_INTS, value);
    }
    put_varint(&mut attribute, ATTRIBUTE_TYPE, TYPE_INTS);
    attribute
}

fn tensor(name: &str, kind: u64, shape: &[u64], raw: &[u8]) -> Vec<u8> {
    let mut tensor = Vec::with_capacity(raw.len() + 64);
    for &axis in shape {
        put_varint(&mut tensor, TENSOR_DIMS, axis);
    }
    put_varint(&mut tensor, TENSOR_TYPE, kind);
    put_bytes(&mut tensor, TENSOR_NAME, name.as_bytes());
    put_bytes(&mut tensor, TENSOR_RAW, raw);
    tensor
}
