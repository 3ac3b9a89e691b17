//! Graphs of a few nodes in mixed precision: what becomes of each special case, and that the runtime computes it.

use std::collections::BTreeMap;

use avatar_prerequisites::onnx_runtime;
use ort::value::TensorRef;

use super::graph::{Graph, Node};
use super::in_mixed_precision;
use crate::graphs::{
    graph, message, model, model_of, node, number as attribute, port, tensor, text as word, whole_numbers,
};
use crate::protobuf::{Value, fields, number, text};
use crate::provider::{Model, session};
use crate::schema::{
    ATTRIBUTE_NUMBER, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_VALUE_INFO, MODEL_GRAPH, TENSOR_FORMAT, TENSOR_NAME,
    TENSOR_RAW, VALUE_NAME,
};
use crate::{Options, Provider, Runtime};

/// A graph's message.
fn graph_in(model: &[u8]) -> &[u8] {
    text(model, MODEL_GRAPH).unwrap().unwrap()
}

/// A node in a line: `operator inputs > outputs`, of casts with the format's number.
fn line(node: &Node<'_>) -> String {
    let names = |names: &[&[u8]]| names.iter().map(|name| String::from_utf8_lossy(name)).collect::<Vec<_>>().join(" ");
    let to = node.attribute(b"to").unwrap().map(|to| number(to, ATTRIBUTE_NUMBER).unwrap().unwrap());
    let to = to.map_or_else(String::new, |to| to.to_string());
    format!("{}{to} {} > {}", node.operator, names(&node.inputs), names(&node.outputs))
}

fn lines(model: &[u8]) -> Vec<String> {
    Graph::read(graph_in(model)).unwrap().nodes.iter().map(line).collect()
}

/// What lies in a field of the graph: names, with what `picked` says of each.
fn named<T>(model: &[u8], wanted: u64, name: u64, picked: impl Fn(&[u8]) -> T) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    for field in fields(graph_in(model)) {
        let field = field.unwrap();
        if let (true, Value::Bytes(bytes)) = (field.number == wanted, field.value) {
            let name = String::from_utf8(text(bytes, name).unwrap().unwrap().to_vec()).unwrap();
            found.insert(name, picked(bytes));
        }
    }
    found
}

/// Weights: the numbers of their formats, and bytes of their values.
fn weights(model: &[u8]) -> Vec<(String, u64, usize)> {
    let format = |tensor: &[u8]| {
        let values = text(tensor, TENSOR_RAW).unwrap().unwrap_or_default();
        (number(tensor, TENSOR_FORMAT).unwrap().unwrap(), values.len())
    };
    let found = named(model, GRAPH_INITIALIZER, TENSOR_NAME, format);
    found.into_iter().map(|(name, (format, bytes))| (name, format, bytes)).collect()
}

/// What a model gives on the processor, where the runtime itself casts what it has no kernels for; none without a runtime.
fn ran(model: &[u8], inputs: &[(&str, &[usize], &[f32])]) -> Option<Vec<Vec<f32>>> {
    let runtime = Runtime::load(Some(onnx_runtime()?), None).unwrap();
    let mut session = session(runtime, Model::Bytes(model), Provider::Cpu, &Options::default())
        .unwrap_or_else(|error| panic!("{error}: {:?}", lines(model)));
    let fed: Vec<_> = inputs
        .iter()
        .map(|(name, shape, values)| (*name, TensorRef::from_array_view((*shape, *values)).unwrap()))
        .collect();
    let given = session.run(fed).unwrap();
    Some(given.iter().map(|(_, value)| value.try_extract_tensor::<f32>().unwrap().1.to_vec()).collect())
}

/// Asserts that a model and its mixed one give the same, within what 16 bits can do, and gives the mixed one.
fn mixed(model: &[u8], inputs: &[(&str, &[usize], &[f32])]) -> Vec<u8> {
    let mixed = in_mixed_precision(model).unwrap();
    let Some((full, half)) = ran(model, inputs).zip(ran(&mixed, inputs)) else { return mixed };
    assert_eq!(full.len(), half.len());
    for (full, half) in full.iter().zip(&half) {
        assert_eq!(full.len(), half.len());
        for (full, half) in full.iter().zip(half) {
            assert!((full - half).abs() <= 2e-3 * full.abs().max(1.0), "{full} became {half}: {:?}", lines(&mixed));
        }
    }
    mixed
}

const X: (&str, &[usize], &[f32]) = ("x", &[1, 1, 2, 2], &[1.0, -2.0, 0.3, 0.7]);

/// A convolution that makes two channels of one.
fn conv(input: &str, output: &str) -> Vec<u8> {
    node("Conv", &[input, "w"], output, &[])
}

fn w() -> Vec<u8> {
    tensor("w", &[2, 1, 1, 1], &[0.5, 1.25])
}

/// The mixed form of a convolution of `x` that is named `a`, and what follows it.
fn after_conv(nodes: &[Vec<u8>], more: &[Vec<u8>], outputs: &[&str]) -> Vec<u8> {
    let nodes = [&[conv("x", "a")], nodes].concat();
    mixed(&model_of(&graph(&nodes, &[&[w()], more].concat(), &["x"], outputs), 8, 17), &[X])
}

#[test]
fn products_and_what_lies_between_them_are_in_16_bits_and_ports_in_32() {
    let second = node("Conv", &["b", "v"], "y", &[]);
    let v = tensor("v", &[1, 2, 1, 1], &[1.0, -1.0]);
    let mixed = after_conv(&[node("Relu", &["a"], "b", &[]), second], &[v], &["y"]);
    let wanted = [
        "Cast10 x > x:f16",
        "Conv x:f16 w:f16 > a:f16",
        "Relu a:f16 > b:f16",
        "Conv b:f16 v:f16 > y:f16",
        "Cast1 y:f16 > y",
    ];
    assert_eq!(lines(&mixed), wanted);
    assert_eq!(weights(&mixed), [("v:f16".into(), 10, 4), ("w:f16".into(), 10, 4)]);
    let whole = |model: &[u8]| model[model.len() - 4..].to_vec();
    assert_eq!(whole(&mixed), message(&[(8, Ok(&message(&[(2, Err(17))])))]), "the operator set is left alone");
}

#[test]
fn sums_roots_and_grid_samples_stay_in_32_bits() {
    let grid = tensor("grid", &[1, 1, 2, 2], &[0.1, -0.2, 0.3, 0.4]);
    let nodes = [
        node("Softmax", &["a"], "b", &[]),
        node("GridSample", &["a", "grid"], "c", &[]),
        node("ReduceMean", &["c"], "m", &[]),
        node("Sub", &["a", "m"], "d", &[]),
        node("Transpose", &["d"], "y", &[]),
    ];
    let mixed = after_conv(&nodes, &[grid], &["b", "y"]);
    let wanted = [
        "Cast10 x > x:f16",
        "Conv x:f16 w:f16 > a:f16",
        "Cast1 a:f16 > a",
        "Softmax a > b",
        "GridSample a grid > c",
        "ReduceMean c > m",
        "Sub a m > d",
        "Transpose d > y",
    ];
    assert_eq!(lines(&mixed), wanted);
    assert_eq!(weights(&mixed)[0], ("grid".into(), 1, 16));
}

#[test]
fn what_becomes_coordinates_stays_in_32_bits_from_convolutions_on() {
    let nodes = [
        node("Softmax", &["a"], "s", &[]),
        node("Add", &["a", "s"], "b", &[]),
        node("MatMul", &["b", "turn"], "c", &[]),
        node("Reshape", &["c", "four"], "grid", &[]),
        node("Relu", &["a"], "picture", &[]),
        node("GridSample", &["picture", "grid"], "y", &[]),
    ];
    let turn = tensor("turn", &[2, 2], &[0.3, -0.1, 0.1, 0.3]);
    let mixed = after_conv(&nodes, &[turn, whole_numbers("four", &[1, 2, 2, 2])], &["y"]);
    let wanted = [
        "Conv x:f16 w:f16 > a:f16",
        "Cast1 a:f16 > a",
        "Softmax a > s",
        "Add a s > b",
        "MatMul b turn > c",
        "Reshape c four > grid",
        "Relu a:f16 > picture:f16",
        "Cast1 picture:f16 > picture",
        "GridSample picture grid > y",
    ];
    assert_eq!(lines(&mixed)[1..], wanted);
}

#[test]
fn what_is_cast_is_cast_once_and_all_parts_of_a_split_are_alike() {
    let axis = attribute("axis", 1);
    let halves = message(&[(1, Ok(b"a")), (2, Ok(b"b")), (2, Ok(b"c")), (4, Ok(b"Split")), (5, Ok(&axis))]);
    let nodes = [
        halves,
        node("Add", &["b", "c"], "d", &[]),
        node("Sqrt", &["b"], "e", &[]),
        node("Exp", &["b"], "f", &[]),
        node("MatMul", &["x", "d"], "g", &[]),
    ];
    let graph = graph(&[&[conv("x", "a")], &nodes[..]].concat(), &[w()], &["x"], &["e", "f", "g"]);
    let mixed = mixed(&model_of(&graph, 8, 17), &[("x", &[1, 1, 2, 2], &[1.0, 2.0, 0.3, 0.7])]);
    let wanted = [
        "Cast10 x > x:f16",
        "Conv x:f16 w:f16 > a:f16",
        "Split a:f16 > b:f16 c:f16",
        "Cast1 b:f16 > b",
        "Add b:f16 c:f16 > d:f16",
        "Sqrt b > e",
        "Exp b > f",
        "MatMul x:f16 d:f16 > g:f16",
        "Cast1 g:f16 > g",
    ];
    assert_eq!(lines(&mixed), wanted);
}

#[test]
fn a_resize_takes_its_scales_in_32_bits() {
    let nodes = [node("Resize", &["a", "", "scales"], "y", &[word("mode", "nearest")])];
    let mixed = after_conv(&nodes, &[tensor("scales", &[4], &[1.0, 1.0, 2.0, 2.0])], &["y"]);
    assert_eq!(lines(&mixed)[2], "Resize a:f16  scales > y:f16");
    assert_eq!(weights(&mixed), [("scales".into(), 1, 16), ("w:f16".into(), 10, 4)]);
}

#[test]
fn constants_of_every_kind_are_fed_in_the_format_that_is_taken() {
    let value = |tensor: &[u8]| message(&[(1, Ok(b"value")), (5, Ok(tensor)), (20, Err(4))]);
    let nodes = [
        node("Constant", &[], "k", &[value(&tensor("", &[1], &[2.0]))]),
        node("Constant", &[], "shape", &[value(&whole_numbers("", &[1, 2, 2, 2]))]),
        node("Mul", &["a", "k"], "b", &[]),
        node("Reshape", &["b", "shape"], "c", &[]),
        node("ConstantOfShape", &["shape"], "zeros", &[]),
        node("Add", &["c", "zeros"], "y", &[]),
    ];
    let mixed = after_conv(&nodes, &[], &["y"]);
    let wanted = [
        "Cast10 x > x:f16",
        "Conv x:f16 w:f16 > a:f16",
        "Constant  > shape",
        "Mul a:f16 k:f16 > b:f16",
        "Reshape b:f16 shape > c:f16",
        "Cast1 c:f16 > c",
        "ConstantOfShape shape > zeros",
        "Add c zeros > y",
    ];
    assert_eq!(lines(&mixed), wanted);
    assert_eq!(weights(&mixed), [("k:f16".into(), 10, 2), ("w:f16".into(), 10, 4)]);
}

#[test]
fn a_constant_that_nodes_of_both_formats_take_is_there_in_both() {
    let nodes = [node("Pow", &["a", "two"], "b", &[]), node("Mul", &["a", "two"], "c", &[])];
    let mixed = after_conv(&nodes, &[tensor("two", &[1], &[2.0])], &["b", "c"]);
    assert_eq!(lines(&mixed)[3..5], ["Pow a two > b", "Mul a:f16 two:f16 > c:f16"]);
    let found = weights(&mixed);
    assert_eq!(found[..2], [("two".into(), 1, 4), ("two:f16".into(), 10, 2)]);
}

#[test]
fn casts_within_a_graph_take_and_give_what_they_did() {
    let to = |format| attribute("to", format);
    let nodes = [
        node("Cast", &["a"], "i", &[to(6)]),
        node("Add", &["i", "i"], "j", &[]),
        node("Cast", &["j"], "f", &[to(1)]),
        node("MatMul", &["f", "f"], "y", &[]),
    ];
    let mixed = after_conv(&nodes, &[], &["y"]);
    let wanted = [
        "Cast1 a:f16 > a",
        "Cast6 a > i",
        "Add i i > j",
        "Cast1 j > f",
        "Cast10 f > f:f16",
        "MatMul f:f16 f:f16 > y:f16",
        "Cast1 y:f16 > y",
    ];
    assert_eq!(lines(&mixed)[2..], wanted);
}

#[test]
fn subgraphs_stay_in_32_bits_and_find_what_they_mention() {
    let branch = |node: Vec<u8>| graph(&[node], &[], &[], &["inner"]);
    let attribute = |name: &str, graph: &[u8]| message(&[(1, Ok(name.as_bytes())), (6, Ok(graph)), (20, Err(5))]);
    let branches = [
        attribute("then_branch", &branch(node("Mul", &["a", "w"], "inner", &[]))),
        attribute("else_branch", &branch(node("Neg", &["a"], "inner", &[]))),
    ];
    let yes = message(&[(2, Err(9)), (8, Ok(b"yes")), (9, Ok(&[1]))]);
    let mixed = after_conv(&[node("If", &["yes"], "y", &branches)], &[yes], &["y"]);
    assert_eq!(lines(&mixed)[1..], ["Conv x:f16 w:f16 > a:f16", "Cast1 a:f16 > a", "If yes > y"]);
    let names: Vec<String> = weights(&mixed).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["w", "w:f16", "yes"]);
}

#[test]
fn weights_beyond_16_bits_are_the_last_ones_within() {
    let w = tensor("w", &[3, 1, 1, 1], &[1e9, -1e-12, 1.0]);
    let graph = graph(&[conv("x", "y")], &[w], &["x"], &["y"]);
    let mixed = in_mixed_precision(&model_of(&graph, 8, 17)).unwrap();
    let Some(given) = ran(&mixed, &[("x", &[1, 1, 1, 1], &[1.0])]) else { return };
    let least = -(2.0_f32.powi(-24));
    assert_eq!(given[0], [65_504.0, least, 1.0]);
}

#[test]
fn inputs_that_are_outputs_and_numbers_that_are_whole_are_left_alone() {
    let nodes = [
        conv("x", "a"),
        node("Shape", &["a"], "shape", &[]),
        node("Gather", &["shape", "second"], "channels", &[]),
        node("Add", &["channels", "channels"], "rows", &[]),
        node("Concat", &["rows", "all"], "wanted", &[attribute("axis", 0)]),
        node("Reshape", &["a", "wanted"], "y", &[]),
    ];
    let numbers = [whole_numbers("second", &[1]), whole_numbers("all", &[-1])];
    let graph = graph(&nodes, &[&[w()], &numbers[..]].concat(), &["x"], &["x", "y"]);
    let mixed = mixed(&model_of(&graph, 8, 17), &[X]);
    let wanted = ["Gather shape second > channels", "Add channels channels > rows", "Concat rows all > wanted"];
    assert_eq!(lines(&mixed)[4..7], wanted);
    assert_eq!(weights(&mixed)[..2], [("all".into(), 7, 8), ("second".into(), 7, 8)]);
}

#[test]
fn weights_that_old_formats_call_inputs_are_called_so_no_more() {
    let model = model_of(&graph(&[conv("x", "y")], &[w()], &["x", "w"], &["y"]), 3, 8);
    let mixed = mixed(&model, &[X]);
    let inputs: Vec<String> = named(&mixed, GRAPH_INPUT, VALUE_NAME, |_| ()).into_keys().collect();
    assert_eq!(inputs, ["x"]);
}

#[test]
fn what_is_said_of_tensors_that_are_gone_is_dropped() {
    let nodes = [conv("x", "a"), node("Relu", &["a"], "b", &[]), node("Sqrt", &["b"], "y", &[])];
    let mut graph = graph(&nodes, &[w()], &["x"], &["y"]);
    for name in ["a", "b"] {
        graph.extend(message(&[(13, Ok(&port(name)))]));
    }
    let mixed = mixed(&model_of(&graph, 8, 17), &[X]);
    let said: Vec<String> = named(&mixed, GRAPH_VALUE_INFO, VALUE_NAME, |_| ()).into_keys().collect();
    assert_eq!(said, ["b"], "it is there in 32 bits as well");
}

#[test]
fn names_that_are_taken_already_get_another_ending() {
    let nodes = [conv("x", "a:f16"), node("Relu", &["a:f16"], "y", &[])];
    let mixed = mixed(&model_of(&graph(&nodes, &[w()], &["x"], &["y"]), 8, 17), &[X]);
    assert_eq!(lines(&mixed)[1], "Conv x:f16' w:f16' > a:f16:f16'");
}

#[test]
fn clip_waits_for_the_set_that_has_it_in_16_bits() {
    let nodes = [conv("x", "a"), node("Clip", &["a", "low"], "y", &[])];
    let low = tensor("low", &[], &[0.0]);
    let graph = graph(&nodes, &[w(), low], &["x"], &["y"]);
    let clip = |opset| lines(&mixed(&model_of(&graph, 8, opset), &[X])).into_iter().find(|line| line.contains("Clip"));
    assert_eq!([clip(11).unwrap(), clip(12).unwrap()], ["Clip a low > y", "Clip a:f16 low:f16 > y:f16"]);
}

#[test]
fn what_has_to_stay_in_32_bits_says_why() {
    let refused = |model: &[u8]| in_mixed_precision(model).unwrap_err();
    assert_eq!(refused(&model(&[node("Relu", &["x"], "y", &[])], &["x"], &["y"])), "it has no products of f32");
    let elsewhere = message(&[(2, Err(1)), (8, Ok(b"w")), (14, Err(1))]);
    let graph = graph(&[conv("x", "y")], &[elsewhere], &["x"], &["y"]);
    assert_eq!(refused(&model_of(&graph, 8, 17)), "its weights lie in other files");
    assert_eq!(refused(&message(&[(7, Ok(&graph))])), "it names no operator set");
    let whole = model_of(&graph, 8, 17);
    assert!((1..whole.len() - 2).all(|len| in_mixed_precision(&whole[..len]).is_err()));
}
