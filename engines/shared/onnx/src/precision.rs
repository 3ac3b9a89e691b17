//! Mixed precision: graphs whose products compute in 16 bits, with what bears no 16 bits between them in 32.
//!
//! ONNX Runtime computes in the format that a graph says, so it is the graph that changes as it is loaded, much as PyTorch's
//! autocast changes a network: products in 16 bits wherever they stand, what lies between two of them too, and the rest in 32
//! (`operators` says which, and why). A name always means what it meant, in 32 bits; what is in 16 has a name of its own, and
//! casts lead from one to the other. So nodes that stay in 32 bits, subgraphs, inputs and outputs are left as they are, down
//! to the byte, and only of nodes that change has anything to be known.

mod formats;
mod graph;
mod operators;
mod plan;
mod rewrite;
mod tensor;
#[cfg(test)]
mod tests;

use graph::Graph;
use plan::Plan;

use crate::grid_sample;
use crate::protobuf::{Value, fields, number, rewritten, text};
use crate::schema::{MODEL_GRAPH, MODEL_OPSET, OPSET_DOMAIN, OPSET_VERSION};

/// In how many bits a network computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precision {
    /// In 32, as it should.
    Full,
    /// In 16 where that does, in 32 elsewhere.
    Mixed,
    /// In 32, though 16 were asked for; why, in words that follow an "as".
    Refused(String),
}

/// An ONNX model in mixed precision, with grid samples as the runtime can load them: its inputs and outputs stay as they are, and
/// weights that only products in 16 bits take are in 16 bits too. Weights beyond what 16 bits hold become the largest number, or the smallest that is not 0.
///
/// # Errors
/// Says why it has to stay in 32 bits, in words that follow an "as": its weights lie in other files, it multiplies nothing
/// that is known to be f32, or it is no ONNX model.
pub fn in_mixed_precision(model: &[u8]) -> Result<Vec<u8>, &'static str> {
    let loadable = grid_sample::loadable(model, false)?;
    let model = loadable.as_deref().unwrap_or(model);
    let opset = standard_opset(model)?;
    rewritten(model, |field| match (field.number, &field.value) {
        (MODEL_GRAPH, Value::Bytes(message)) => {
            let graph = Graph::read(message)?;
            let plan = Plan::of(&graph, opset)?;
            rewrite::rewritten(message, &graph, &plan).map(Some)
        }
        _ => Ok(None),
    })
}

/// The version of ONNX's own operators.
fn standard_opset(model: &[u8]) -> Result<u64, &'static str> {
    let mut version = None;
    for field in fields(model) {
        let field = field?;
        if let (MODEL_OPSET, Value::Bytes(opset)) = (field.number, &field.value)
            && graph::is_standard(text(opset, OPSET_DOMAIN)?)
        {
            version = number(opset, OPSET_VERSION)?;
        }
    }
    version.ok_or("it names no operator set")
}
