//! Which crate of the workspace may depend on which, and how each is set up.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::rule::hold;
use crate::workspace::{crates, metadata, relative, root, text};

#[test]
fn dependencies_go_one_way() {
    let mut broken = Vec::new();
    for (folder, package) in crates() {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(target) = dependency["path"].as_str().map(|path| relative(Path::new(path))) else { continue };
            let in_tests = dependency["kind"] == "dev";
            if !may_depend(Role::of(&folder), Role::of(&target), in_tests) {
                broken.push(format!("{folder} -> {target}{}", if in_tests { " (in tests)" } else { "" }));
            }
        }
    }
    hold(
        "engines use engines/shared, media and engine-api; the gateway uses media, engine-api and samples, and no engine \
         even in tests; media and engine-api use no crate of the workspace, samples none but in tests; \
         engines/shared/pickle and vision use none; in tests alone, all but the tools use prerequisites, all but the tools \
         and the gateway samples, and engines engines/shared/golden and golden-torch",
        "move what both sides need down into media or engine-api, or reach the engine as a plugin",
        broken,
    );
}

#[test]
fn what_every_engine_shares_needs_no_backend() {
    let plain = [Role::SharedWithoutBackend, Role::ForTestsOfEngines];
    let mut broken = Vec::new();
    for (folder, package) in crates().into_iter().filter(|(folder, _)| plain.contains(&Role::of(folder))) {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["name"].as_str().unwrap_or_default();
            if ["ort", "tch", "torch-sys"].contains(&name) {
                broken.push(format!("{folder} -> {name}"));
            }
        }
    }
    hold(
        "engines/shared/pickle, vision and golden name no library that runs networks, so that no engine links another's",
        "give and take plain numbers, and leave tensors of a backend to the crate that has that backend",
        broken,
    );
}

#[test]
fn a_fresh_clone_builds_all_that_needs_no_libtorch() {
    let crates = crates();
    let needs = |package: &Value, name: &str| {
        package["dependencies"].as_array().into_iter().flatten().any(|dependency| dependency["name"] == name)
    };
    // Those that name it, and those that use them.
    let mut torch: BTreeSet<&str> = BTreeSet::from(["tch"]);
    while let Some(next) = crates.values().find_map(|package| {
        let name = package["name"].as_str().filter(|name| !torch.contains(name))?;
        torch.iter().any(|other| needs(package, other)).then_some(name)
    }) {
        torch.insert(next);
    }
    let metadata = metadata();
    let defaults = metadata["workspace_default_members"].as_array().expect("cargo tells them");
    let broken = crates.iter().filter_map(|(folder, package)| {
        let is_default = defaults.contains(&package["id"]);
        let needs_torch = torch.contains(package["name"].as_str()?);
        (is_default == needs_torch)
            .then(|| format!("{folder} {} libtorch", if needs_torch { "needs" } else { "needs no" }))
    });
    hold(
        "the workspace's default-members are all crates but those that need libtorch",
        "add the crate to default-members in Cargo.toml, or take it away there",
        broken,
    );
}

#[test]
fn every_crate_has_the_workspaces_lints() {
    let broken = crates().into_keys().filter(|folder| {
        let manifest = text(&root().join(folder).join("Cargo.toml"));
        !manifest.split("\n[").any(|table| table.starts_with("lints]\nworkspace = true"))
    });
    hold("every crate has the workspace's lints", "add `[lints]` with `workspace = true` to its Cargo.toml", broken);
}

/// What a crate is to the others, by the folder that it lies in.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Contract,
    Media,
    /// A detector of faces behind media's trait.
    Detector,
    Samples,
    SharedByEngines,
    /// Pickles and pixels: what engines of every backend share.
    SharedWithoutBackend,
    /// Comparing with golden sets.
    ForTestsOfEngines,
    /// The same for engines of one backend, which it may name.
    ForTestsWithBackend,
    Engine,
    Gateway,
    Tool,
    Prerequisites,
}

impl Role {
    fn of(folder: &str) -> Self {
        match folder {
            "engine-api" => Self::Contract,
            "media" => Self::Media,
            "media/mediapipe" => Self::Detector,
            "samples" => Self::Samples,
            "gateway" => Self::Gateway,
            "tests" | "xtask" => Self::Tool,
            "tests/prerequisites" => Self::Prerequisites,
            "engines/shared/golden" => Self::ForTestsOfEngines,
            "engines/shared/golden-torch" => Self::ForTestsWithBackend,
            "engines/shared/pickle" | "engines/shared/vision" => Self::SharedWithoutBackend,
            _ if folder.starts_with("engines/shared/") => Self::SharedByEngines,
            _ if folder.starts_with("engines/") => Self::Engine,
            _ => panic!("give the crate in {folder} a role in tests/tidy/dependencies.rs"),
        }
    }
}

fn may_depend(from: Role, on: Role, in_tests: bool) -> bool {
    use Role::*;
    match (from, on) {
        (Gateway, Contract | Media | Detector | Samples) | (Detector, Media) => true,
        (Detector, Samples | Prerequisites) => in_tests,
        (Engine | SharedByEngines, Contract | Media | SharedByEngines | SharedWithoutBackend) => true,
        (Engine, Detector) => true,
        (Tool, Contract | Media | Samples | Prerequisites) => true,
        (ForTestsWithBackend, Contract | Samples | ForTestsOfEngines | Prerequisites) => true,
        (ForTestsWithBackend, SharedByEngines | SharedWithoutBackend) => true,
        (Engine | SharedByEngines | SharedWithoutBackend, ForTestsOfEngines | Prerequisites) => in_tests,
        (Engine | SharedByEngines, ForTestsWithBackend) => in_tests,
        (Engine | SharedByEngines, Samples) | (Gateway, Prerequisites) | (Samples, Media) => in_tests,
        _ => false,
    }
}
