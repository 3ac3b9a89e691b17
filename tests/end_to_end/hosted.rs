//! A local HTTP server with the files whose URLs clients send.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is at a path.
#[derive(Clone)]
enum Place {
    File(Vec<u8>),
    MovedTo(String),
}

type Places = Arc<Mutex<BTreeMap<String, Place>>>;

/// The server; its threads end with the test's process.
pub(crate) struct Hosted {
    address: String,
    places: Places,
}

impl Hosted {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let places = Places::default();
        let known = Arc::clone(&places);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let known = Arc::clone(&known);
                thread::spawn(move || answer(&stream, &known));
            }
        });
        Self { address, places }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn put(&self, path: &str, content: Vec<u8>) {
        self.places.lock().unwrap().insert(path.to_owned(), Place::File(content));
    }

    pub(crate) fn redirect(&self, path: &str, to: &str) {
        self.places.lock().unwrap().insert(path.to_owned(), Place::MovedTo(to.to_owned()));
    }
}

fn answer(mut stream: &TcpStream, places: &Places) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    lines.find(String::is_empty);
    let path = first.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let found = places.lock().unwrap().get(path).cloned();
    let (head, body) = match found {
        Some(Place::File(content)) => ("200 OK\r\n".to_owned(), content),
        Some(Place::MovedTo(to)) => (format!("302 Found\r\nlocation: {to}\r\n"), vec![]),
        None => ("404 Not Found\r\n".to_owned(), vec![]),
    };
    let head = format!("HTTP/1.1 {head}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // Whoever asked may have hung up.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
