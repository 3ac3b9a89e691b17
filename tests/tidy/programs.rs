//! What the gateway's programs link.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use avatar_tests::{gateway_program, worker_program};

use crate::rule::hold;

/// What the libraries are called that decode and encode.
const DECODERS: [&str; 3] = ["libav", "libsw", "libheif"];

#[test]
fn the_gateway_links_nothing_that_decodes() {
    let of_the_worker = needed(&worker_program());
    for name in DECODERS {
        assert!(of_the_worker.iter().any(|library| library.starts_with(name)), "no {name} in {of_the_worker:?}");
    }
    let is_a_decoder = |library: &String| DECODERS.iter().any(|name| library.starts_with(name));
    hold(
        "avatar-gateway needs neither FFmpeg nor libheif: only avatar-worker links them",
        "find what the gateway's commands reach of media's sound, speech, video or heif, and let a child do that",
        needed(&gateway_program()).into_iter().filter(is_a_decoder),
    );
}

/// The libraries that the system loads for a program because the program itself names them.
fn needed(program: &Path) -> BTreeSet<String> {
    let told = Command::new("readelf").arg("--dynamic").arg("--wide").arg(program).output();
    let told = told.expect("readelf is part of what links programs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let name = |line: &str| Some(line.split_once("(NEEDED)")?.1.split_once('[')?.1.trim_end_matches(']').to_owned());
    told.lines().filter_map(name).collect()
}
