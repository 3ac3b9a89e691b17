//! What of the fence a system has.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

/// How long a child may take to try them out.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which of the system's fences hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fences {
    /// No file but its own, and no TCP: Landlock.
    pub files: bool,
    /// No system call but those that decoding needs: seccomp.
    pub calls: bool,
}

impl Fences {
    /// Those of this system, tried out in a child of `program`.
    ///
    /// # Errors
    /// The child cannot be started, dies or hangs.
    pub async fn of_system(program: &Path) -> io::Result<Self> {
        let asked = Command::new(program).args(["probe", "fences"]).stdin(Stdio::null()).kill_on_drop(true).output();
        let answer = tokio::time::timeout(PATIENCE, asked).await??;
        Ok(serde_json::from_slice(&answer.stdout)?)
    }

    /// A sentence for the operator; none if both hold.
    pub fn gap(self) -> Option<&'static str> {
        match (self.files, self.calls) {
            (true, true) => None,
            (false, true) => Some("the kernel has no Landlock: children that decode uploads could open other files"),
            (true, false) => Some("the kernel has no seccomp filters: children that decode uploads could use any call"),
            (false, false) => Some(
                "the kernel has neither Landlock nor seccomp filters: children that decode uploads are not fenced in",
            ),
        }
    }
}
