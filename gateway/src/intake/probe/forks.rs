//! The process that children are forked from: it has linked and loaded already what they decode with, opens no file of
//! strangers itself, and waits for its children's ends.

use std::ffi::OsString;
use std::io::{self, PipeReader, Write};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stdin};

use crate::intake::probe::arguments;
use crate::intake::probe::end::End;
use crate::intake::probe::fence;
use crate::intake::probe::handles;

/// Which of the processes returns.
#[derive(Debug)]
pub enum Returned {
    /// The one that was started: nobody has work for it any more.
    First,
    /// A child, with its work.
    Child(Vec<OsString>),
}

/// Forks a child for each piece of work that is asked for through the socket on stdin, until the other end is gone. Returns
/// in each child as well, behind the conversation about its work: stdin, stdout and stderr are the child's own.
///
/// # Errors
/// stdin is no socket: somebody started this by hand. Or, in a child, its work cannot be read.
pub fn serve() -> io::Result<Returned> {
    fence::die_with_parent()?;
    let mut children: Vec<Child> = Vec::new();
    loop {
        let asked = wait(&mut children)?;
        if !asked {
            continue;
        }
        let Some(handles) = handles::receive(stdin())? else { return Ok(Returned::First) };
        // Where fewer have come, the others are hung up, which tells whoever waits at their ends.
        let Ok([talk, complaints, end]) = <[OwnedFd; handles::TOGETHER]>::try_from(handles) else { continue };
        match Child::begin(end.into()) {
            Some(Begun::Here(child)) => children.push(child),
            Some(Begun::InChild) => {
                // Nothing of others' work is left open here.
                children.clear();
                return Ok(Returned::Child(settle(&talk, &complaints)?));
            }
            None => {}
        }
    }
}

/// Waits until there is something to do, and does it for the children. Returns whether somebody asks for another one.
fn wait(children: &mut Vec<Child>) -> io::Result<bool> {
    let first = stdin();
    let mut watched = vec![PollFd::new(&first, PollFlags::IN)];
    watched.extend(children.iter().flat_map(Child::watched));
    match poll(&mut watched, None) {
        Err(Errno::INTR) => return Ok(false),
        polled => polled?,
    };
    let happened: Vec<bool> = watched.iter().map(|handle| !handle.revents().is_empty()).collect();
    drop(watched);
    let mut happened = happened.into_iter();
    let asked = happened.next() == Some(true);
    let left = children.drain(..).filter_map(|child| child.go_on(&mut happened));
    *children = left.collect::<Vec<_>>();
    Ok(asked)
}

/// A child that has been forked and not waited for.
struct Child {
    id: Pid,
    /// Its other end is the child's alone: it hangs up when the child is gone.
    life: PipeReader,
    /// Where its end is told. Nobody says anything there: whoever waits hangs up to have it ended, and then it is gone.
    end: Option<UnixStream>,
}

/// In which of the two processes a child was begun.
enum Begun {
    Here(Child),
    InChild,
}

impl Child {
    /// Forks; none where that fails, which is told.
    fn begin(end: UnixStream) -> Option<Begun> {
        let forked = io::pipe().and_then(|(life, held)| Ok((fork()?, life, held)));
        match forked {
            Ok((Some(id), life, _)) => Some(Begun::Here(Self { id, life, end: Some(end) })),
            Ok((None, _, held)) => {
                // It stays open until the very end of this process.
                let _ = held.into_raw_fd();
                Some(Begun::InChild)
            }
            Err(error) => {
                tell(end, &End::NotBegun(error.raw_os_error().unwrap_or_default()));
                None
            }
        }
    }

    /// What is heard of it by.
    fn watched(&self) -> impl Iterator<Item = PollFd<'_>> {
        let end = self.end.as_ref().map(|end| PollFd::new(end, PollFlags::IN));
        [PollFd::new(&self.life, PollFlags::IN)].into_iter().chain(end)
    }

    /// Goes by what has happened to its handles, as they were watched; none once it is gone.
    fn go_on(mut self, happened: &mut impl Iterator<Item = bool>) -> Option<Self> {
        let is_gone = happened.next() == Some(true);
        let is_given_up = self.end.is_some() && happened.next() == Some(true);
        if is_gone || is_given_up {
            // If it has ended already, this changes nothing; if it has closed what only its end should, it ends now.
            let _ = kill_process(self.id, Signal::KILL);
        }
        if is_given_up {
            self.end = None;
        }
        if !is_gone {
            return Some(self);
        }
        if let (Ok(Some((_, status))), Some(end)) = (waitpid(Some(self.id), WaitOptions::empty()), self.end.take()) {
            tell(end, &End::Status(status.as_raw()));
        }
        None
    }
}

/// Tells an end. Whoever has hung up does not want to know.
fn tell(mut end: UnixStream, told: &End) {
    let told = serde_json::to_vec(told).expect("ends are plain data");
    let _ = end.write_all(&told);
}

/// The new process's id; none in the new process itself.
fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: this process has one thread, so nothing in it is half done when it is doubled.
    #[allow(unsafe_code)]
    let id = unsafe { libc::fork() };
    if id < 0 { Err(io::Error::last_os_error()) } else { Ok(Pid::from_raw(id)) }
}

/// Makes a child of this process: with its own stdin, stdout and stderr, and with its work.
fn settle(talk: &OwnedFd, complaints: &OwnedFd) -> io::Result<Vec<OsString>> {
    fence::die_with_parent()?;
    dup2_stdin(talk)?;
    dup2_stdout(talk)?;
    dup2_stderr(complaints)?;
    arguments::read(&mut io::stdin().lock())
}
