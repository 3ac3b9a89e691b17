//! On what an engine says that it computes a job: as much of it as a row should bear.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::server_paths::ServerPaths;

/// How many providers are kept.
const MOST_PROVIDERS: usize = 8;
/// Longest text, in characters.
const CHARS: usize = 64;
/// How many different words of one attempt are heard.
const MOST_WORDS: u32 = 20;

/// What an attempt is computed on, as its engine says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Computation {
    /// `cpu`, `cuda:0` and so on.
    pub device: String,
    /// What runs the networks, preferred first; empty where there are none.
    pub providers: Vec<String>,
    /// `fp32`, `fp16` or `mixed`.
    pub precision: String,
}

impl Computation {
    /// What an engine says, brought into form: what is too much is cut, and control characters are made visible.
    pub fn of_engine(said: &engine_api::Computation) -> Self {
        Self {
            device: bounded(&said.device),
            providers: said.providers.iter().take(MOST_PROVIDERS).map(|provider| bounded(provider)).collect(),
            precision: bounded(&said.precision),
        }
    }

    /// The same as clients may read it.
    pub fn hiding(&self, paths: &ServerPaths) -> Self {
        Self {
            device: paths.hide(&self.device),
            providers: self.providers.iter().map(|provider| paths.hide(provider)).collect(),
            precision: paths.hide(&self.precision),
        }
    }
}

impl fmt::Display for Computation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let providers = self.providers.join(", ");
        let told = [&self.device, &providers, &self.precision].map(String::as_str);
        f.write_str(&told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "))
    }
}

fn bounded(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    text.chars().take(CHARS).map(visible).collect()
}

/// What one attempt is computed on: the last word.
#[derive(Debug, Default)]
pub struct AttemptComputation {
    latest: Option<Computation>,
    words: u32,
}

impl AttemptComputation {
    /// Keeps a word in the place of the one before, unless it is the same or there were enough; returns it if it is kept.
    pub fn keep(&mut self, said: Computation) -> Option<&Computation> {
        if self.words >= MOST_WORDS || self.latest.as_ref() == Some(&said) {
            return None;
        }
        self.words += 1;
        self.latest = Some(said);
        self.latest.as_ref()
    }

    /// The last word, if there was one.
    pub fn latest(&self) -> Option<&Computation> {
        self.latest.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::server_paths::Place;

    fn said(device: &str, providers: &[&str], precision: &str) -> Computation {
        Computation::of_engine(&engine_api::Computation::new(device, providers, precision))
    }

    #[test]
    fn it_is_bounded_and_readable() {
        let told = said("cuda:0\n2026 ERROR", &["TensorRT", "CUDA\u{1b}[31m"], &"ä".repeat(1000));
        assert_eq!(told.device, "cuda:0\u{fffd}2026 ERROR");
        assert_eq!(told.providers, ["TensorRT", "CUDA\u{fffd}[31m"]);
        assert_eq!(told.precision, "ä".repeat(64));
        assert_eq!(said("", &["CPU"; 100], "").providers.len(), 8);
    }

    #[test]
    fn it_is_told_in_words_without_what_is_empty() {
        assert_eq!(said("cuda:0", &["TensorRT", "CUDA"], "mixed").to_string(), "cuda:0; TensorRT, CUDA; mixed");
        assert_eq!(said("cpu", &[], "fp32").to_string(), "cpu; fp32");
        assert_eq!(said("", &[], "").to_string(), "");
    }

    #[test]
    fn paths_of_the_server_are_not_told() {
        let paths = ServerPaths::new([(Place::Weights, Path::new("/srv/nets"))]);
        let told = said("cpu", &["/srv/nets/a.so", "/usr/lib/b.so"], "fp32").hiding(&paths);
        assert_eq!(told, said("cpu", &["weights/a.so", "b.so"], "fp32"));
    }

    #[test]
    fn the_last_word_counts_and_is_news_once() {
        let mut kept = AttemptComputation::default();
        assert_eq!(kept.latest(), None);
        let [cpu, gpu] = [said("cpu", &[], "fp32"), said("cuda:0", &[], "fp16")];
        assert_eq!(kept.keep(cpu.clone()), Some(&cpu));
        assert_eq!(kept.keep(cpu), None);
        assert_eq!(kept.keep(gpu.clone()), Some(&gpu));
        assert_eq!(kept.latest(), Some(&gpu));
        let more = (0..100).filter(|n| kept.keep(said(&format!("cuda:{n}"), &[], "fp32")).is_some()).count();
        assert_eq!(more, 18, "an engine that never stops is not listened to for ever");
    }
}
