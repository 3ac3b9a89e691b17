//! The engines with networks, with stand-ins for these: the groups of checks that are quick with them.

use std::path::Path;

use avatar_tests::{Site, libtorch, onnx_runtime};

use super::Tried;
use crate::{dice_talk, ditto, on_libtorch};

#[test]
fn ditto_passes() {
    let Some(runtime) = onnx_runtime() else { return };
    let site = Site::new(&["ditto"], "");
    site.add_config(&ditto::whole_table(&site, runtime));
    let quick = ["--params", r#"{"steps": 2}"#, "--only", "description,loading,seeds,cancel,garbage,device,output"];
    Tried::of(&site, &[&["ditto"], &quick[..]].concat()).passes();
}

#[test]
fn echomimic_passes() {
    on_libtorch_passes("echomimic", |_| String::new());
}

#[test]
fn dice_talk_passes() {
    on_libtorch_passes("dice-talk", dice_talk::trust);
}

#[track_caller]
fn on_libtorch_passes(engine: &'static str, prepare: impl FnOnce(&Path) -> String) {
    let Some(_) = libtorch() else { return };
    let site = Site::new(&[engine], "");
    on_libtorch::add_table(&site, engine, prepare);
    Tried::of(&site, &[engine, "--only", "description,loading,device"]).passes();
}
