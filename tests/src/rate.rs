//! Measures what one core answers a second, for the benchmarks, and prints it as a table. A server that does nothing else than
//! HTTP is asked in the same run: ratios to it depend on the machine far less than figures do.

#![allow(clippy::print_stdout, reason = "a table for people is what a benchmark makes")]

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// So many clients ask at once, each over a connection that it keeps.
const CLIENTS: usize = 32;
/// For so long, after a while in which nothing is counted.
const LONG: Duration = Duration::from_secs(2);
const BEFORE: Duration = Duration::from_millis(300);

/// Begins something, such as a gateway, on the first core alone, and goes on upon the others where there are any.
///
/// # Panics
/// The system does not let this process choose.
pub fn on_one_core<T>(begin: impl FnOnce() -> T) -> T {
    let all = sched_getaffinity(None).expect("the system tells which cores there are");
    let of = |wanted: &dyn Fn(usize) -> bool| {
        let mut set = CpuSet::new();
        (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core) && wanted(core)).for_each(|core| set.set(core));
        set
    };
    let first = (0..CpuSet::MAX_CPU).find(|&core| all.is_set(core)).unwrap_or_default();
    sched_setaffinity(None, &of(&|core| core == first)).expect("a process may choose its cores");
    let begun = begin();
    let others = if all.count() > 1 { of(&|core| core != first) } else { all };
    sched_setaffinity(None, &others).expect("a process may choose its cores");
    begun
}

/// Prints how many answers a second a server on one core gives, beside those of one that answers `ok` and nothing else.
pub struct Yardstick {
    bare: f64,
}

impl Yardstick {
    /// Measures the bare server, on one core.
    ///
    /// # Panics
    /// It cannot be started.
    #[expect(clippy::new_without_default, reason = "it takes seconds")]
    pub fn new() -> Self {
        let address = on_one_core(|| {
            let (told, address) = std::sync::mpsc::channel();
            thread::spawn(move || {
                runtime().block_on(async {
                    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
                    told.send(listener.local_addr().expect("it is bound")).expect("somebody waits for it");
                    let routes = Router::new().route("/", get(async || "ok\n"));
                    axum::serve(listener, routes).await.expect("it answers until the process ends");
                });
            });
            address.recv().expect("the server starts")
        });
        let bare = answers_per_second(address, "/");
        row("a bare server", &format!("{bare:.0}/s"));
        Self { bare }
    }

    /// Measures the answers under a path of the gateway at this address.
    pub fn answers(&self, what: &str, address: &str, path: &str) {
        let rate = answers_per_second(address.parse().expect("gateways tell their address"), path);
        row(what, &format!("{rate:.0}/s {:5.2}", rate / self.bare));
    }
}

/// Prints how often a second several clients together can do the same thing `times` times each.
pub fn rate(what: &str, clients: usize, times: usize, request: impl Fn() + Sync) {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| (0..times).for_each(|_| request()));
        }
    });
    let rate = (times * clients) as f64 / start.elapsed().as_secs_f64();
    row(what, &format!("{rate:.1}/s"));
}

/// Prints one figure.
pub fn row(what: &str, figure: &str) {
    println!("{what:52} {figure:>16}");
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("there is a runtime")
}

/// How many answers a second a server gives to clients that ask as fast as they can.
fn answers_per_second(address: SocketAddr, path: &str) -> f64 {
    let question = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    runtime().block_on(async {
        let begin = Instant::now() + BEFORE;
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| tokio::task::spawn(answered(address, question.clone(), begin))).collect();
        let mut answers = 0;
        for client in clients {
            answers += client.await.expect("a client goes on to the end");
        }
        answers as f64 / LONG.as_secs_f64()
    })
}

/// The answers that one client counts from this moment on.
async fn answered(address: SocketAddr, question: String, begin: Instant) -> u64 {
    let mut connection = BufReader::new(TcpStream::connect(address).await.expect("the server listens"));
    let (mut answers, mut line, mut body) = (0, String::new(), Vec::new());
    loop {
        connection.write_all(question.as_bytes()).await.expect("the server reads");
        let mut length = 0;
        loop {
            line.clear();
            connection.read_line(&mut line).await.expect("the server answers");
            assert!(!line.is_empty() && !line.starts_with("HTTP/1.1 4"), "{question} {line}");
            match line.trim_end().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().expect("it is a number"),
                None if line == "\r\n" => break,
                _ => {}
            }
        }
        body.resize(length, 0);
        connection.read_exact(&mut body).await.expect("an answer comes whole");
        match begin.elapsed() {
            passed if passed >= LONG => return answers,
            Duration::ZERO => {}
            _ => answers += 1,
        }
    }
}
