//! Inputs served over HTTP, for generators that see no common folder for them: two files, under names that nobody guesses,
//! as long as a job is being taken.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a request may take to arrive, and a piece of a file to leave.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves the files of one job until it is dropped.
pub(crate) struct FileServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FileServer {
    /// Serves each file under `/` and its name.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub(crate) fn start(listen: SocketAddr, files: Vec<(String, PathBuf)>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                // Whoever hangs up gets nothing; the generator will say that it failed.
                let _ = stream.and_then(|stream| answer(stream, &files));
            }
        });
        Ok(Self { address, ended, thread: Some(thread) })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // A last visitor, so that it stops waiting for one.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            let _ = thread.join(); // it has nothing to tell
        }
    }
}

fn answer(mut stream: TcpStream, files: &[(String, PathBuf)]) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let name = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    match files.iter().find(|(known, _)| known == name) {
        Some((_, file)) if ["GET", "HEAD"].contains(&method) => {
            let mut file = File::open(file)?;
            let length = file.metadata()?.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
            if method == "GET" {
                io::copy(&mut file, &mut stream)?;
            }
            Ok(())
        }
        _ => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}
