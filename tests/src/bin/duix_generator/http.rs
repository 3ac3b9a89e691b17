//! HTTP as Flask's development server speaks it to one client at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

const SERVER: &str = "Werkzeug/2.3.8 Python/3.8.10";

/// Patience with a client that connects and says nothing. The original has none; a test should not hang.
const SILENCE: Duration = Duration::from_secs(30);

/// What a client asks.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Fields with lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What it is told.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) allow: Option<&'static str>,
    pub(crate) body: String,
    /// Whether half of the body stays away.
    pub(crate) truncated: bool,
}

impl Request {
    /// Reads a request; nothing where the client has left without one.
    pub(crate) fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        stream.set_read_timeout(Some(SILENCE))?;
        let mut reader = BufReader::new(stream);
        let first = line(&mut reader)?;
        let mut words = first.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let mut headers = Vec::new();
        loop {
            let field = line(&mut reader)?;
            match field.split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => break,
            }
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: decoded(path, false),
            query: query.to_owned(),
            headers,
            body: Vec::new(),
        };
        request.body = match request.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            true => chunks(&mut reader)?,
            false => sized(&mut reader, request.header("content-length"))?,
        };
        Ok(Some(request))
    }

    /// A header field; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(found, _)| decoded(found, true) == name).map(|(_, value)| decoded(value, true)).next()
    }
}

impl Response {
    /// JSON as the generator writes it: four spaces, sorted keys, characters as they are.
    pub(crate) fn json(mut value: Value) -> Self {
        value.sort_all_objects();
        let mut text = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format)).expect("JSON can be written");
        Self::text(200, String::from_utf8(text).expect("JSON is UTF-8"))
    }

    /// A page of Werkzeug's about an error.
    pub(crate) fn page(status: u16) -> Self {
        let name = reason(status);
        let body = match status {
            404 => {
                "The requested URL was not found on the server. If you entered the URL manually please check your \
                 spelling and try again."
            }
            405 => "The method is not allowed for the requested URL.",
            _ => {
                "The server encountered an internal error and was unable to complete your request. Either the \
                 server is overloaded or there is an error in the application."
            }
        };
        let page = format!(
            "<!doctype html>\n<html lang=en>\n<title>{status} {name}</title>\n<h1>{name}</h1>\n<p>{body}</p>\n"
        );
        Self::text(status, page)
    }

    pub(crate) fn text(status: u16, body: String) -> Self {
        Self { status, allow: None, body, truncated: false }
    }

    pub(crate) fn write(&self, mut stream: &TcpStream, with_body: bool) -> io::Result<()> {
        let date = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let (status, reason) = (self.status, reason(self.status).to_uppercase());
        let mut answer = format!("HTTP/1.0 {status} {reason}\r\nServer: {SERVER}\r\nDate: {date}\r\n");
        answer += "Content-Type: text/html; charset=utf-8\r\n";
        if let Some(methods) = self.allow {
            answer += &format!("Allow: {methods}\r\n");
        }
        answer += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len());
        let shown = match (with_body, self.truncated) {
            (false, _) => 0,
            (true, true) => self.body.len() / 2,
            (true, false) => self.body.len(),
        };
        stream.write_all(&[answer.as_bytes(), &self.body.as_bytes()[..shown]].concat())
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Internal Server Error",
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.take(1 << 16).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn sized(reader: &mut impl Read, length: &str) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    reader.take(length.parse().unwrap_or(0)).read_to_end(&mut body)?;
    Ok(body)
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader)?;
        let size = size.split(';').next().and_then(|size| u64::from_str_radix(size.trim(), 16).ok()).unwrap_or(0);
        if size == 0 {
            // A trailer may follow, and ends with an empty line.
            while !line(reader)?.is_empty() {}
            return Ok(body);
        }
        reader.take(size).read_to_end(&mut body)?;
        line(reader)?;
    }
}

fn decoded(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let code = others.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        rest = match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                &others[2..]
            }
            (b'+', _) if plus_is_space => {
                bytes.push(b' ');
                others
            }
            (byte, _) => {
                bytes.push(*byte);
                others
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
