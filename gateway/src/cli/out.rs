//! What commands print: results on stdout, all else on stderr. Their readers may go away: `| head` is no fault.

use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

/// Prints a result and ends its line.
///
/// # Errors
/// It cannot be written, for another reason than that nobody reads on.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints a result as JSON.
///
/// # Errors
/// As [`print`].
pub(super) fn print_json(value: &impl Serialize) -> io::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Says something that is no result.
pub(super) fn note(text: &str) {
    // Whoever has closed stderr does not want to know.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether results may be coloured: a person looks at them who has not said otherwise.
pub(super) fn has_colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
