//! Writes the graph anew, as its plan says.

use std::collections::HashSet;

use super::graph::{Graph, Name, Node};
use super::operators::Slots;
use super::plan::Plan;
use super::tensor::in_16_bits;
use crate::protobuf::{Value, fields, put_bytes, put_varint, text};
use crate::schema::{
    ATTRIBUTE_KIND, ATTRIBUTE_NAME, ATTRIBUTE_NUMBER, FLOAT, FLOAT16, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_NODE,
    GRAPH_VALUE_INFO, KIND_NUMBER, NODE_ATTRIBUTE, NODE_INPUT, NODE_OPERATOR, NODE_OUTPUT, TENSOR_NAME, VALUE_NAME,
};

/// What names of tensors in 16 bits end with.
const SUFFIX: &str = ":f16";

/// The graph in `message`, whose nodes and constants are in `graph`, in mixed precision.
///
/// # Errors
/// Where it is no graph.
pub(super) fn rewritten(message: &[u8], graph: &Graph<'_>, plan: &Plan<'_>) -> Result<Vec<u8>, &'static str> {
    let mut writer = Writer { plan, suffix: free_suffix(graph), out: vec![], narrowed: HashSet::new() };
    writer.out.reserve(message.len());
    let mut nodes = graph.nodes.iter().zip(&plan.nodes);
    for field in fields(message) {
        let field = field?;
        let Value::Bytes(bytes) = field.value else {
            writer.out.extend_from_slice(field.raw);
            continue;
        };
        match field.number {
            GRAPH_NODE => {
                let (node, slots) = nodes.next().ok_or("it has nodes that nobody has read")?;
                writer.node(node, *slots, field.raw)?;
            }
            GRAPH_INITIALIZER => {
                let name = text(bytes, TENSOR_NAME)?.unwrap_or_default();
                writer.constant(name, bytes, field.raw)?;
            }
            GRAPH_INPUT | GRAPH_VALUE_INFO if plan.is_gone(text(bytes, VALUE_NAME)?.unwrap_or_default()) => {}
            _ => writer.out.extend_from_slice(field.raw),
        }
    }
    Ok(writer.out)
}

/// A suffix that no name has.
fn free_suffix(graph: &Graph<'_>) -> String {
    let of_nodes = graph.nodes.iter().flat_map(|node| node.inputs.iter().chain(&node.outputs));
    let names: Vec<Name<'_>> = of_nodes.chain(&graph.inner).chain(graph.constants.keys()).copied().collect();
    let mut suffix = SUFFIX.to_owned();
    while names.iter().any(|name| name.ends_with(suffix.as_bytes())) {
        suffix.push('\'');
    }
    suffix
}

struct Writer<'p> {
    plan: &'p Plan<'p>,
    suffix: String,
    out: Vec<u8>,
    /// What casts have already made 16 bits of.
    narrowed: HashSet<Vec<u8>>,
}

impl Writer<'_> {
    /// The name of a tensor in 16 bits.
    fn narrow(&self, name: Name<'_>) -> Vec<u8> {
        [name, self.suffix.as_bytes()].concat()
    }

    fn node(&mut self, node: &Node<'_>, slots: Option<Slots>, raw: &[u8]) -> Result<(), &'static str> {
        if let (Some(tensor), Some(name)) = (node.constant()?, node.outputs.first()) {
            return self.constant(name, tensor, raw);
        }
        let Some(slots) = slots else {
            self.out.extend_from_slice(raw);
            return Ok(());
        };
        for name in node.inputs_in(slots) {
            if self.plan.is_narrowed(name) && self.narrowed.insert(name.to_vec()) {
                let cast = cast(name, &self.narrow(name), FLOAT16);
                put_bytes(&mut self.out, GRAPH_NODE, &cast);
            }
        }
        let narrow = self.renamed(node, slots)?;
        put_bytes(&mut self.out, GRAPH_NODE, &narrow);
        for name in node.outputs.iter().filter(|name| self.plan.is_widened(name)) {
            let cast = cast(&self.narrow(name), name, FLOAT);
            put_bytes(&mut self.out, GRAPH_NODE, &cast);
        }
        Ok(())
    }

    /// A constant in the formats in which it is taken; `raw` is how it is written in 32 bits.
    fn constant(&mut self, name: Name<'_>, tensor: &[u8], raw: &[u8]) -> Result<(), &'static str> {
        if self.plan.is_constant_in_16(name) {
            let narrow = in_16_bits(tensor, &self.narrow(name))?;
            put_bytes(&mut self.out, GRAPH_INITIALIZER, &narrow);
        }
        if !self.plan.is_gone(name) {
            self.out.extend_from_slice(raw);
        }
        Ok(())
    }

    /// A node with the names of tensors in 16 bits.
    fn renamed(&self, node: &Node<'_>, slots: Slots) -> Result<Vec<u8>, &'static str> {
        let mut renamed = Vec::with_capacity(node.message.len() + 64);
        let mut input = 0..node.inputs.len();
        for field in fields(node.message) {
            let field = field?;
            match (field.number, field.value) {
                (NODE_INPUT, Value::Bytes(name))
                    if input.next().is_some_and(|slot| slots.has(slot)) && !name.is_empty() =>
                {
                    put_bytes(&mut renamed, NODE_INPUT, &self.narrow(name));
                }
                (NODE_OUTPUT, Value::Bytes(name)) if self.plan.is_made(name) => {
                    put_bytes(&mut renamed, NODE_OUTPUT, &self.narrow(name));
                }
                _ => renamed.extend_from_slice(field.raw),
            }
        }
        Ok(renamed)
    }
}

fn cast(from: Name<'_>, into: Name<'_>, format: u64) -> Vec<u8> {
    let (mut node, mut attribute) = (vec![], vec![]);
    put_bytes(&mut attribute, ATTRIBUTE_NAME, b"to");
    put_varint(&mut attribute, ATTRIBUTE_NUMBER, format);
    put_varint(&mut attribute, ATTRIBUTE_KIND, KIND_NUMBER);
    put_bytes(&mut node, NODE_INPUT, from);
    put_bytes(&mut node, NODE_OUTPUT, into);
    put_bytes(&mut node, NODE_OPERATOR, b"Cast");
    put_bytes(&mut node, NODE_ATTRIBUTE, &attribute);
    node
}
