//! Stage `graphs`: every network alone, with both variants of the five-dimensional grid sample.

use std::path::Path;

use engine_ditto::networks::ALL;
use engine_golden::json::text;

use crate::reference::{SET, check};
use crate::runtime::{network, run_with};

#[test]
fn networks_give_what_they_gave_the_reference() {
    for case in SET.cases("graphs") {
        let name = Path::new(text(&case["file"])).file_stem().and_then(|stem| stem.to_str()).expect("a file name");
        let spec = ALL.iter().find(|spec| spec.name == name).unwrap_or_else(|| panic!("graphs: no network {name:?}"));
        let Some(mut network) = network(spec) else { return };
        let inputs: Vec<_> = spec.signature.inputs.iter().map(|port| SET.input(&case["inputs"][port.name])).collect();
        let outputs = run_with(&mut network, &inputs);
        for (port, got) in spec.signature.outputs.iter().zip(&outputs) {
            let record = case["outputs"].get(port.name);
            let record = record.unwrap_or_else(|| panic!("graphs {name}: the set has no output {:?}", port.name));
            check(&format!("graphs {name} {}", port.name), record, got);
        }
    }
}
