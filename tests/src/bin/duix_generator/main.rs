//! A double of the Duix generator (the HeyGem image's service on port 8383): same answers, same files, real videos.
//!
//! ```console
//! $ cargo run -p avatar-tests --bin duix-generator -- --data face2face --listen 127.0.0.1:8383 --wedge 1
//! ```
//!
//! It misbehaves as `Behaviour` says: by a flag for each of its fields, or while it runs by `POST /double/behaviour` with
//! JSON that holds some of them. `POST /double/unwedge` frees a wedged job, `{"drop": true}` forgets it. `GET /double/log`
//! lists the requests so far, `GET /double/jobs` what was accepted.

mod http;
mod job;
mod routes;
mod state;
mod video;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::Arc;
use std::{env, thread};

use avatar_tests::Behaviour;
use rustix::process::{Signal, getpgrp, getpid, kill_current_process_group};
use serde_json::{Map, Value};

use crate::state::{Log, Service};

const USAGE: &str = "duix-generator --data FOLDER [--listen ADDRESS] [--log FILE] [--until-stdin-closes] \
                     [--behaviour JSON] [--NAME-OF-A-BEHAVIOUR VALUE]...";

fn main() {
    if let Err(fault) = run() {
        eprintln!("{fault}\n{USAGE}");
        exit(2);
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::read(env::args().skip(1))?;
    let said = |what: &Path, error: io::Error| format!("{}: {error}", what.display());
    let temp = arguments.data.join("temp");
    fs::create_dir_all(&temp).map_err(|error| said(&temp, error))?;
    let data = arguments.data.canonicalize().map_err(|error| said(&arguments.data, error))?;
    let log = match &arguments.log {
        Some(path) => kept_log(path).map_err(|error| said(path, error))?,
        None => Log::default(),
    };
    let listener = TcpListener::bind(&arguments.listen).map_err(|error| format!("{}: {error}", arguments.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let service = Arc::new(Service::new(data, arguments.behaviour, log));
    if arguments.until_stdin_closes {
        thread::spawn(end_with_owner);
    }
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
    // One after the other, as Flask's development server without threads.
    for stream in listener.incoming().flatten() {
        if let Err(error) = routes::serve(&service, stream) {
            eprintln!("a request was not answered: {error}");
        }
    }
    Ok(())
}

/// What the command line says.
struct Arguments {
    data: PathBuf,
    listen: String,
    log: Option<PathBuf>,
    until_stdin_closes: bool,
    behaviour: Behaviour,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut data, mut log, mut until_stdin_closes) = (None, None, false);
        let mut listen = "127.0.0.1:8383".to_owned();
        let mut behaviour = Map::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| format!("`{word}` is no flag"))?;
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match name {
                "data" => data = Some(PathBuf::from(value()?)),
                "listen" => listen = value()?,
                "log" => log = Some(PathBuf::from(value()?)),
                "until-stdin-closes" => until_stdin_closes = true,
                "behaviour" => {
                    let more: Map<String, Value> =
                        serde_json::from_str(&value()?).map_err(|error| format!("`{word}`: {error}"))?;
                    behaviour.extend(more);
                }
                _ => {
                    let text = value()?;
                    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                    behaviour.insert(name.replace('-', "_"), value);
                }
            }
        }
        Ok(Self {
            data: data.ok_or("`--data` is missing")?,
            listen,
            log,
            until_stdin_closes,
            behaviour: serde_json::from_value(behaviour.into()).map_err(|error| error.to_string())?,
        })
    }
}

/// What an earlier process noted, and where to note more.
fn kept_log(path: &Path) -> io::Result<Log> {
    let file = File::options().create(true).append(true).read(true).open(path)?;
    let lines = BufReader::new(&file).lines().map_while(Result::ok);
    let entries = lines.filter_map(|line| serde_json::from_str(&line).ok()).collect();
    Ok(Log { entries, file: Some(file) })
}

/// Waits until the owner is gone, and then ends this process with every FFmpeg that it runs.
fn end_with_owner() {
    let _ = io::stdin().read_to_end(&mut Vec::new());
    if getpgrp() == getpid() {
        let _ = kill_current_process_group(Signal::KILL);
    }
    exit(0);
}
