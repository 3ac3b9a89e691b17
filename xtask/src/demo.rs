//! `cargo xtask demo`: builds a gateway and lets it make a talking video.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::cargo;
use crate::engine::{self, Profile};
use crate::gateway::{Gateway, Interruption};
use crate::libraries::Build;
use crate::runtime::Runtime;
use crate::setup;
use crate::steps::{Steps, bold, table};
use crate::tree;
use crate::video::{self, Video};

/// What is said, with a pause in which the mouth must rest.
const WORDS: &str = "Hello, and welcome! A moment ago, I was only a picture. <break time=\"700ms\"/> \
                     Now I can talk, and every word that you hear moves my lips.";
const DEFAULT_ENGINE: &str = "puppet";

/// What to make, from what.
#[derive(Args, Debug)]
pub(crate) struct Order {
    /// Your portrait [default: one painted by code]
    #[arg(long, value_name = "FILE", value_parser = input)]
    photo: Option<PathBuf>,
    /// Your speech [default: one spoken by espeak-ng]
    #[arg(long, value_name = "FILE", value_parser = input)]
    speech: Option<PathBuf>,
    /// The engine that makes the video, by its folder in engines/
    #[arg(long, value_name = "NAME", default_value = DEFAULT_ENGINE)]
    engine: String,
    /// The engine's parameters, such as '{"seed": 7}'
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// Where the video goes [default: demo/talking.mp4]
    #[arg(long, value_name = "FILE", value_parser = |out: &str| std::path::absolute(out),
          default_value_os_t = tree::root().join("demo/talking.mp4"), hide_default_value = true)]
    out: PathBuf,
}

/// A file that somebody named: commands that read it run in another folder.
fn input(name: &str) -> Result<PathBuf> {
    let path = std::path::absolute(name)?;
    if !path.is_file() {
        bail!("there is no file {}", path.display());
    }
    Ok(path)
}

pub(crate) fn run(order: &Order) -> Result<()> {
    let engines = order.engines()?;
    let mut steps = Steps::new();
    setup::step(&mut steps)?;
    let stop = Interruption::watch()?;

    let mut build = cargo(["build", "--release", "--package=avatar-gateway", "--package=avatar-samples"]);
    build.args(engines.iter().map(|engine| format!("--package=engine-{engine}")));
    let runtime = Runtime::of(&tree::engines().join(&order.engine));
    if let Some(runtime) = runtime.filter(|runtime| runtime.is_linked()) {
        let title = format!("Get {}", runtime.described(Build::Cpu));
        build.env(runtime.variable(), steps.step(&title, || runtime.for_build(Build::Cpu))?);
    }
    steps.step("Build the gateway and its engine", || {
        stop.run(&mut build)?;
        for engine in &engines {
            println!("   installed {}", tree::shown(&engine::install(engine, Profile::Release, &tree::engines())?));
        }
        // One for GPUs that somebody has put there stays.
        if let Some(runtime) = runtime.filter(|runtime| !runtime.is_installed(&tree::engines())) {
            println!("   installed {}", tree::shown(&runtime.install(Build::Cpu, &tree::engines())?));
        }
        Ok(())
    })?;

    let programs = tree::target()?.join("release");
    let folder = tree::target()?.join("demo");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (photo, speech) = steps.step("Get a portrait and speech", || order.inputs(&programs, &folder, &stop))?;
    let speech_seconds = video::sound_seconds(&speech)?;

    // A folder of its own: nothing of an earlier demo is in the way, and two demos do not meet.
    let site = folder.join(format!("run-{}", std::process::id()));
    fs::create_dir_all(&site).with_context(|| format!("cannot make {}", site.display()))?;
    let program = programs.join("avatar-gateway");
    let made = order.make(&program, (&photo, &speech), &site, &mut steps, &stop).and_then(|video| {
        video.matches(speech_seconds)?;
        Ok(video)
    });
    if made.is_ok() || stop.check().is_err() {
        fs::remove_dir_all(&site).with_context(|| format!("cannot remove {}", site.display()))?;
    }
    let made = made?;
    print!("{}", summary(order, &made, speech_seconds, &steps.elapsed()));
    Ok(())
}

impl Order {
    /// The default engine, and the one asked for.
    fn engines(&self) -> Result<Vec<&str>> {
        engine::package(tree::root(), &self.engine)?;
        Ok(if self.engine == DEFAULT_ENGINE { vec![DEFAULT_ENGINE] } else { vec![DEFAULT_ENGINE, &self.engine] })
    }

    /// The files that were given; what was not given is made.
    fn inputs(&self, programs: &Path, folder: &Path, stop: &Interruption) -> Result<(PathBuf, PathBuf)> {
        let photo = match &self.photo {
            Some(photo) => photo.clone(),
            None => {
                let photo = folder.join("portrait.png");
                stop.run(Command::new(programs.join("avatar-samples")).arg("portrait").arg(&photo))?;
                photo
            }
        };
        let speech = match &self.speech {
            Some(speech) => speech.clone(),
            None => {
                let speech = folder.join("speech.wav");
                let mut espeak = Command::new("espeak-ng");
                espeak.args(["-v", "en-us", "-s", "150", "-m", "-w"]).arg(&speech).arg(WORDS);
                stop.run(&mut espeak)?;
                speech
            }
        };
        print!("{}", table(&[("portrait", tree::shown(&photo)), ("speech", tree::shown(&speech))]));
        if let Some(parent) = self.out.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        Ok((photo, speech))
    }

    /// Lets a gateway of its own, with data and log in `site`, make the video; the gateway is gone afterwards.
    fn make(
        &self,
        program: &Path,
        (photo, speech): (&Path, &Path),
        site: &Path,
        steps: &mut Steps,
        stop: &Interruption,
    ) -> Result<Video> {
        let gateway = steps.step("Start the gateway", || {
            let gateway = Gateway::start(program, tree::root(), &site.join("data"), &site.join("gateway.log"), stop)?;
            println!("   it listens on {}", gateway.url());
            Ok(gateway)
        })?;
        let video = steps.step("Let it make the video", || {
            let made = stop.run(&mut self.submission(program, photo, speech, gateway.url()));
            if let Err(error) = made {
                stop.check()?;
                bail!("{error:#}\n{}", gateway.last_words());
            }
            Video::probe(&self.out)
        })?;
        steps.step("Stop the gateway", || gateway.stop())?;
        Ok(video)
    }

    fn submission(&self, program: &Path, photo: &Path, speech: &Path, url: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("submit").arg("--photo").arg(photo).arg("--speech").arg(speech);
        command.args(["--engine", &self.engine, "--url", url]);
        if let Some(params) = &self.params {
            command.args(["--params", params]);
        }
        command.arg("-o").arg(&self.out);
        command
    }
}

fn summary(order: &Order, video: &Video, speech_seconds: f64, elapsed: &str) -> String {
    let rows = [
        ("video", tree::shown(&order.out)),
        (
            "picture",
            format!("{} x {} pixels, {} frames per second, H.264", video.width, video.height, round(video.rate)),
        ),
        ("sound", format!("{} Hz, AAC", video.sound_rate)),
        ("length", format!("{:.2} s for {speech_seconds:.2} s of speech", video.seconds)),
        ("size", format!("{} kB", video.bytes.div_ceil(1000))),
    ];
    let title = bold(&format!("Your portrait talks. It took {elapsed} from start to end."));
    format!("{title}\n{}", table(&rows))
}

/// At most two places after the point, and none that say nothing.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Order, summary};
    use crate::tree;
    use crate::video::Video;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        order: Order,
    }

    fn order(words: &[&str]) -> Result<Order, clap::Error> {
        Ok(CommandLine::try_parse_from(["demo"].iter().chain(words))?.order)
    }

    #[test]
    fn without_words_the_demo_makes_everything_itself() {
        let order = order(&[]).unwrap();
        assert_eq!((&order.photo, &order.speech, order.engine.as_str()), (&None, &None, "puppet"));
        assert_eq!(order.out, tree::root().join("demo/talking.mp4"));
        assert_eq!(order.engines().unwrap(), ["puppet"]);
    }

    #[test]
    fn another_engine_is_built_beside_the_default() {
        assert_eq!(order(&["--engine", "testcard"]).unwrap().engines().unwrap(), ["puppet", "testcard"]);
        assert!(order(&["--engine", "ditoo"]).unwrap().engines().is_err());
    }

    #[test]
    fn the_submission_names_what_was_ordered() {
        let order = order(&["--params", r#"{"seed": 1}"#, "--out", "/somewhere/a.mp4"]).unwrap();
        let command = order.submission("gateway".as_ref(), "p.png".as_ref(), "s.wav".as_ref(), "http://127.0.0.1:1");
        assert_eq!(
            crate::command::shown(&command),
            r#"gateway submit --photo p.png --speech s.wav --engine puppet --url http://127.0.0.1:1 --params '{"seed": 1}' -o /somewhere/a.mp4"#
        );
    }

    #[test]
    fn a_missing_file_is_named_before_anything_is_built() {
        let error = order(&["--photo", "/nowhere/me.jpg"]).unwrap_err().to_string();
        assert!(error.contains("there is no file /nowhere/me.jpg"), "{error}");
    }

    #[test]
    fn the_summary_says_what_was_made() {
        let video = Video {
            width: 512,
            height: 512,
            rate: 30_000.0 / 1001.0,
            seconds: 7.5,
            picture_seconds: 7.5,
            sound_seconds: 7.5,
            sound_rate: 22_050,
            bytes: 412_001,
        };
        let text = summary(&order(&[]).unwrap(), &video, 7.49, "12.0 s");
        assert!(text.contains("   video    demo/talking.mp4\n"), "{text}");
        assert!(text.contains("512 x 512 pixels, 29.97 frames per second"), "{text}");
        assert!(text.contains("   size     413 kB\n"), "{text}");
    }
}
