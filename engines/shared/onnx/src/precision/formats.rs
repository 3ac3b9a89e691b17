//! Which tensors of a graph are known to be f32. What is not known stays as it is, so this may fall short, but not overshoot.

use std::collections::HashSet;

use super::graph::{Graph, Name, Node};
use super::operators::{Role, Slots, role};
use crate::protobuf::{number, text};
use crate::schema::{ATTRIBUTE_NUMBER, ATTRIBUTE_TENSOR, FLOAT, TENSOR_FORMAT};

pub(super) fn floats<'a>(graph: &Graph<'a>, opset: u64) -> Result<HashSet<Name<'a>>, &'static str> {
    let mut floats: HashSet<Name<'a>> = graph.inputs.iter().chain(graph.constants.keys()).copied().collect();
    for node in &graph.nodes {
        if gives_floats(node, opset, &floats)? {
            floats.extend(node.outputs_alike());
        }
    }
    Ok(floats)
}

fn gives_floats(node: &Node<'_>, opset: u64, floats: &HashSet<Name<'_>>) -> Result<bool, &'static str> {
    let slots = match role(node.operator, opset) {
        Role::Product(slots) | Role::Follower(slots) => slots,
        Role::Exact(slot) => return Ok(node.inputs.get(slot).is_some_and(|name| floats.contains(name))),
        Role::Unknown => return makes_floats(node),
    };
    Ok(takes_floats(node, slots, floats))
}

/// Whether one of the inputs that have the format which a node computes in is known to be f32: then all are.
pub(super) fn takes_floats(node: &Node<'_>, slots: Slots, floats: &HashSet<Name<'_>>) -> bool {
    node.inputs_in(slots).any(|name| floats.contains(name))
}

/// Whether a node says itself that it gives f32.
fn makes_floats(node: &Node<'_>) -> Result<bool, &'static str> {
    Ok(match node.operator {
        "Cast" => {
            let to = node.attribute(b"to")?;
            to.map(|to| number(to, ATTRIBUTE_NUMBER)).transpose()?.flatten() == Some(FLOAT)
        }
        "Constant" => node.attribute(b"value_float")?.or(node.attribute(b"value_floats")?).is_some(),
        "ConstantOfShape" => {
            let value = node.attribute(b"value")?;
            let tensor = value.map(|value| text(value, ATTRIBUTE_TENSOR)).transpose()?.flatten();
            tensor.map_or(Ok(Some(FLOAT)), |tensor| number(tensor, TENSOR_FORMAT))? == Some(FLOAT)
        }
        _ => false,
    })
}
