//! The plan of a graph in mixed precision: which nodes compute in 16 bits, and what is needed in which format.

use std::collections::HashSet;

use super::formats::{floats, takes_floats};
use super::graph::{Graph, Name, Node};
use super::operators::{GRID_SAMPLE, Role, Slots, is_convolution, role};

pub(super) struct Plan<'a> {
    /// Of each node, the inputs that it takes in 16 bits, if it computes in them.
    pub(super) nodes: Vec<Option<Slots>>,
    /// What nodes in 16 bits give.
    made: HashSet<Name<'a>>,
    /// What nodes in 16 bits take.
    taken: HashSet<Name<'a>>,
    /// What is taken in 32 bits, or whatever format it has: by other nodes, by subgraphs, and as outputs of the graph.
    wide: HashSet<Name<'a>>,
    constants: HashSet<Name<'a>>,
}

impl<'a> Plan<'a> {
    /// # Errors
    /// Where nothing would compute in 16 bits.
    pub(super) fn of(graph: &Graph<'a>, opset: u64) -> Result<Self, &'static str> {
        let (floats, coordinates) = (floats(graph, opset)?, coordinates(graph, opset));
        let mut plan = Self {
            nodes: Vec::with_capacity(graph.nodes.len()),
            made: HashSet::new(),
            taken: HashSet::new(),
            wide: graph.outputs.union(&graph.inner).copied().collect(),
            constants: graph.constants.keys().copied().collect(),
        };
        for node in &graph.nodes {
            let leads_to_coordinates = node.outputs_alike().any(|name| coordinates.contains(name));
            let slots = match role(node.operator, opset) {
                _ if leads_to_coordinates && !is_convolution(node.operator) => None,
                Role::Product(slots) => takes_floats(node, slots, &floats).then_some(slots),
                Role::Follower(slots) => plan.is_led(node, slots).then_some(slots),
                Role::Exact(_) | Role::Unknown => None,
            };
            plan.take(node, slots);
        }
        if plan.made.is_empty() { Err("it has no products of f32") } else { Ok(plan) }
    }

    /// Whether all that a node is given, but for constants, is in 16 bits.
    fn is_led(&self, node: &Node<'_>, slots: Slots) -> bool {
        node.inputs_in(slots).any(|name| self.made.contains(name))
            && node.inputs_in(slots).all(|name| self.made.contains(name) || self.constants.contains(name))
    }

    fn take(&mut self, node: &Node<'a>, slots: Option<Slots>) {
        for (slot, name) in node.inputs.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let takers = if slots.is_some_and(|slots| slots.has(slot)) { &mut self.taken } else { &mut self.wide };
            takers.insert(name);
        }
        if slots.is_some() {
            self.made.extend(node.outputs_alike());
        }
        self.nodes.push(slots);
    }

    /// Whether a tensor is made in 16 bits.
    pub(super) fn is_made(&self, name: Name<'_>) -> bool {
        self.made.contains(name)
    }

    /// Whether a tensor is made in 16 bits and taken in 32 as well.
    pub(super) fn is_widened(&self, name: Name<'_>) -> bool {
        self.made.contains(name) && self.wide.contains(name)
    }

    /// Whether a tensor is made in 32 bits, is no constant, and is taken in 16.
    pub(super) fn is_narrowed(&self, name: Name<'_>) -> bool {
        self.taken.contains(name) && !self.made.contains(name) && !self.constants.contains(name)
    }

    /// Whether a constant is taken in 16 bits.
    pub(super) fn is_constant_in_16(&self, name: Name<'_>) -> bool {
        self.constants.contains(name) && self.taken.contains(name)
    }

    /// Whether nothing has this name any more: what it meant is there in 16 bits alone, under another one.
    pub(super) fn is_gone(&self, name: Name<'_>) -> bool {
        !self.wide.contains(name) && (self.made.contains(name) || self.is_constant_in_16(name))
    }
}

/// What becomes coordinates of a grid sample, from convolutions on, which take the time: near the edge of a picture, 16 bits
/// tell places apart that are a two-thousandth of half its width apart, and no finer.
fn coordinates<'a>(graph: &Graph<'a>, opset: u64) -> HashSet<Name<'a>> {
    let mut coordinates = HashSet::new();
    for node in graph.nodes.iter().rev() {
        if node.operator == GRID_SAMPLE {
            coordinates.extend(node.inputs.get(1));
        }
        let slots = match role(node.operator, opset) {
            Role::Unknown => continue,
            Role::Product(_) if is_convolution(node.operator) => continue,
            Role::Product(slots) | Role::Follower(slots) => slots,
            Role::Exact(_) => Slots::All,
        };
        if node.outputs_alike().any(|name| coordinates.contains(name)) {
            coordinates.extend(node.inputs_in(slots));
        }
    }
    coordinates
}
