//! The engine's own keys of its table in the configuration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use engine_api::{EngineError, Setup};
use serde::Deserialize;

/// `[engines.duix]`, beside what every engine has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// Where the generator is reached.
    url: String,
    /// Where several are reached; each takes one job at a time.
    urls: Vec<String>,
    /// The folder that the generator has as `generator_data_dir`.
    pub(crate) data_dir: PathBuf,
    /// That folder as the generator sees it.
    pub(crate) generator_data_dir: String,
    /// How the generator is told where its inputs are.
    pub(crate) input_paths: InputPaths,
    /// Where inputs are served, for `input_paths = "http"`.
    pub(crate) http_listen: SocketAddr,
    /// How the generator reaches that address; by default as it is written there.
    pub(crate) http_url: Option<String>,
    /// Seconds between two questions about a job.
    poll_seconds: f64,
    /// Seconds that an answer may take. The generator answers one request after the other.
    request_seconds: f64,
    /// Seconds that a job waits for a generator that is busy.
    busy_seconds: f64,
    /// Seconds that a job waits for one that does not answer.
    down_seconds: f64,
    /// Seconds without progress after which a generator counts as wedged.
    wedge_seconds: f64,
}

/// How the generator is told where its inputs are: images differ in what they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InputPaths {
    /// By name, in `temp/` of the shared folder, as the official client does.
    Bare,
    /// By the whole path, as the generator sees it.
    Absolute,
    /// By an address of this process, from which the generator fetches them.
    Http,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: "http://localhost:8383".into(),
            urls: vec![],
            data_dir: "/code/data".into(),
            generator_data_dir: "/code/data".into(),
            input_paths: InputPaths::Bare,
            http_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            http_url: None,
            poll_seconds: 2.0,
            request_seconds: 40.0,
            busy_seconds: 7200.0,
            down_seconds: 30.0,
            wedge_seconds: 900.0,
        }
    }
}

impl Options {
    /// Reads and checks them.
    ///
    /// # Errors
    /// An option is unknown or has an impossible value.
    pub(crate) fn read(setup: &Setup) -> Result<Self, EngineError> {
        let options: Self = setup.options()?;
        let is_time = |seconds: f64| (0.01..=1e6).contains(&seconds);
        let times = [
            ("poll_seconds", options.poll_seconds),
            ("request_seconds", options.request_seconds),
            ("busy_seconds", options.busy_seconds),
            ("down_seconds", options.down_seconds),
            ("wedge_seconds", options.wedge_seconds),
        ];
        if let Some((name, seconds)) = times.into_iter().find(|(_, seconds)| !is_time(*seconds)) {
            return Err(EngineError::input(format!(
                "the option {name} must be 0.01 to 1000000 seconds, not {seconds}"
            )));
        }
        if let Some(url) = options.addresses().into_iter().find(|url| !url.starts_with("http://")) {
            let message = format!("the option url must be an address such as http://localhost:8383, not {url:?}");
            return Err(EngineError::input(message));
        }
        Ok(options)
    }

    /// Where the generators are reached: one at least, without slashes at their ends.
    pub(crate) fn addresses(&self) -> Vec<&str> {
        let given = if self.urls.is_empty() { std::slice::from_ref(&self.url) } else { &self.urls };
        given.iter().map(|url| url.trim_end_matches('/')).collect()
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_secs_f64(self.poll_seconds)
    }

    pub(crate) fn request(&self) -> Duration {
        Duration::from_secs_f64(self.request_seconds)
    }

    pub(crate) fn busy(&self) -> Duration {
        Duration::from_secs_f64(self.busy_seconds)
    }

    pub(crate) fn down(&self) -> Duration {
        Duration::from_secs_f64(self.down_seconds)
    }

    pub(crate) fn wedge(&self) -> Duration {
        Duration::from_secs_f64(self.wedge_seconds)
    }
}
