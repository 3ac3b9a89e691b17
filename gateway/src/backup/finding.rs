//! What a check has found.

use serde::Serialize;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong with it.
    pub kind: Kind,
    /// A file below the folder, or a job.
    pub what: String,
    /// What was found, in words.
    pub message: String,
}

/// Kinds of findings, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The database is damaged or missing.
    Database,
    /// A row names a file that is not there.
    Missing,
    /// A file has another size than its row says.
    WrongSize,
    /// A file has another SHA-256 than its row says.
    WrongContent,
    /// A file cannot be read.
    Unreadable,
    /// A job that is still to be made needs an upload that has no row.
    NoInput,
    /// A file that no row names.
    NoRow,
    /// Something that the gateway has not put there.
    Foreign,
    /// Files of work that nobody does any more.
    LeftOver,
}

impl Kind {
    /// Whether something is lost or out of order; the rest harms nobody.
    pub fn is_fault(self) -> bool {
        self <= Self::NoRow
    }

    /// A word for it, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Missing => "missing",
            Self::WrongSize => "wrong size",
            Self::WrongContent => "wrong content",
            Self::Unreadable => "unreadable",
            Self::NoInput => "no input",
            Self::NoRow => "no row",
            Self::Foreign => "foreign",
            Self::LeftOver => "left over",
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Database => "stop the gateway, keep the folder aside, and restore a backup into a new one",
            Self::Missing | Self::WrongSize | Self::WrongContent => {
                "copy the file from a backup, where it has the same name; or delete its job or upload"
            }
            Self::Unreadable => "look at its permissions and at the disk",
            Self::NoInput => "cancel the job, and submit it again with a new upload",
            Self::NoRow => "nothing, where a crash has left it: a running gateway removes it once it is an hour old",
            Self::Foreign => "move it away, if you know what it is",
            Self::LeftOver => "nothing: the next start of the gateway removes it",
        }
    }
}
