//! In which circumstances a gateway is started: through another program, with other variables, and who reads its log.

use std::fs::File;
use std::io::{self, PipeReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::site::Site;

/// How a gateway is started; by default as a user would, with its log in a file.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// A program with its arguments that becomes the gateway, whose command line stands behind them: `sh -c 'ulimit -n
    /// 256; exec "$0" "$@"'`.
    pub through: Vec<String>,
    /// Further variables of its environment.
    pub variables: Vec<(String, String)>,
    /// What becomes of its log.
    pub errors: Errors,
}

/// Where a gateway's standard error leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Errors {
    /// Into [`Site::log`].
    #[default]
    File,
    /// Into a pipe whose reader is gone: a closed terminal, or `2>&1 | head`.
    Closed,
    /// Into a pipe whose reader is there and reads nothing.
    Unread,
    /// Onto a disk that is full.
    Full,
}

impl Launch {
    /// Through a shell that runs `line` and then becomes the gateway.
    pub fn after(line: &str) -> Self {
        let through = ["sh".to_owned(), "-c".to_owned(), format!("{line} && exec \"$0\" \"$@\"")];
        Self { through: through.into(), ..Self::default() }
    }

    /// The command, without the gateway's own arguments.
    pub(crate) fn command(&self, gateway: &Path) -> Command {
        let mut command = match self.through.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(gateway);
                command
            }
            None => Command::new(gateway),
        };
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What the gateway gets as its standard error, and what is to be kept for as long as it runs.
    pub(crate) fn errors(&self, site: &Site) -> (Stdio, Option<PipeReader>) {
        let whole = |file: File| (Stdio::from(file), None);
        let opened = match self.errors {
            Errors::File => File::options().create(true).append(true).open(site.log()).map(whole),
            Errors::Closed => io::pipe().map(|(_reader, writer)| (Stdio::from(writer), None)),
            Errors::Unread => io::pipe().map(|(reader, writer)| (Stdio::from(writer), Some(reader))),
            Errors::Full => File::options().write(true).open("/dev/full").map(whole),
        };
        opened.expect("a log can be opened")
    }
}
