//! The machine's clock is set, forth and back, while jobs are queued and render.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::order::Order;
use crate::torture::terms::Terms;

/// Where a clock may be set to, beside the true time.
const STEPS: [&str; 6] = ["-30m", "+2h", "+0", "-5s", "+20s", "-26h"];
/// How long a short job may take to end after the clock was set.
const SOON: Duration = Duration::from_secs(30);

/// A clock that is corrected.
#[derive(Debug)]
pub(in crate::torture) struct ClockSteps;

impl Kind for ClockSteps {
    fn name(&self) -> &'static str {
        "clock-steps"
    }

    fn what(&self) -> &'static str {
        "a clock that is set by seconds, half an hour, hours and a day, forth and back"
    }

    fn terms(&self) -> Terms {
        Terms {
            config: "[engines]\ninstances = 2\n",
            refusals: &["gateway.starting"],
            patience: 60,
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        let Some(library) = libfaketime() else {
            return Outcome::Skipped(
                "no clock can be set: `apt-get install libfaketime` provides what is needed".into(),
            );
        };
        let clock = context.site.scratch().join("clock");
        set(&clock, "+0");
        let variables = [
            ("LD_PRELOAD", library.to_string_lossy().into_owned()),
            ("FAKETIME_TIMESTAMP_FILE", clock.to_string_lossy().into_owned()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        context.launch.variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        context.start();
        let clients = context.clients(2);
        while context.goes_on() {
            context.pause(0.2, 2.0);
            set(&clock, context.random.choose(&STEPS));
            context.strike();
            renders_soon(context);
        }
        clients.stop();
        Outcome::Done
    }
}

/// A job that is submitted right after the step does not wait for the clock.
fn renders_soon(context: &mut Context) {
    let mut client = context.client();
    let Some((audio, seconds)) = client.upload_speech().filter(|(_, seconds)| *seconds <= 1.0) else { return };
    let order = Order::plain(&mut context.random, seconds);
    let Some(id) = client.submit(&order, &audio) else { return };
    let start = std::time::Instant::now();
    while context.door().get(&format!("/v1/jobs/{id}")).is_some_and(|job| job.json()["finished_at"].is_null()) {
        if start.elapsed() > SOON {
            context.ledger().wrong(format!("job {id} has not ended {SOON:?} after the clock was set"));
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Sets the clock of every process that reads the file: at once, so that nobody reads half of it.
fn set(clock: &Path, to: &str) {
    let beside = clock.with_extension("new");
    fs::write(&beside, format!("{to}\n")).and_then(|()| fs::rename(beside, clock)).expect("the folder can be written");
}

/// The library that gives a process another clock.
fn libfaketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let places = folders.chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/local/lib")]);
    places.map(|folder| folder.join("faketime/libfaketime.so.1")).find(|file| file.is_file())
}
