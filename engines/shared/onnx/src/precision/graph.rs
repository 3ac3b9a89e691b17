//! A graph as far as its precision is concerned: nodes, constants, and who mentions what.

use std::collections::{HashMap, HashSet};

use super::operators::{SPLIT, Slots};
use crate::protobuf::{Value, fields, number, text};
use crate::schema::{
    ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS, ATTRIBUTE_NAME, ATTRIBUTE_TENSOR, FLOAT, GRAPH_INITIALIZER, GRAPH_INPUT,
    GRAPH_NODE, GRAPH_OUTPUT, NODE_ATTRIBUTE, NODE_DOMAIN, NODE_INPUT, NODE_OPERATOR, NODE_OUTPUT, PLACE_EXTERNAL,
    TENSOR_FORMAT, TENSOR_NAME, TENSOR_PLACE, TENSOR_TYPE_FORMAT, TYPE_TENSOR, VALUE_NAME, VALUE_TYPE,
};

/// The name of a tensor; empty for an optional input that is not given.
pub(super) type Name<'a> = &'a [u8];

/// A node.
pub(super) struct Node<'a> {
    pub(super) message: &'a [u8],
    /// Empty for one that is none of ONNX's own.
    pub(super) operator: &'a str,
    pub(super) inputs: Vec<Name<'a>>,
    pub(super) outputs: Vec<Name<'a>>,
}

/// A graph.
pub(super) struct Graph<'a> {
    /// In the order in which they lie in the message, which is one in which they can be computed.
    pub(super) nodes: Vec<Node<'a>>,
    /// Tensors of f32 whose values are known, as messages: weights, and what nodes called `Constant` give.
    pub(super) constants: HashMap<Name<'a>, &'a [u8]>,
    /// Inputs of f32, of which old formats call weights too.
    pub(super) inputs: HashSet<Name<'a>>,
    pub(super) outputs: HashSet<Name<'a>>,
    /// What subgraphs mention, be it their own or this graph's.
    pub(super) inner: HashSet<Name<'a>>,
}

impl<'a> Graph<'a> {
    /// # Errors
    /// Where weights lie in other files, or it is no graph.
    pub(super) fn read(message: &'a [u8]) -> Result<Self, &'static str> {
        let mut graph = Self {
            nodes: vec![],
            constants: HashMap::new(),
            inputs: HashSet::new(),
            outputs: HashSet::new(),
            inner: HashSet::new(),
        };
        for field in fields(message) {
            let field = field?;
            let Value::Bytes(bytes) = field.value else { continue };
            match field.number {
                GRAPH_NODE => graph.take_node(bytes)?,
                GRAPH_INITIALIZER => {
                    let name = text(bytes, TENSOR_NAME)?.ok_or("it has a weight without a name")?;
                    graph.take_constant(name, bytes)?;
                }
                GRAPH_INPUT if format(bytes)? == Some(FLOAT) => graph.inputs.extend(text(bytes, VALUE_NAME)?),
                GRAPH_OUTPUT => graph.outputs.extend(text(bytes, VALUE_NAME)?),
                _ => {}
            }
        }
        Ok(graph)
    }

    fn take_node(&mut self, message: &'a [u8]) -> Result<(), &'static str> {
        let node = Node::read(message)?;
        for attribute in attributes(message) {
            mentioned(attribute?, &mut self.inner)?;
        }
        if let (Some(tensor), Some(name)) = (node.constant()?, node.outputs.first()) {
            self.take_constant(name, tensor)?;
        }
        self.nodes.push(node);
        Ok(())
    }

    fn take_constant(&mut self, name: Name<'a>, tensor: &'a [u8]) -> Result<(), &'static str> {
        if number(tensor, TENSOR_PLACE)? == Some(PLACE_EXTERNAL) {
            return Err("its weights lie in other files");
        }
        if number(tensor, TENSOR_FORMAT)? == Some(FLOAT) {
            self.constants.insert(name, tensor);
        }
        Ok(())
    }
}

impl<'a> Node<'a> {
    fn read(message: &'a [u8]) -> Result<Self, &'static str> {
        let mut node = Self { message, operator: "", inputs: vec![], outputs: vec![] };
        for field in fields(message) {
            let field = field?;
            match (field.number, field.value) {
                (NODE_INPUT, Value::Bytes(name)) => node.inputs.push(name),
                (NODE_OUTPUT, Value::Bytes(name)) => node.outputs.push(name),
                (NODE_OPERATOR, Value::Bytes(operator)) => {
                    node.operator = std::str::from_utf8(operator).map_err(|_| "an operator's name is no text")?;
                }
                _ => {}
            }
        }
        if !is_standard(text(message, NODE_DOMAIN)?) {
            node.operator = "";
        }
        Ok(node)
    }

    /// The inputs in these slots.
    pub(super) fn inputs_in(&self, slots: Slots) -> impl Iterator<Item = Name<'a>> {
        let inputs = self.inputs.iter().copied().enumerate().filter(move |(slot, _)| slots.has(*slot));
        inputs.map(|(_, name)| name).filter(|name| !name.is_empty())
    }

    /// The outputs that have the format which the node computes in.
    pub(super) fn outputs_alike(&self) -> impl Iterator<Item = Name<'a>> {
        let alike = if self.operator == SPLIT { self.outputs.len() } else { 1 };
        self.outputs.iter().take(alike).copied().filter(|name| !name.is_empty())
    }

    /// The tensor that a `Constant` gives.
    pub(super) fn constant(&self) -> Result<Option<&'a [u8]>, &'static str> {
        if self.operator != "Constant" {
            return Ok(None);
        }
        let value = self.attribute(b"value")?;
        Ok(value.map(|value| text(value, ATTRIBUTE_TENSOR)).transpose()?.flatten())
    }

    /// An attribute, as a message.
    pub(super) fn attribute(&self, name: &[u8]) -> Result<Option<&'a [u8]>, &'static str> {
        for attribute in attributes(self.message) {
            let attribute = attribute?;
            if text(attribute, ATTRIBUTE_NAME)? == Some(name) {
                return Ok(Some(attribute));
            }
        }
        Ok(None)
    }
}

/// Whether a domain is that of ONNX's own operators.
pub(super) fn is_standard(domain: Option<&[u8]>) -> bool {
    matches!(domain, None | Some(b"" | b"ai.onnx"))
}

fn attributes(node: &[u8]) -> impl Iterator<Item = Result<&[u8], &'static str>> {
    fields(node).filter_map(|field| match field {
        Ok(field) => match (field.number, field.value) {
            (NODE_ATTRIBUTE, Value::Bytes(attribute)) => Some(Ok(attribute)),
            _ => None,
        },
        Err(error) => Some(Err(error)),
    })
}

/// Gathers what the subgraphs of an attribute mention, and theirs.
fn mentioned<'a>(attribute: &'a [u8], names: &mut HashSet<Name<'a>>) -> Result<(), &'static str> {
    for field in fields(attribute) {
        let field = field?;
        if let (ATTRIBUTE_GRAPH | ATTRIBUTE_GRAPHS, Value::Bytes(message)) = (field.number, field.value) {
            let graph = Graph::read(message)?;
            names.extend(graph.nodes.iter().flat_map(|node| &node.inputs));
            names.extend(graph.outputs);
            names.extend(graph.inner);
        }
    }
    Ok(())
}

/// The number format of an input.
fn format(input: &[u8]) -> Result<Option<u64>, &'static str> {
    let Some(kind) = text(input, VALUE_TYPE)? else { return Ok(None) };
    let Some(tensor) = text(kind, TYPE_TENSOR)? else { return Ok(None) };
    number(tensor, TENSOR_TYPE_FORMAT)
}
