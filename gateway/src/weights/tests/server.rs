//! A hub for tests: each answer is made by a function of the request, and may be cut off.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    /// How many requests of its method came before.
    pub(crate) number: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// So many bytes of the body are sent, then the connection ends.
    cut: Option<usize>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: vec![], body: vec![], cut: None }
    }

    /// The whole content, or what is asked of it if it still has that tag.
    pub(crate) fn file(request: &Request, content: &[u8], etag: &str) -> Self {
        let tag = format!("\"{etag}\"");
        let range = request.header("range").filter(|_| request.header("if-range").is_none_or(|old| old == tag));
        let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
        let reply = from.map_or_else(|| Self::whole(content), |from| Self::partial(content, from));
        reply.with("etag", tag)
    }

    /// The content from there on.
    pub(crate) fn partial(content: &[u8], from: usize) -> Self {
        let reply = Self { body: content[from..].into(), ..Self::status(206) };
        reply.with("content-range", format!("bytes {from}-{}/{}", content.len() - 1, content.len()))
    }

    /// The whole content, whatever is asked.
    pub(crate) fn whole(content: &[u8]) -> Self {
        Self { body: content.into(), ..Self::status(200) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn cut(self, after: usize) -> Self {
        Self { cut: Some(after), ..self }
    }
}

/// A hub or a storage on a port of its own.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (seen, answer) = (requests.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Self { url, requests }
    }

    /// The requests for bytes so far.
    pub(crate) fn gets(&self) -> Vec<Request> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.method == "GET").cloned().collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Reply) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let fields = lines.take_while(|line| !line.is_empty());
    let headers = fields
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
    let headers = headers.collect();
    let request = {
        let mut seen = seen.lock().unwrap();
        let number = seen.iter().filter(|request| request.method == method).count();
        seen.push(Request { method, path, headers, number });
        seen.last().unwrap().clone()
    };
    let Reply { status, headers, body, cut } = answer(&request);
    let mut head = format!("HTTP/1.1 {status} So\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let sent = if request.method == "HEAD" { 0 } else { cut.unwrap_or(body.len()) };
    // Whoever asked may be gone already.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(&body[..sent]));
}
