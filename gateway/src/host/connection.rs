//! What the scheduler needs of a host, so that its tests can put a scripted one in the place of a process.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::id::JobId;
use crate::host::exit::HostExit;
use crate::host::library::Library;
use crate::host::protocol::{FromHost, ToHost};

/// Starts hosts.
pub trait Launcher: Send + Sync {
    /// Starts a host for `engine`. Its first message is a hello, or that the plugin `library` is incompatible.
    ///
    /// # Errors
    /// No process can be started.
    fn launch(&self, engine: &str, library: &Arc<Library>) -> io::Result<Box<dyn Connection>>;

    /// The hosts that are there: their engines, and the bytes of memory that each holds.
    fn running(&self) -> Vec<(String, u64)>;
}

/// A conversation with one host. Dropping it kills the host together with everything it has started.
#[async_trait]
pub trait Connection: Send {
    /// What it was started to load.
    fn library(&self) -> &Arc<Library>;

    /// The id of its process; 0 where it is not known.
    fn process(&self) -> u32;

    /// Names the job that later log lines of the host belong to.
    fn begin_job(&mut self, job: Option<JobId>);

    /// Sends a message. A host that is gone is noticed by [`Connection::receive`], so failures say nothing here.
    async fn send(&mut self, message: &ToHost);

    /// Waits for the next message; may be dropped and called again without losing one.
    ///
    /// # Errors
    /// The host's end, explained.
    async fn receive(&mut self) -> Result<FromHost, HostExit>;

    /// Whether the host is still there.
    fn is_alive(&mut self) -> bool;

    /// Kills the host and everything it has started, and waits until the host is gone and its memory free, within bounds.
    async fn kill(self: Box<Self>);

    /// Asks the host to exit, and kills it as [`Connection::kill`] does if it does not within a moment.
    async fn shut_down(self: Box<Self>);
}
