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

/// A model of nodes, whose inputs and outputs are f32 of any shape.
pub(crate) fn model(nodes: &[Vec<u8>], inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let f32 = message(&[(1, Ok(&message(&[(1, Err(1))])))]);
    let port = |name: &str| message(&[(1, Ok(name.as_bytes())), (2, Ok(&f32))]);
    let inputs: Vec<_> = inputs.iter().map(|name| port(name)).collect();
    let outputs: Vec<_> = outputs.iter().map(|name| port(name)).collect();
    let mut fields: Vec<Field<'_>> = nodes.iter().map(|node| (1, Ok(&node[..]))).collect();
    fields.push((2, Ok(b"graph")));
    fields.extend(inputs.iter().map(|port| (11, Ok(&port[..]))));
    fields.extend(outputs.iter().map(|port| (12, Ok(&port[..]))));
    message(&[(1, Err(8)), (7, Ok(&message(&fields))), (8, Ok(&message(&[(2, Err(17))])))])
}
