//! Graphs for tests, written by the field numbers of onnx.proto.

use crate::protobuf::{put_bytes, put_varint};

/// What a field of a message holds: bytes, a text or a message; or a number.
pub(crate) type Field<'a> = (u64, Result<&'a [u8], u64>);

/// A message of these fields.
pub(crate) fn message(fields: &[Field<'_>]) -> Vec<u8> {
    let mut message = Vec::new();
    for (number, value) in fields {
        match value {
            Ok(bytes) => put_bytes(&mut message, *number, bytes),
            Err(value) => put_varint(&mut message, *number, *value),
        }
    }
    message
}

/// A node.
pub(crate) fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut fields: Vec<Field<'_>> = inputs.iter().map(|name| (1, Ok(name.as_bytes()))).collect();
    fields.extend([(2, Ok(output.as_bytes())), (4, Ok(operator.as_bytes()))]);
    fields.extend(attributes.iter().map(|attribute| (5, Ok(&attribute[..]))));
    message(&fields)
}

/// A whole number among a node's attributes.
pub(crate) fn number(name: &str, value: u64) -> Vec<u8> {
    message(&[(1, Ok(name.as_bytes())), (3, Err(value)), (20, Err(2))])
}

/// A text among a node's attributes.
pub(crate) fn text(name: &str, value: &str) -> Vec<u8> {
    message(&[(1, Ok(name.as_bytes())), (4, Ok(value.as_bytes())), (20, Err(3))])
}

/// A tensor of f32, as a weight or as an attribute's value.
pub(crate) fn tensor(name: &str, shape: &[u64], values: &[f32]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut fields: Vec<Field<'_>> = shape.iter().map(|&axis| (1, Err(axis))).collect();
    fields.extend([(2, Err(1)), (8, Ok(name.as_bytes())), (9, Ok(&values[..]))]);
    message(&fields)
}

/// A tensor of i64.
pub(crate) fn whole_numbers(name: &str, values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    message(&[(1, Err(values.len() as u64)), (2, Err(7)), (8, Ok(name.as_bytes())), (9, Ok(&bytes))])
}

/// An input or output of f32 of any shape.
pub(crate) fn port(name: &str) -> Vec<u8> {
    let f32 = message(&[(1, Ok(&message(&[(1, Err(1))])))]);
    message(&[(1, Ok(name.as_bytes())), (2, Ok(&f32))])
}

/// A graph of nodes and weights, whose inputs and outputs are f32 of any shape.
pub(crate) fn graph(nodes: &[Vec<u8>], weights: &[Vec<u8>], inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let inputs: Vec<_> = inputs.iter().map(|name| port(name)).collect();
    let outputs: Vec<_> = outputs.iter().map(|name| port(name)).collect();
    let mut fields: Vec<Field<'_>> = nodes.iter().map(|node| (1, Ok(&node[..]))).collect();
    fields.push((2, Ok(b"graph")));
    fields.extend(weights.iter().map(|weight| (5, Ok(&weight[..]))));
    fields.extend(inputs.iter().map(|port| (11, Ok(&port[..]))));
    fields.extend(outputs.iter().map(|port| (12, Ok(&port[..]))));
    message(&fields)
}

/// A model of a graph, with versions of format and operators.
pub(crate) fn model_of(graph: &[u8], ir: u64, opset: u64) -> Vec<u8> {
    message(&[(1, Err(ir)), (7, Ok(graph)), (8, Ok(&message(&[(2, Err(opset))])))])
}

/// A model of nodes, whose inputs and outputs are f32 of any shape.
pub(crate) fn model(nodes: &[Vec<u8>], inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    model_of(&graph(nodes, &[], inputs, outputs), 8, 17)
}
