//! `cargo xtask pictures ENGINE DIR`: draws contact sheets of what an engine makes of photographs, to be looked at.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::command::{self, cargo};
use crate::setup;
use crate::steps::Steps;
use crate::tree;

/// The engines whose packages have a program `pictures` among their examples.
const ENGINES: [&str; 1] = ["puppet"];

/// What the chore is told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The engine
    #[arg(value_parser = PossibleValuesParser::new(ENGINES))]
    engine: String,
    /// The folder with photographs: PNG, JPEG and WebP, whatever they are called
    #[arg(value_name = "DIR", value_parser = album)]
    photographs: PathBuf,
    /// The folder that the sheets go to [default: target/pictures/ENGINE]
    #[arg(long, value_name = "FOLDER", value_parser = |name: &str| std::path::absolute(name))]
    into: Option<PathBuf>,
    /// Speech, of which the beginning is used [default: babble made by code]
    #[arg(long, value_name = "FILE", value_parser = file)]
    speech: Option<PathBuf>,
    /// The folder of the engine's optional weights [default: none]
    #[arg(long, value_name = "FOLDER", value_parser = folder)]
    weights: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let into = match &options.into {
        Some(into) => into.clone(),
        None => tree::target()?.join("pictures").join(&options.engine),
    };
    let mut steps = Steps::new();
    setup::step(&mut steps)?;
    let mut command = command(options, &into);
    let title = command::shown(&command);
    steps.step(&title, || command::run(&mut command))?;
    println!("The sheets are in {}.", tree::shown(&into));
    Ok(())
}

fn command(options: &Options, into: &Path) -> Command {
    let package = format!("engine-{}", options.engine);
    let mut command = cargo(["run", "--release", "--package", &package, "--example", "pictures", "--", "sheets"]);
    command.arg(&options.photographs).arg("--into").arg(into);
    for (name, path) in [("--weights", &options.weights), ("--speech", &options.speech)] {
        if let Some(path) = path {
            command.arg(name).arg(path);
        }
    }
    command
}

/// A folder that somebody named: the program runs in another one.
fn folder(name: &str) -> Result<PathBuf> {
    let path = std::path::absolute(name)?;
    if !path.is_dir() {
        bail!("there is no folder {}", path.display());
    }
    Ok(path)
}

/// A folder with pictures in it, so that none is missed only after everything was built.
fn album(name: &str) -> Result<PathBuf> {
    let path = folder(name)?;
    for entry in fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
        let file = entry?.path();
        if file.is_file() && is_picture(&file).with_context(|| format!("cannot read {}", file.display()))? {
            return Ok(path);
        }
    }
    bail!("there is no PNG, JPEG or WebP picture in {}", path.display());
}

fn file(name: &str) -> Result<PathBuf> {
    let path = std::path::absolute(name)?;
    if !path.is_file() {
        bail!("there is no file {}", path.display());
    }
    Ok(path)
}

/// Whether a file begins as PNG, JPEG or WebP pictures do.
fn is_picture(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(12).read_to_end(&mut head)?;
    let is_webp = head.len() == 12 && head.starts_with(b"RIFF") && head.ends_with(b"WEBP");
    Ok(is_webp || head.starts_with(b"\x89PNG\r\n\x1a\n") || head.starts_with(b"\xff\xd8\xff"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{ENGINES, Options, album, command};
    use crate::command::shown;
    use crate::tree;

    #[test]
    fn an_engine_that_is_named_has_such_a_program() {
        for engine in ENGINES {
            let folder = tree::engines().join(engine).join("examples/pictures");
            assert!(folder.join("main.rs").is_file(), "{engine}");
        }
    }

    #[test]
    fn what_is_asked_for_is_passed_on() {
        let mut options =
            Options { engine: "puppet".into(), photographs: "/faces".into(), into: None, speech: None, weights: None };
        let line = "cargo run --release --package engine-puppet --example pictures -- sheets /faces --into /out";
        assert_eq!(shown(&command(&options, Path::new("/out"))), line);
        (options.speech, options.weights) = (Some("/a.wav".into()), Some("/nets".into()));
        let line = format!("{line} --weights /nets --speech /a.wav");
        assert_eq!(shown(&command(&options, Path::new("/out"))), line);
    }

    #[test]
    fn pictures_are_told_by_their_content() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().to_str().unwrap();
        fs::write(folder.path().join("face.jpg"), "no picture").unwrap();
        fs::create_dir(folder.path().join("more.png")).unwrap();
        let error = album(name).unwrap_err().to_string();
        assert!(error.starts_with("there is no PNG, JPEG or WebP picture in "), "{error}");
        assert!(album(&format!("{name}/none")).unwrap_err().to_string().starts_with("there is no folder "));
        for head in [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff\xe0", b"RIFF\x10\0\0\0WEBPVP8 "] {
            fs::write(folder.path().join("face"), head).unwrap();
            assert!(album(name).is_ok(), "{head:?}");
        }
        fs::write(folder.path().join("face"), "RIFF\x10\0\0\0WAVEfmt ").unwrap();
        assert!(album(name).is_err());
    }
}
