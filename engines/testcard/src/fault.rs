//! Makes the engine fail and warn on request: what a gateway must survive, reproduced for its tests. No engine needs this file.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{process, ptr, thread};

use engine_api::{EngineError, ErrorKind, Host, JsonSchema};
use serde::Deserialize;

const LEAKED_BYTES_PER_FRAME: usize = 8 << 20;
const LEAKED_FRAMES: usize = 128;
/// How often a held job looks whether it may go on.
const GLANCE: Duration = Duration::from_millis(10);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// The engine reports an error of kind `internal`.
    Error,
    /// The engine reports an error of kind `input`.
    Input,
    /// The engine reports an error of kind `device`.
    Device,
    /// The engine reports an error of kind `backend`.
    Backend,
    /// The engine reports an error of kind `out_of_memory`; no memory is used up.
    Oom,
    /// The engine panics.
    Panic,
    /// The process aborts.
    Abort,
    /// The process ends with a segmentation fault.
    Segfault,
    /// The engine does nothing more, for ever.
    Hang,
    /// Every frame takes `frame_ms`.
    Slow,
    /// The engine waits until there is a file `release` in the option `memory_dir`, or the job is canceled.
    Hold,
    /// From the frame on, each frame leaks 8 MiB, up to 1 GiB.
    Leak,
    /// The video ends at the frame, though more frames were announced.
    Short,
    /// Before every frame from this one on, the engine prints a line of 32 KiB and bytes that are no text, without a
    /// newline.
    Babble,
}

/// The fault and the warning of one attempt, waiting for their frames.
#[derive(Debug)]
pub(crate) struct Trap {
    fault: Option<Fault>,
    at_frame: u64,
    warn_from: Option<u64>,
    frame_time: Duration,
    release: Option<PathBuf>,
    leaked: Vec<Vec<u8>>,
}

/// What a job asks for.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) fault: Option<Fault>,
    /// Before which frame it strikes.
    pub(crate) at_frame: u64,
    /// From which frame on the engine warns, before each one.
    pub(crate) warn_from: Option<u64>,
    /// How long a frame takes with [`Fault::Slow`].
    pub(crate) frame_time: Duration,
    /// How often it strikes over all attempts of the job; `None` for always.
    pub(crate) times: Option<u32>,
    /// The file that counts them.
    pub(crate) memory: Option<PathBuf>,
    /// The file whose appearance ends [`Fault::Hold`].
    pub(crate) release: Option<PathBuf>,
}

impl Trap {
    /// Sets the trap that is asked for, unless it has struck often enough in earlier attempts of the job.
    pub(crate) fn set(order: Order) -> Result<Self, EngineError> {
        let Order { fault, at_frame, warn_from, frame_time, times, memory, release } = order;
        let armed = match times {
            Some(times) => {
                let memory =
                    memory.ok_or_else(|| EngineError::input("`fault_times` needs the engine's option `memory_dir`"))?;
                count_attempt(&memory)? <= u64::from(times)
            }
            None => true,
        };
        Ok(Self { fault: fault.filter(|_| armed), at_frame, warn_from, frame_time, release, leaked: Vec::new() })
    }

    /// How many of the announced `frames` are sent.
    pub(crate) fn shortened(&self, frames: u64) -> u64 {
        if self.fault == Some(Fault::Short) { frames.min(self.at_frame) } else { frames }
    }

    /// Strikes if `frame` is the one, and warns if it is one of those.
    pub(crate) fn spring(&mut self, frame: u64, host: &mut dyn Host) -> Result<(), EngineError> {
        if self.warn_from.is_some_and(|first| frame >= first) {
            host.warn("asked_to_warn", &format!("asked to warn at frame {frame}"));
        }
        match self.fault {
            Some(Fault::Hold) if frame == self.at_frame => self.wait_for_release(host)?,
            Some(Fault::Slow) => thread::sleep(self.frame_time),
            Some(Fault::Babble) if frame >= self.at_frame => babble()?,
            Some(Fault::Leak) if frame >= self.at_frame && self.leaked.len() < LEAKED_FRAMES => {
                self.leaked.push(vec![1; LEAKED_BYTES_PER_FRAME]); // not 0: untouched pages cost nothing
            }
            Some(fault) if frame == self.at_frame => strike(fault, frame)?,
            _ => {}
        }
        Ok(())
    }

    fn wait_for_release(&self, host: &dyn Host) -> Result<(), EngineError> {
        let release = self.release.as_ref();
        let release = release.ok_or_else(|| EngineError::input("`hold` needs the engine's option `memory_dir`"))?;
        while !release.exists() {
            host.canceled()?;
            thread::sleep(GLANCE);
        }
        Ok(())
    }
}

fn strike(fault: Fault, frame: u64) -> Result<(), EngineError> {
    let error = |kind| Err(EngineError::new(kind, format!("asked to fail at frame {frame}")));
    match fault {
        Fault::Error => error(ErrorKind::Internal),
        Fault::Input => error(ErrorKind::Input),
        Fault::Device => error(ErrorKind::Device),
        Fault::Backend => error(ErrorKind::Backend),
        Fault::Oom => error(ErrorKind::OutOfMemory),
        Fault::Panic => panic!("asked to panic at frame {frame}"),
        Fault::Abort => process::abort(),
        Fault::Segfault => {
            #[allow(unsafe_code)] // a real fault is the purpose: nothing is mapped at address 16
            unsafe {
                ptr::without_provenance_mut::<u8>(16).write_volatile(1)
            };
            Ok(())
        }
        Fault::Hang => loop {
            thread::sleep(Duration::from_secs(3600));
        },
        Fault::Slow | Fault::Hold | Fault::Leak | Fault::Short | Fault::Babble => Ok(()),
    }
}

/// Prints what no log likes.
fn babble() -> Result<(), EngineError> {
    let line = ["b".repeat(32 << 10).as_bytes(), &[b'\n', 0, 0xff, 0x1b, 0x9f]].concat();
    let printed = io::stdout().write_all(&line).and_then(|()| io::stderr().write_all(&line));
    printed
        .and_then(|()| io::stdout().flush())
        .map_err(|error| EngineError::internal(format!("nobody listens: {error}")))
}

/// Adds an attempt to the job's file, whose length is their number, and returns it.
fn count_attempt(file: &Path) -> Result<u64, EngineError> {
    let count = || {
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        file.write_all(b"|")?;
        Ok(file.metadata()?.len())
    };
    count().map_err(|error: std::io::Error| EngineError::internal(format!("{}: {error}", file.display())))
}
