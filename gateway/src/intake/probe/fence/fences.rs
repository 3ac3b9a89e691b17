//! What of the fence a system has.

use serde::{Deserialize, Serialize};

/// Which of the system's fences hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fences {
    /// No file but its own, and no TCP: Landlock.
    pub files: bool,
    /// No system call but those that decoding needs: seccomp.
    pub calls: bool,
}

impl Fences {
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
