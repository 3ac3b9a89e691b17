//! Tests of our operator against the runtime's own, in graphs of one node.

use std::fs;

use avatar_prerequisites::onnx_runtime;

use super::patch::{made_loadable, with_own_operator};
use crate::graphs::{self, message, node};
use crate::provider::{Model, session};
use crate::signature::{Extent, Port};
use crate::{Input, Network, Options, Provider, Runtime, Signature};

const SIGNATURE: Signature = Signature {
    inputs: &[Port::f32("x", Extent::Any), Port::f32("grid", Extent::Any)],
    outputs: &[Port::f32("y", Extent::Any)],
};

/// The runtime; `None` where there is none: the test has then said so.
fn runtime() -> Option<&'static Runtime> {
    Some(Runtime::load(Some(onnx_runtime()?), None).unwrap())
}

/// A graph that samples f32, or what it is cast to.
fn model(cast: Option<u64>) -> Vec<u8> {
    let mode = message(&[(1, Ok(b"mode")), (4, Ok(b"bilinear")), (20, Err(3))]);
    let to = |element: u64| vec![message(&[(1, Ok(b"to")), (3, Err(element)), (20, Err(2))])];
    let nodes = match cast {
        None => vec![node("GridSample", &["x", "grid"], "y", &[mode])],
        Some(element) => vec![
            node("Cast", &["x"], "a", &to(element)),
            node("Cast", &["grid"], "b", &to(element)),
            node("GridSample", &["a", "b"], "c", &[mode]),
            node("Cast", &["c"], "y", &to(1)),
        ],
    };
    graphs::model(&nodes, &["x", "grid"], &["y"])
}

/// Numbers that look like chance, from −1 to 1.
fn noise(count: usize, mut seed: u32) -> Vec<f32> {
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn our_operator_gives_what_the_runtimes_does() {
    let Some(runtime) = runtime() else { return };
    let (graph, options) = (model(None), Options::default());
    let [theirs, ours] = [made_loadable(&graph), with_own_operator(&graph)].map(|graph| graph.unwrap().unwrap());
    let [mut theirs, mut ours] =
        [theirs, ours].map(|graph| session(runtime, Model::Bytes(&graph), Provider::Cpu, &options).unwrap());
    // The last two after others with the same session: borders and leftovers of the last run must not show.
    for (shape, grid) in [
        (&[1_usize, 32, 4, 9, 7][..], &[1_usize, 3, 8, 11, 3][..]),
        (&[22, 4, 16, 64, 64], &[22, 2, 9, 9, 3]),
        (&[2, 19, 5, 4, 3], &[2, 5, 40, 30, 3]),
        (&[3, 5, 8, 6], &[3, 7, 9, 2]),
        (&[1, 32, 4, 9, 7], &[1, 3, 8, 11, 3]),
        (&[1, 32, 4, 9, 7], &[1, 3, 8, 11, 3]),
    ] {
        let lengths: Vec<f32> = shape[2..].iter().rev().map(|&length| length as f32).collect();
        let mut places = noise(grid.iter().product(), 3);
        for (i, place) in places.iter_mut().enumerate() {
            let length = lengths[i % lengths.len()];
            *place = match i / lengths.len() % 8 {
                0 => [-1.0, 1.0, 1.0 / length - 1.0, 1.0 - 1.0 / length][(*place * 2.0 + 2.0) as usize % 4],
                1 => (1.0 + 1.0 / length).copysign(*place),
                2 => *place * 1e6,
                3 => *place * 3.0,
                _ => *place * 1.1,
            };
        }
        let values = noise(shape.iter().product(), 5);
        let mut outs = Vec::new();
        for session in [&mut theirs, &mut ours] {
            let fed = [(shape, &values), (grid, &places)]
                .map(|(shape, values)| ort::value::TensorRef::from_array_view((shape, &values[..])).unwrap());
            let [x, grid] = fed;
            let given = session.run(ort::inputs!["x" => x, "grid" => grid]).unwrap();
            let (shape, values) = given["y"].try_extract_tensor::<f32>().unwrap();
            outs.push((shape.to_vec(), values.to_vec()));
        }
        assert_eq!(outs[0].0, outs[1].0);
        let off = outs[0].1.iter().zip(&outs[1].1).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-5, "{shape:?} at {grid:?}: {off}");
    }
}

#[test]
fn numbers_that_our_operator_does_not_take_are_left_to_the_runtime() {
    let Some(runtime) = runtime() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, element) in [("half", 10), ("double", 11)] {
        let path = folder.path().join(name);
        fs::write(&path, model(Some(element))).unwrap();
        let mut network = Network::load(runtime, &path, SIGNATURE, &Options::default()).unwrap();
        let inputs = [Input::F32(&[1, 2, 3, 4, 5], &[0.5; 120]), Input::F32(&[1, 1, 1, 2, 3], &[0.0; 6])];
        assert_eq!(network.run(&inputs).unwrap().values(0), [0.5; 4], "{name}");
    }
}
