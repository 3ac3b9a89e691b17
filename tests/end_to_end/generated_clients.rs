//! Clients that programs make of the document: in Python by `openapi-python-client`, in TypeScript by `openapi-typescript`.

use std::fs;
use std::path::Path;

use avatar_tests::programs::{client, openapi_python, python_with_client, typescript};
use avatar_tests::{Gateway, Site, portrait, speech};

const CONFIG: &str = "engines.default = \"testcard\"\n";
const TOLD: [&str; 5] = [
    "uploaded {true} 1 1",
    "ended succeeded 20 20 finishing",
    "waited 200 succeeded 1 10",
    "listed {true} {true}",
    "refused 422 request.invalid engine=engine.unknown audio_id=audio.not_found",
];

#[test]
fn a_client_in_python_gets_its_video() {
    let (site, gateway) = start();
    let folder = site.scratch();
    let (config, package) = (client("openapi-python-client.yaml"), folder.join("gateway_client"));
    let document = format!("{}/openapi.json", gateway.url());
    let made = ["generate", "--url", &document, "--output-path", name(&package), "--meta", "none"];
    let made = [&made[..], &["--config", name(&config), "--fail-on-warning"]].concat();
    let Some(ran) = openapi_python(&made) else { return };
    ran.success();
    let (portrait, speech, out) = (portrait(&folder), speech(&folder, 1.0), folder.join("python.mp4"));
    let arguments = [gateway.url(), name(&portrait), name(&speech), name(&out)];
    let ran = python_with_client("generated.py", &folder, &arguments).expect("it was there a moment ago");
    assert_eq!(ran.success().trim(), told("True"), "{}", ran.complained);
    assert_eq!(fs::read(out).unwrap()[4..8], *b"ftyp");
}

#[test]
fn a_client_in_typescript_gets_its_video() {
    let (site, gateway) = start();
    let folder = site.scratch();
    fs::copy(client("generated.mts"), folder.join("generated.mts")).unwrap();
    let document = format!("{}/openapi.json", gateway.url());
    let types = ["node_modules/openapi-typescript/bin/cli.js", &document, "-o", "gateway.d.ts"];
    let Some(ran) = typescript(types[0], &folder, &types[1..]) else { return };
    assert!(!ran.success().to_lowercase().contains("warn"), "{}", ran.said);
    assert!(!ran.complained.to_lowercase().contains("warn"), "{}", ran.complained);
    let checked = ["--strict", "--noEmitOnError", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"];
    let checked = [&checked[..], &["--module", "nodenext", "--target", "es2022", "generated.mts"]].concat();
    run(&folder, "node_modules/typescript/bin/tsc", &checked);
    let (portrait, speech, out) = (portrait(&folder), speech(&folder, 1.0), folder.join("typescript.mp4"));
    let said = run(&folder, "generated.mjs", &[gateway.url(), name(&portrait), name(&speech), name(&out)]);
    assert_eq!(said.trim(), told("true"));
    assert_eq!(fs::read(out).unwrap()[4..8], *b"ftyp");
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    typescript(program, folder, arguments).expect("it was there a moment ago").success().to_owned()
}

/// What both programs say, with what each calls true.
fn told(is_true: &str) -> String {
    TOLD.join("\n").replace("{true}", is_true)
}

fn start() -> (Site, Gateway) {
    let site = Site::new(&["testcard"], CONFIG);
    let gateway = site.start();
    (site, gateway)
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}
