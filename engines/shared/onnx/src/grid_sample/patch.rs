//! Makes graphs with five-dimensional grid samples loadable, by the runtime's operator or by ours.
//!
//! ONNX allows them from operator set 20, where the mode is called `linear`. Exporters of older sets write `GridSample`
//! with mode `bilinear` under a set that does not allow five axes, or call the node `GridSample3D`, after a TensorRT
//! plugin, which a plain runtime refuses. The arithmetic is the same in all three.

use super::operator::{DOMAIN, OPERATOR};
use crate::protobuf::{Field, Value, fields, number, put_bytes, put_varint, rewritten, text};
use crate::schema::{
    ATTRIBUTE_NAME, ATTRIBUTE_NUMBER, ATTRIBUTE_TEXT, GRAPH_NODE, MODEL_GRAPH, MODEL_IR, MODEL_OPSET, NODE_ATTRIBUTE,
    NODE_DOMAIN, NODE_OPERATOR, OPSET_DOMAIN, OPSET_VERSION,
};

/// The first operator set with five-dimensional grid samples.
const OPSET: u64 = 20;
/// The first format version that knows that set.
const IR: u64 = 9;
const PLUGIN: &[u8] = b"GridSample3D";
const STANDARD: &[u8] = b"GridSample";

/// The graph, changed where it has to be: nodes are called `GridSample`, their modes `linear` and `cubic`, and the
/// operator set is 20. `None` where there is nothing to change. Other nodes are left alone, so a graph whose other
/// nodes mean something else in set 20 is refused by the runtime.
///
/// # Errors
/// Says why the bytes are no ONNX model.
pub(super) fn made_loadable(model: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    if !needs_it(model)? {
        return Ok(None);
    }
    let mut changed = Vec::with_capacity(model.len() + 64);
    let mut ir = None;
    for field in fields(model) {
        let field = field?;
        match (field.number, &field.value) {
            (MODEL_IR, Value::Varint(version)) => ir = Some(*version),
            (MODEL_OPSET, Value::Bytes(opset)) => put_bytes(&mut changed, MODEL_OPSET, &raised(opset)?),
            (MODEL_GRAPH, Value::Bytes(graph)) => {
                put_bytes(&mut changed, MODEL_GRAPH, &with_grid_samples(graph, node_of_set_20)?);
            }
            _ => changed.extend_from_slice(field.raw),
        }
    }
    put_varint(&mut changed, MODEL_IR, ir.unwrap_or(IR).max(IR));
    Ok(Some(changed))
}

/// The graph with our own operator in place of its grid samples. `None` where there are none, or some that do something
/// else than ours: linear between pixels, zeros outside, and a grid from edge to edge. Then [`made_loadable`] is the way.
///
/// # Errors
/// Says why the bytes are no ONNX model.
pub(super) fn with_own_operator(model: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let mut found = false;
    for field in fields(model) {
        let Field { number: MODEL_GRAPH, value: Value::Bytes(graph), .. } = field? else { continue };
        for field in fields(graph) {
            let Field { number: GRAPH_NODE, value: Value::Bytes(node), .. } = field? else { continue };
            if is_grid_sample(node)? {
                if !is_plain(node)? {
                    return Ok(None);
                }
                found = true;
            }
        }
    }
    if !found {
        return Ok(None);
    }
    let mut changed = rewritten(model, |field| match (field.number, &field.value) {
        (MODEL_GRAPH, Value::Bytes(graph)) => with_grid_samples(graph, own_node).map(Some),
        _ => Ok(None),
    })?;
    let mut opset = Vec::new();
    put_bytes(&mut opset, OPSET_DOMAIN, DOMAIN.as_bytes());
    put_varint(&mut opset, OPSET_VERSION, 1);
    put_bytes(&mut changed, MODEL_OPSET, &opset);
    Ok(Some(changed))
}

/// The graph with its grid samples as `change` makes them.
fn with_grid_samples(
    graph: &[u8],
    change: fn(&[u8]) -> Result<Vec<u8>, &'static str>,
) -> Result<Vec<u8>, &'static str> {
    rewritten(graph, |field| match (field.number, &field.value) {
        (GRAPH_NODE, Value::Bytes(node)) if is_grid_sample(node)? => change(node).map(Some),
        _ => Ok(None),
    })
}

/// Whether a grid sample does what our operator does.
fn is_plain(node: &[u8]) -> Result<bool, &'static str> {
    for field in fields(node) {
        let Field { number: NODE_ATTRIBUTE, value: Value::Bytes(attribute), .. } = field? else { continue };
        let is_plain = match text(attribute, ATTRIBUTE_NAME)? {
            Some(b"mode") => matches!(text(attribute, ATTRIBUTE_TEXT)?, Some(b"bilinear" | b"linear")),
            Some(b"padding_mode") => text(attribute, ATTRIBUTE_TEXT)? == Some(b"zeros"),
            Some(b"align_corners") => number(attribute, ATTRIBUTE_NUMBER)?.unwrap_or(0) == 0,
            _ => false,
        };
        if !is_plain {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The node with our operator, which needs no attributes.
fn own_node(node: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut changed = Vec::with_capacity(node.len() + 32);
    for field in fields(node) {
        let field = field?;
        match field.number {
            NODE_OPERATOR | NODE_DOMAIN | NODE_ATTRIBUTE => {}
            _ => changed.extend_from_slice(field.raw),
        }
    }
    put_bytes(&mut changed, NODE_OPERATOR, OPERATOR.as_bytes());
    put_bytes(&mut changed, NODE_DOMAIN, DOMAIN.as_bytes());
    Ok(changed)
}

/// Whether there is a plugin's node, or a grid sample under a set that knows four axes only.
fn needs_it(model: &[u8]) -> Result<bool, &'static str> {
    let (mut standard, mut plugin, mut opset) = (false, false, None);
    for field in fields(model) {
        let field = field?;
        match (field.number, &field.value) {
            (MODEL_OPSET, Value::Bytes(bytes)) if text(bytes, OPSET_DOMAIN)?.is_none_or(<[u8]>::is_empty) => {
                opset = version(bytes)?;
            }
            (MODEL_GRAPH, Value::Bytes(graph)) => {
                for field in fields(graph) {
                    if let Field { number: GRAPH_NODE, value: Value::Bytes(node), .. } = field? {
                        let operator = text(node, NODE_OPERATOR)?;
                        standard |= operator == Some(STANDARD);
                        plugin |= operator == Some(PLUGIN);
                    }
                }
            }
            _ => {}
        }
    }
    let opset = opset.ok_or("it names no operator set")?;
    Ok(plugin || (standard && opset < OPSET))
}

fn is_grid_sample(node: &[u8]) -> Result<bool, &'static str> {
    Ok(text(node, NODE_OPERATOR)?.is_some_and(|operator| operator == STANDARD || operator == PLUGIN))
}

fn node_of_set_20(node: &[u8]) -> Result<Vec<u8>, &'static str> {
    rewritten(node, |field| match (field.number, &field.value) {
        (NODE_OPERATOR, _) => Ok(Some(STANDARD.to_vec())),
        (NODE_DOMAIN, _) => Ok(Some(Vec::new())),
        (NODE_ATTRIBUTE, Value::Bytes(attribute)) if text(attribute, ATTRIBUTE_NAME)? == Some(b"mode") => {
            rewritten(attribute, |field| match (field.number, &field.value) {
                (ATTRIBUTE_TEXT, Value::Bytes(b"bilinear")) => Ok(Some(b"linear".to_vec())),
                (ATTRIBUTE_TEXT, Value::Bytes(b"bicubic")) => Ok(Some(b"cubic".to_vec())),
                _ => Ok(None),
            })
            .map(Some)
        }
        _ => Ok(None),
    })
}

/// The default domain's set, at least 20; other domains as they are.
fn raised(opset: &[u8]) -> Result<Vec<u8>, &'static str> {
    if text(opset, OPSET_DOMAIN)?.is_some_and(|domain| !domain.is_empty()) {
        return Ok(opset.to_vec());
    }
    let mut changed = Vec::new();
    put_varint(&mut changed, OPSET_VERSION, version(opset)?.unwrap_or(OPSET).max(OPSET));
    Ok(changed)
}

fn version(opset: &[u8]) -> Result<Option<u64>, &'static str> {
    number(opset, OPSET_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(operator: &[u8], mode: &[u8], opset: u64) -> Vec<u8> {
        let (mut attribute, mut node, mut graph, mut set, mut model) = (vec![], vec![], vec![], vec![], vec![]);
        put_bytes(&mut attribute, ATTRIBUTE_NAME, b"mode");
        put_bytes(&mut attribute, ATTRIBUTE_TEXT, mode);
        put_bytes(&mut node, NODE_OPERATOR, operator);
        put_bytes(&mut node, NODE_ATTRIBUTE, &attribute);
        put_bytes(&mut graph, GRAPH_NODE, &node);
        put_varint(&mut set, OPSET_VERSION, opset);
        put_bytes(&mut model, MODEL_GRAPH, &graph);
        put_bytes(&mut model, MODEL_OPSET, &set);
        put_varint(&mut model, MODEL_IR, 9);
        model
    }

    #[test]
    fn both_variants_become_the_standard_node() {
        let wanted = model(b"GridSample", b"linear", 20);
        for old in [model(b"GridSample3D", b"bilinear", 17), model(b"GridSample", b"bilinear", 17)] {
            assert_eq!(made_loadable(&old).unwrap().unwrap(), wanted);
        }
        assert_eq!(made_loadable(&wanted).unwrap(), None);
        assert_eq!(made_loadable(&model(b"Conv", b"bilinear", 11)).unwrap(), None);
    }

    #[test]
    fn our_operator_takes_the_place_of_what_it_can_do() {
        let own = with_own_operator(&model(b"GridSample3D", b"bilinear", 17)).unwrap().unwrap();
        let holds = |words: &str| own.windows(words.len()).any(|window| window == words.as_bytes());
        assert!(holds(OPERATOR) && holds(DOMAIN) && !holds("GridSample") && !holds("mode"));
        assert_eq!(with_own_operator(&own).unwrap(), None);
        assert_eq!(with_own_operator(&model(b"GridSample", b"bicubic", 17)).unwrap(), None);
        assert_eq!(with_own_operator(&model(b"GridSample", b"nearest", 20)).unwrap(), None);
        assert_eq!(with_own_operator(&model(b"Conv", b"bilinear", 11)).unwrap(), None);
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let whole = model(b"GridSample3D", b"bilinear", 17);
        for len in 1..whole.len() - 2 {
            assert!(made_loadable(&whole[..len]).is_err(), "{len} of {} bytes", whole.len());
        }
    }
}
