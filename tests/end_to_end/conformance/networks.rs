//! The engines with networks, with stand-ins for these, and the one with a backend: the groups of checks that are quick with them.

use std::fs;
use std::path::Path;

use avatar_tests::{Behaviour, Generator, Site, libtorch, onnx_runtime};
use serde_json::json;

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
fn duix_passes_beside_a_generator() {
    let site = Site::new(&["duix"], "");
    let shared = site.scratch().join("shared");
    fs::create_dir(&shared).unwrap();
    let generator = Generator::start(&shared, &Behaviour::default());
    let table = json!({"url": generator.url(), "data_dir": shared});
    site.add_config(&format!(
        "[engines.duix]\nurl = {}\ndata_dir = {}\npoll_seconds = 0.1\n",
        table["url"], table["data_dir"]
    ));
    // The generator loses the last two frames, whatever the engine does: lengths are left out.
    let rendering =
        ["completes", "size", "moves", "progress", "phases", "signs", "silent_speech", "keeps_to_its_folder"];
    let rendering = rendering.map(|check| format!("rendering.{check}")).join(",");
    let quick = ["--only", &format!("description,loading,cancel,device,output,{rendering}")];
    Tried::of(&site, &[&["duix"], &quick[..]].concat()).passes();
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
