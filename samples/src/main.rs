//! `avatar-samples`: writes a sample portrait or sample speech to a file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use avatar_samples::portrait::{self, MouthLook, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};

const USAGE: &str = "\
Writes a portrait of a person who does not exist, or speech-like sound.

avatar-samples portrait OUT.png [--size WIDTHxHEIGHT] [--seed NUMBER] [--tilt DEGREES] [--turn DEGREES]
                        [--mouth closed|smile|open] [--glasses] [--brows STRENGTH]
avatar-samples babble   OUT.wav [--seconds SECONDS] [--seed NUMBER]
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("avatar-samples: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut words = std::env::args().skip(1);
    match words.next().as_deref() {
        Some("portrait") => portrait(words),
        Some("babble") => babble(words),
        Some("help" | "--help" | "-h") => {
            eprint!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("there is no {other:?}\n\n{USAGE}"),
        None => bail!("say what to make\n\n{USAGE}"),
    }
}

fn portrait(mut words: impl Iterator<Item = String>) -> Result<()> {
    let mut spec = PortraitSpec::default();
    let mut out = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--size" => spec.size = size(&value::<String>(&word, words.next())?)?,
            "--seed" => spec.seed = value(&word, words.next())?,
            "--tilt" => spec.tilt = value(&word, words.next())?,
            "--turn" => spec.turn = value(&word, words.next())?,
            "--mouth" => spec.mouth = mouth(&value::<String>(&word, words.next())?)?,
            "--glasses" => spec.glasses = true,
            "--brows" => spec.brows = value(&word, words.next())?,
            _ => place(&mut out, word)?,
        }
    }
    let out = out.context("name the picture to write, such as portrait.png")?;
    portrait::render(&spec).save(&out).with_context(|| format!("cannot write {}", out.display()))
}

fn babble(mut words: impl Iterator<Item = String>) -> Result<()> {
    let mut spec = BabbleSpec::default();
    let mut out = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => spec.seconds = value(&word, words.next())?,
            "--seed" => spec.seed = value(&word, words.next())?,
            _ => place(&mut out, word)?,
        }
    }
    if !(0.0..=3600.0).contains(&spec.seconds) {
        bail!("--seconds takes 0 to 3600");
    }
    let out = out.context("name the recording to write, such as speech.wav")?;
    let babble = speech::babble(&spec);
    speech::write_wav(&out, &babble.samples, babble.sample_rate)
        .with_context(|| format!("cannot write {}", out.display()))
}

fn value<T: FromStr>(option: &str, word: Option<String>) -> Result<T> {
    word.and_then(|word| word.parse().ok()).with_context(|| format!("{option} takes a value\n\n{USAGE}"))
}

fn size(word: &str) -> Result<(u32, u32)> {
    let sides = word.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match sides {
        Some((width @ 1..=4096, height @ 1..=4096)) => Ok((width, height)),
        _ => bail!("--size takes two sides from 1 to 4096 pixels, such as 512x512"),
    }
}

fn mouth(word: &str) -> Result<MouthLook> {
    match word {
        "closed" => Ok(MouthLook::Closed),
        "smile" => Ok(MouthLook::Smile),
        "open" => Ok(MouthLook::Open),
        _ => bail!("--mouth takes closed, smile or open"),
    }
}

fn place(out: &mut Option<PathBuf>, word: String) -> Result<()> {
    if word.starts_with("--") {
        bail!("there is no option {word}\n\n{USAGE}");
    }
    if out.replace(PathBuf::from(&word)).is_some() {
        bail!("one file at a time: {word:?} is too much");
    }
    Ok(())
}
