//! The last step of `cargo xtask test`: schemathesis compares a running gateway with its OpenAPI document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{self, cargo};
use crate::engine::{self, Profile};
use crate::gateway::{Gateway, Interruption};
use crate::python;
use crate::skipped::Skipped;
use crate::steps::Steps;
use crate::tree;

/// Raise it knowingly: another version asks other questions.
const VERSION: &str = "4.32.5";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
const ENGINES: [&str; 2] = ["testcard", "puppet"];
/// How long one run may take, in seconds; it takes about ten.
const PATIENCE: &str = "180";
/// Prints one id of each kind that the gateway lists, with Python because what runs the questions has it anyway.
const LIST: &str = "
import sys, requests
for kind in ('photos', 'audio', 'videos', 'jobs'):
    answer = requests.get(f'{sys.argv[1]}/v1/{kind}', timeout=10)
    rows = answer.json().get(kind) if answer.ok else None
    if rows:
        print(kind, rows[0]['id'])
";

/// Asks, or notes why it cannot; where `CI` is `true`, not to ask is a failure.
pub(crate) fn step(steps: &mut Steps, skipped: &Skipped) -> Result<()> {
    steps.step("Ask a gateway whether it answers as its document says", || run(skipped)).context(
        "the API and its document disagree, or could not be compared; try it again alone with\n\n  cargo xtask conformance\n",
    )
}

fn run(skipped: &Skipped) -> Result<()> {
    let programs = match Programs::found() {
        Ok(programs) => programs,
        Err(error) => return skipped.missing("the API's answers against its document", &format!("{error:#}")),
    };
    let stop = Interruption::watch()?;
    let mut build = cargo(["build", "--quiet", "--package=avatar-gateway", "--package=avatar-samples"]);
    build.args(ENGINES.map(|engine| format!("--package=engine-{engine}")));
    stop.run(&mut build)?;

    let site = tree::target()?.join(format!("conformance-{}", std::process::id()));
    let asked = ask(&programs, &site, &stop);
    if asked.is_ok() || stop.check().is_err() {
        fs::remove_dir_all(&site).with_context(|| format!("cannot remove {}", site.display()))?;
    }
    asked
}

/// The parts of schemathesis's virtual environment.
struct Programs {
    python: PathBuf,
    schemathesis: PathBuf,
}

impl Programs {
    /// Makes the virtual environment if there is none of this version.
    fn found() -> Result<Self> {
        let folder = tree::target()?.join("schemathesis");
        let programs = Self { python: folder.join("bin/python"), schemathesis: folder.join("bin/schemathesis") };
        let is_there = command::output(Command::new(&programs.schemathesis).arg("--version"));
        if is_there.is_ok_and(|line| line.split_whitespace().any(|word| word == VERSION)) {
            return Ok(programs);
        }
        python::environment_with(&folder, &format!("schemathesis=={VERSION}"))?;
        Ok(programs)
    }
}

/// Starts a gateway with one finished job and asks about every route, then about what is told of that job.
fn ask(programs: &Programs, site: &Path, stop: &Interruption) -> Result<()> {
    let engines = site.join("engines");
    fs::create_dir_all(&engines).with_context(|| format!("cannot make {}", engines.display()))?;
    for engine in ENGINES {
        engine::install(engine, Profile::Debug, &engines)?;
    }
    let built = tree::target()?.join("debug");
    let program = built.join("avatar-gateway");
    let gateway = Gateway::start(&program, site, &site.join("data"), &site.join("gateway.log"), stop)?;
    let asked = questions(programs, &built, site, gateway.url(), stop);
    if let Err(error) = asked {
        stop.check()?;
        bail!("{error:#}\n{}", gateway.last_words());
    }
    gateway.stop()
}

fn questions(programs: &Programs, built: &Path, site: &Path, url: &str, stop: &Interruption) -> Result<()> {
    let (photo, speech) = (site.join("portrait.png"), site.join("speech.wav"));
    command::output(Command::new(built.join("avatar-samples")).arg("portrait").arg(&photo))?;
    command::output(Command::new("espeak-ng").arg("-w").arg(&speech).arg("Hello."))?;
    let mut submit = Command::new(built.join("avatar-gateway"));
    submit.args(["submit", "--engine", "puppet", "--url", url, "--photo"]).arg(&photo);
    command::output(submit.arg("--speech").arg(&speech).arg("-o").arg(site.join("talking.mp4")))?;

    let listed = command::output(Command::new(&programs.python).args(["-c", LIST, url]))?;
    let known = site.join("known.toml");
    fs::write(&known, known_ids(&listed)?).with_context(|| format!("cannot write {}", known.display()))?;
    let plain = site.join("plain.toml");
    fs::write(&plain, "").with_context(|| format!("cannot write {}", plain.display()))?;

    stop.run(&mut run_of(programs, site, &plain, url, &[]))?;
    // What is deleted cannot be asked about afterwards.
    let of_one = ["--include-path-regex", r"^/v1/(photos|audio|videos|jobs)/\{id\}", "--exclude-method", "DELETE"];
    stop.run(&mut run_of(programs, site, &known, url, &of_one))
}

/// One run of schemathesis. The seed is fixed, so that a failure can be had again.
fn run_of(programs: &Programs, site: &Path, settings: &Path, url: &str, more: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg(&programs.schemathesis).arg("--config-file").arg(settings).arg("run");
    command.arg(format!("{url}/openapi.json")).args(["--checks", CHECKS]).args(more);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1", "--workers", "1"]);
    command.args(["--generation-database", "none", "--request-timeout", "20", "--warnings", "off"]);
    command.current_dir(site);
    command
}

/// Settings in which `{id}` of each kind is one that exists.
fn known_ids(listed: &str) -> Result<String> {
    if !listed.lines().any(|line| line.starts_with("jobs ")) {
        bail!("the gateway lists no job although one was submitted: {listed:?}");
    }
    let kinds = listed.lines().filter_map(|line| line.split_once(' '));
    let settings = kinds.map(|(kind, id)| {
        format!("[[operations]]\ninclude-path-regex = '^/v1/{kind}/\\{{id\\}}'\nparameters = {{ id = \"{id}\" }}\n")
    });
    Ok(settings.collect())
}

#[cfg(test)]
mod tests {
    use super::known_ids;

    #[test]
    fn ids_stand_in_the_settings_of_their_kind() {
        let settings = known_ids("photos p1\njobs j1\n").unwrap();
        assert!(settings.contains("'^/v1/jobs/\\{id\\}'\nparameters = { id = \"j1\" }"), "{settings}");
        assert_eq!(settings.matches("[[operations]]").count(), 2);
        assert!(known_ids("photos p1\n").is_err());
    }
}
