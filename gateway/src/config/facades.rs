//! `[facades]`: the services whose clients are served, each by an engine of the operator's choice.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::kind::{engine_id, flag, optional_address, optional_folder, seconds};
use crate::config::reader::Reader;

/// A service whose wire format is spoken, by the name of its table. What is spoken is the matter of `http/facades/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacadeName {
    /// The DICE-Talk API service.
    DiceTalk,
    /// The Ditto avatar backend.
    Ditto,
    /// The EchoMimic service.
    EchoMimic,
    /// The Duix Face2Face cloud service.
    Duix,
    /// The Duix generator, which that service drives.
    DuixGenerator,
    /// OpenAI's videos.
    OpenAi,
}

impl FacadeName {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::DiceTalk, Self::Ditto, Self::EchoMimic, Self::Duix, Self::DuixGenerator, Self::OpenAi];

    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DiceTalk => "dice-talk",
            Self::Ditto => "ditto",
            Self::EchoMimic => "echomimic",
            Self::Duix => "duix",
            Self::DuixGenerator => "duix-generator",
            Self::OpenAi => "openai",
        }
    }
}

/// `[facades]`
#[derive(Debug, Clone, PartialEq)]
pub struct Facades {
    /// `[facades.NAME]`, in the order of [`FacadeName::ALL`].
    tables: [FacadeConfig; FacadeName::ALL.len()],
    /// The folder that Ditto's `audio_path` starts at; `None` for `ditto` in the data folder.
    pub files_root: Option<PathBuf>,
    /// How long a job of the Duix facade is kept after its video was fetched.
    pub cleanup_delay: Duration,
    /// How long one is kept after its end if its video is not fetched.
    pub max_file_age: Duration,
    /// The folder that clients of the Duix generator know as `/code/data`; `None` for `duix` in the data folder.
    pub generator_files_root: Option<PathBuf>,
    /// Whether the Duix generator tells the end of a job once.
    pub generator_tells_end_once: bool,
}

/// What is the same for every facade.
#[derive(Debug, Clone, PartialEq)]
pub struct FacadeConfig {
    /// The engine that renders for its clients.
    pub engine: String,
    /// An address where it is reached alone, beside `server.listen`.
    pub listen: Option<SocketAddr>,
    /// Whether its clients are let in without a key.
    pub open: bool,
    /// Whether `engines.default` renders where no plugin of `engine` is installed.
    pub fallback: bool,
}

impl Facades {
    /// The settings of one.
    pub fn of(&self, facade: FacadeName) -> &FacadeConfig {
        &self.tables[facade as usize]
    }

    /// The settings of one, to be changed.
    pub fn of_mut(&mut self, facade: FacadeName) -> &mut FacadeConfig {
        &mut self.tables[facade as usize]
    }

    pub(super) fn read(reader: &mut Reader, base: &Path) -> Self {
        Self {
            tables: FacadeName::ALL.map(|facade| FacadeConfig::read(reader, facade)),
            files_root: reader.value("facades.ditto.files_root", optional_folder(base)),
            cleanup_delay: reader.value("facades.duix.cleanup_delay_seconds", seconds(0.0..=31_536_000.0)),
            max_file_age: reader.value("facades.duix.max_file_age_seconds", seconds(0.0..=31_536_000.0)),
            generator_files_root: reader.value("facades.duix-generator.files_root", optional_folder(base)),
            generator_tells_end_once: reader.value("facades.duix-generator.tells_end_once", flag()),
        }
    }
}

impl FacadeConfig {
    fn read(reader: &mut Reader, facade: FacadeName) -> Self {
        let key = |name: &str| format!("facades.{}.{name}", facade.as_str());
        Self {
            engine: reader.value(&key("engine"), engine_id()),
            listen: reader.value(&key("listen"), optional_address()),
            open: reader.value(&key("open"), flag()),
            fallback: reader.value(&key("fallback"), flag()),
        }
    }
}
