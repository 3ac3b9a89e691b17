//! The child's side: this process loads one plugin and renders one job at a time, its frames going straight into
//! the encoder.

mod recorder;
mod render;
mod reporter;
mod socket;
mod spoken;
mod thumbnail;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use engine_api::abi::load::{LoadedEngine, Plugin};
use engine_api::{EngineError, Phase, Setup};

use crate::domain::shortage::Shortage;
use crate::host::child::render::RunningJob;
use crate::host::child::reporter::Reporter;
use crate::host::child::socket::HostSocket;
use crate::host::protocol::{FromHost, PROTOCOL, Render, ToHost};

/// Runs `avatar-worker engine-host`: talks with the parent over the socket on stdin until it says goodbye. `library` is
/// where the plugin is installed, which the engine and people are told; where there is a `copy`, that is loaded.
///
/// # Errors
/// stdin is no socket: somebody started this by hand.
pub fn run(library: &Path, copy: Option<&Path>) -> anyhow::Result<ExitCode> {
    let (link, requests) = HostSocket::open()?;
    link.send(&FromHost::Hello { protocol: PROTOCOL });
    let loaded = copy.unwrap_or(library);
    let plugin = match Plugin::open(loaded) {
        Ok(plugin) => plugin,
        Err(error) => {
            let reason = error.to_string().replace(&*loaded.to_string_lossy(), &library.to_string_lossy());
            link.send(&FromHost::Incompatible { reason });
            return Ok(ExitCode::FAILURE);
        }
    };
    // Only here: the parent compares set-ups by what is configured, and this is not.
    let plugin_dir = folder_of(library);
    let placed = |setup: Setup| Setup { plugin_dir: plugin_dir.clone(), ..setup };
    let mut engine = None;
    for request in requests {
        let answer = match request {
            ToHost::Describe { setup } => describe(&plugin, setup.map(placed)).map_err(Failed::from),
            ToHost::Load { setup } => {
                let loaded = plugin.load(&placed(setup), &mut Reporter::new(&link, Phase::Loading));
                loaded.map_err(Failed::from).map(|loaded| {
                    engine = Some(loaded);
                    FromHost::Loaded
                })
            }
            ToHost::Render(job) => render(engine.as_mut(), &job, &link),
            ToHost::Ping => Ok(FromHost::Pong),
            ToHost::Cancel => continue,
            ToHost::Shutdown => break,
        };
        link.send(&answer.unwrap_or_else(Failed::told));
    }
    Ok(ExitCode::SUCCESS)
}

/// A request that failed.
struct Failed {
    error: EngineError,
    /// What the machine lacked for it.
    shortage: Option<Shortage>,
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self { error, shortage: None }
    }
}

impl Failed {
    fn told(self) -> FromHost {
        match self {
            Self { error, shortage: Some(shortage) } => FromHost::Short { shortage, error },
            Self { error, shortage: None } => FromHost::Failed { error },
        }
    }
}

fn describe(plugin: &Plugin, setup: Option<Setup>) -> Result<FromHost, EngineError> {
    let (description, readiness) = match &setup {
        Some(setup) => (plugin.describe_for(setup)?, Some(plugin.check(setup)?)),
        None => (plugin.describe()?, None),
    };
    Ok(FromHost::Described { description: Box::new(description), readiness })
}

/// The folder that a plugin was found in; of a link, the one that the link lies in, because that is where an engine is
/// installed.
fn folder_of(library: &Path) -> Option<PathBuf> {
    fs::canonicalize(std::path::absolute(library).ok()?.parent()?).ok()
}

fn render(engine: Option<&mut LoadedEngine>, render: &Render, link: &HostSocket) -> Result<FromHost, Failed> {
    let engine = engine.ok_or_else(|| EngineError::internal("a job came before the engine was loaded"))?;
    let mut running = RunningJob::new(render, link)?;
    let video = match engine.render(&render.job, &mut running).and_then(|()| running.finish()) {
        Ok(video) => video,
        // While what was written is still there: that is when a full disk can be seen.
        Err(error) => return Err(Failed { shortage: running.shortage(&error), error }),
    };
    if let Err(error) = thumbnail::write(&render.output) {
        let _ = writeln!(io::stderr(), "no thumbnail: {error}"); // the video is whole all the same, and nobody may read it
    }
    Ok(FromHost::Done { video })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_lies_where_it_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(place.join("built")).unwrap();
        fs::create_dir_all(place.join("engines")).unwrap();
        fs::write(place.join("built/libengine_net.so"), "").unwrap();
        std::os::unix::fs::symlink(place.join("built/libengine_net.so"), place.join("engines/libengine_net.so"))
            .unwrap();
        let crooked = place.join("built/../engines/libengine_net.so");
        assert_eq!(folder_of(&crooked), Some(place.join("engines")));
        assert!(folder_of(Path::new("libengine_net.so")).is_some_and(|folder| folder.is_absolute()));
    }
}
