//! Stages `mtcnn_pnet`, `mtcnn_rnet` and `mtcnn_onet`, and the keys of the three checkpoints.

use std::collections::BTreeMap;
use std::fs::File;

use engine_echomimic::face::mtcnn::networks::{OutputNet, ProposalNet, RefineNet};
use engine_golden::json::text;
use engine_torch::testing::keys;

use crate::reference::{SET, check, input, network};

#[test]
fn keys_and_shapes_are_those_of_the_checkpoints() {
    for (name, asked) in
        [("pnet", keys(ProposalNet::new)), ("rnet", keys(RefineNet::new)), ("onet", keys(OutputNet::new))]
    {
        let list = File::open(SET.path(&format!("state_dict/mtcnn_{name}.json"))).expect("a list of keys");
        let stored: BTreeMap<String, (Vec<i64>, String)> = serde_json::from_reader(list).expect("shapes by key");
        let stored: BTreeMap<String, Vec<i64>> = stored.into_iter().map(|(key, (shape, _))| (key, shape)).collect();
        assert_eq!(asked, stored, "{name}");
    }
}

#[test]
fn the_proposal_network_answers_as_the_reference() {
    for stage in SET.stages("mtcnn_pnet") {
        let answers = network(text(&stage["model"]), ProposalNet::new).forward(&input(stage, "x"));
        check(stage, "prob", &answers.probabilities);
        check(stage, "reg", &answers.offsets);
    }
}

#[test]
fn the_refinement_network_answers_as_the_reference() {
    for stage in SET.stages("mtcnn_rnet") {
        let answers = network(text(&stage["model"]), RefineNet::new).forward(&input(stage, "x"));
        check(stage, "prob", &answers.probabilities);
        check(stage, "reg", &answers.offsets);
    }
}

#[test]
fn the_output_network_answers_as_the_reference() {
    for stage in SET.stages("mtcnn_onet") {
        let (answers, landmarks) = network(text(&stage["model"]), OutputNet::new).forward(&input(stage, "x"));
        check(stage, "prob", &answers.probabilities);
        check(stage, "reg", &answers.offsets);
        check(stage, "landmarks", &landmarks);
    }
}
