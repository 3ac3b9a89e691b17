//! Stages `mtcnn_pnet`, `mtcnn_rnet` and `mtcnn_onet`, and the keys of the three checkpoints.

use engine_echomimic::face::mtcnn::networks::{OutputNet, ProposalNet, RefineNet};
use engine_golden::json::text;
use engine_torch::testing::keys;

use crate::reference::{SET, check, input, listed, network};

#[test]
fn keys_and_shapes_are_those_of_the_checkpoints() {
    assert_eq!(keys(ProposalNet::new), listed("mtcnn_pnet"));
    assert_eq!(keys(RefineNet::new), listed("mtcnn_rnet"));
    assert_eq!(keys(OutputNet::new), listed("mtcnn_onet"));
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
