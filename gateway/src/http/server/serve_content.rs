//! Kept files as answers (RFC 9110): whole, in ranges, or not at all where the client has them already.

use std::future::ready;
use std::io;
use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, TryStreamExt, stream};
use headers::{
    AcceptRanges, ContentLength, ContentRange, ETag, HeaderMapExt, IfMatch, IfModifiedSince, IfNoneMatch,
    IfUnmodifiedSince, LastModified,
};
use tokio_util::io::ReaderStream;

use crate::blobs::content::{Content, ContentFacts};
use crate::domain::code::Code;
use crate::http::problem::ApiError;
use crate::http::server::byte_ranges::{self, Asked};

/// How much is read and sent at a time, in bytes.
const PIECE: usize = 64 << 10;

/// Answers with a file. Takes `Range`, `If-Range`, `If-Match`, `If-None-Match`, `If-Modified-Since`,
/// `If-Unmodified-Since` and `HEAD`.
///
/// # Errors
/// The file cannot be read.
pub(crate) async fn serve(
    mut content: Box<dyn Content>,
    media_type: &'static str,
    request: Request,
) -> io::Result<Response> {
    let (request, _) = request.into_parts();
    let facts = content.facts().clone();
    let part = wanted(&request, &facts);
    let several = match &part {
        Part::Several(parts) => Some(Several::new(parts, media_type, &facts)),
        _ => None,
    };
    let mut response = match &part {
        Part::Whole if request.method == Method::HEAD => Response::default(),
        Part::Whole => Response::new(body(&mut *content, 0..facts.bytes).await?),
        Part::Range(range) => Response::new(body(&mut *content, range.clone()).await?),
        Part::Unsatisfiable => unsatisfiable(&facts),
        Part::Several(_) | Part::Unchanged | Part::Changed => Response::default(),
    };
    let head = response.headers_mut();
    match &part {
        Part::Whole => head.typed_insert(ContentLength(facts.bytes)),
        Part::Range(range) => {
            let told = ContentRange::bytes(range.clone(), facts.bytes);
            head.typed_insert(told.expect("the range is not empty and lies in the file"));
            head.typed_insert(ContentLength(range.end - range.start));
        }
        Part::Unsatisfiable => head.typed_insert(ContentRange::unsatisfied_bytes(facts.bytes)),
        Part::Several(_) | Part::Unchanged | Part::Changed => {}
    }
    if !matches!(part, Part::Changed) {
        head.typed_insert(etag(&facts));
        head.typed_insert(LastModified::from(facts.modified));
    }
    if matches!(part, Part::Whole | Part::Range(_) | Part::Several(_) | Part::Unsatisfiable) {
        head.typed_insert(AcceptRanges::bytes());
    }
    if matches!(part, Part::Whole | Part::Range(_)) {
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    if let Some(several) = &several {
        head.typed_insert(ContentLength(several.length()));
        head.insert(header::CONTENT_TYPE, several.media_type());
    }
    // Browsers must not take a client's file for something that runs.
    head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    *response.status_mut() = part.status();
    if let Some(several) = several {
        *response.body_mut() = several.body(content);
    }
    Ok(response)
}

/// Names the file for whoever saves it; `attachment` keeps a browser from showing it.
pub(crate) fn name(response: &mut Response, name: &str, attachment: bool) {
    let kind = if attachment { "attachment" } else { "inline" };
    let value = HeaderValue::try_from(format!("{kind}; filename=\"{name}\""));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, value.expect("names are made of ids"));
}

/// What of a file a request is answered with.
enum Part {
    Whole,
    /// Some of its bytes, at least one.
    Range(Range<u64>),
    /// Several parts of it, each some of its bytes.
    Several(Vec<Range<u64>>),
    /// No bytes: there are none in the range.
    Unsatisfiable,
    /// No bytes: the client has them already.
    Unchanged,
    /// No bytes: the client has, and wants, others.
    Changed,
}

impl Part {
    fn status(&self) -> StatusCode {
        match self {
            Self::Whole => StatusCode::OK,
            Self::Range(_) | Self::Several(_) => StatusCode::PARTIAL_CONTENT,
            Self::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unchanged => StatusCode::NOT_MODIFIED,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
        }
    }
}

/// Reads conditions and range, in the order of RFC 9110, section 13.2.2.
fn wanted(request: &Parts, facts: &ContentFacts) -> Part {
    let headers = &request.headers;
    let (etag, modified) = (etag(facts), facts.modified);
    let is_other = match headers.typed_get::<IfMatch>() {
        Some(had) => !had.precondition_passes(&etag),
        None => headers.typed_get::<IfUnmodifiedSince>().is_some_and(|since| !since.precondition_passes(modified)),
    };
    if is_other {
        return Part::Changed;
    }
    let is_known = match headers.typed_get::<IfNoneMatch>() {
        Some(had) => !had.precondition_passes(&etag),
        None => headers.typed_get::<IfModifiedSince>().is_some_and(|since| !since.is_modified(modified)),
    };
    if is_known {
        return Part::Unchanged;
    }
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    // A range has a meaning where something is sent, and nowhere else.
    match range.filter(|_| request.method == Method::GET && fits(headers, facts)) {
        Some(range) => part(range, facts.bytes),
        None => Part::Whole,
    }
}

/// Whether a part of the file would fit to the parts that the client has: `If-Range` names the file as it is, by its
/// ETag or by the time of its last change.
fn fits(headers: &HeaderMap, facts: &ContentFacts) -> bool {
    let Some(condition) = headers.get(header::IF_RANGE) else { return true };
    let mut ours = HeaderMap::new();
    ours.typed_insert(etag(facts));
    ours.typed_insert(LastModified::from(facts.modified));
    ours.values().any(|validator| validator == condition)
}

fn part(range: &str, bytes: u64) -> Part {
    match byte_ranges::asked(range, bytes) {
        Asked::Whole => Part::Whole,
        Asked::Nothing => Part::Unsatisfiable,
        Asked::Parts(mut parts) => match parts.pop() {
            Some(last) if !parts.is_empty() => {
                parts.push(last);
                Part::Several(parts)
            }
            Some(only) => Part::Range(only),
            None => Part::Unsatisfiable,
        },
    }
}

/// The answer to whoever asks for bytes that there are not.
fn unsatisfiable(facts: &ContentFacts) -> Response {
    let detail = format!("the range lies outside the file, which has {} bytes", facts.bytes);
    ApiError::new(Code::RangeUnsatisfiable, detail).into_response()
}

fn etag(facts: &ContentFacts) -> ETag {
    format!("\"{}\"", facts.version).parse().expect("versions are made of letters, digits, dots and hyphens")
}

async fn body(content: &mut dyn Content, range: Range<u64>) -> io::Result<Body> {
    Ok(Body::from_stream(ReaderStream::with_capacity(content.read(range).await?, PIECE)))
}

/// Several parts of a file in one body, each with what it is: `multipart/byteranges`.
struct Several {
    boundary: String,
    /// What is sent before a part, and the part.
    parts: Vec<(String, Range<u64>)>,
}

impl Several {
    fn new(parts: &[Range<u64>], media_type: &str, facts: &ContentFacts) -> Self {
        // No client knows the version before its file is written, so none can have put it there.
        let boundary = format!("part-of-{}", facts.version);
        let head = |(place, part): (usize, &Range<u64>)| {
            let (end, last) = (if place == 0 { "" } else { "\r\n" }, part.end - 1);
            let range = format!("bytes {}-{last}/{}", part.start, facts.bytes);
            let head = format!("{end}--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {range}\r\n\r\n");
            (head, part.clone())
        };
        Self { parts: parts.iter().enumerate().map(head).collect(), boundary }
    }

    fn media_type(&self) -> HeaderValue {
        let value = HeaderValue::try_from(format!("multipart/byteranges; boundary={}", self.boundary));
        value.expect("versions are made of letters, digits, dots and hyphens")
    }

    fn end(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }

    fn length(&self) -> u64 {
        let parts = self.parts.iter().map(|(head, part)| head.len() as u64 + part.end - part.start);
        parts.sum::<u64>() + self.end().len() as u64
    }

    fn body(self, content: Box<dyn Content>) -> Body {
        let end = stream::once(ready(Ok(Bytes::from(self.end()))));
        let parts = stream::unfold((content, self.parts.into_iter()), async |(mut content, mut parts)| {
            let (head, part) = parts.next()?;
            let head = stream::once(ready(Ok(Bytes::from(head))));
            let bytes = content.read(part).await;
            let bytes = bytes.map(|bytes| head.chain(ReaderStream::with_capacity(bytes, PIECE)));
            Some((bytes, (content, parts)))
        });
        Body::from_stream(parts.try_flatten().chain(end))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use axum::body::to_bytes;
    use axum::response::IntoResponse;
    use tower::ServiceExt;
    use tower_http::services::ServeFile;

    use super::*;
    use crate::blobs::content::LocalContent;

    const SIZE: usize = 200_000;

    fn file() -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".mp4").tempfile().unwrap();
        let content: Vec<u8> = (0..SIZE).map(|n| (n % 251) as u8).collect();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    fn request(method: &Method, headers: &[(&str, &str)]) -> Request {
        let request = Request::builder().method(method);
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
            .body(Body::empty())
            .unwrap()
    }

    async fn ours(file: &Path, method: &Method, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let content = Box::new(LocalContent::open(file.to_owned()).await.unwrap());
        taken(serve(content, "video/mp4", request(method, headers)).await.unwrap()).await
    }

    async fn taken(response: Response) -> (StatusCode, HeaderMap, Vec<u8>) {
        let (head, body) = response.into_parts();
        (head.status, head.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    /// The validators of a file, and dates around its own.
    async fn validators(file: &Path) -> (String, [String; 3]) {
        let (_, headers, _) = ours(file, &Method::HEAD, &[]).await;
        let etag = headers[header::ETAG].to_str().unwrap().to_owned();
        let modified = headers.typed_get::<LastModified>().unwrap();
        let modified = SystemTime::from(modified);
        let hour = Duration::from_secs(3600);
        let dates = [modified - hour, modified, modified + hour].map(|date| {
            let mut headers = HeaderMap::new();
            headers.typed_insert(LastModified::from(date));
            headers[header::LAST_MODIFIED].to_str().unwrap().to_owned()
        });
        (etag, dates)
    }

    /// The file server of tower-http, which reads paths alone, is what these answers must not differ from.
    #[tokio::test]
    async fn conditions_and_ranges_are_answered_as_file_servers_do() {
        let file = file();
        let (etag, dates) = validators(file.path()).await;
        let weak = format!("W/{etag}");
        let several = format!("\"other\", {etag}");
        let mut tags = vec!["*", "\"other\"", "nonsense", &etag, &weak, &several];
        let mut dates: Vec<_> = dates.iter().map(String::as_str).collect();
        tags.push("W/\"other\"");
        dates.push("yesterday");
        let sizes = [format!("bytes={}-", SIZE - 1), format!("bytes={SIZE}-"), format!("bytes=-{SIZE}")];
        let plain = ["bytes=0-", "bytes=0-0", "bytes=10-19", "bytes=70000-150000", "bytes=-1", "bytes=5-999999999"];
        let ranges: Vec<_> = sizes.iter().map(String::as_str).chain(plain).collect();
        let mut asked: Vec<Vec<(&str, &str)>> = vec![vec![]];
        for (name, values) in [
            ("if-match", &tags),
            ("if-none-match", &tags),
            ("if-modified-since", &dates),
            ("if-unmodified-since", &dates),
            ("range", &ranges),
        ] {
            asked.extend(values.iter().map(|value| vec![(name, *value)]));
        }
        for tag in &tags {
            for date in &dates {
                asked.push(vec![("if-none-match", tag), ("if-modified-since", date), ("range", "bytes=1-9")]);
                asked.push(vec![("if-match", tag), ("if-unmodified-since", date), ("range", "bytes=1-9")]);
            }
        }
        for headers in asked {
            // What is answered to a `Range` beside HEAD, and with 416, is our own.
            let is_range = headers.iter().any(|(name, _)| *name == "range");
            let is_outside = headers.iter().any(|(_, value)| **value == sizes[1]);
            let methods = if is_range { vec![Method::GET] } else { vec![Method::GET, Method::HEAD] };
            for method in methods.into_iter().filter(|_| !is_outside) {
                let theirs = ServeFile::new(file.path()).oneshot(request(&method, &headers)).await.unwrap();
                let (status, mut head, body) = taken(theirs.into_response()).await;
                head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
                let ours = ours(file.path(), &method, &headers).await;
                assert_eq!((ours.0, &ours.1), (status, &head), "{method} {headers:?}");
                assert!(ours.2 == body, "{method} {headers:?}: {} bytes, not {}", ours.2.len(), body.len());
            }
        }
    }

    #[tokio::test]
    async fn several_ranges_come_in_one_body_each_with_its_place() {
        let file = file();
        let whole = std::fs::read(file.path()).unwrap();
        let headers = [("range", "bytes=70000-150000,-10, 3-5")];
        let (status, head, body) = ours(file.path(), &Method::GET, &headers).await;
        let kind = head[header::CONTENT_TYPE].to_str().unwrap();
        let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
        let mut expected = Vec::new();
        for (range, bytes) in [("70000-150000", 70_000..150_001), ("199990-199999", 199_990..200_000), ("3-5", 3..6)] {
            let line = if expected.is_empty() { "" } else { "\r\n" };
            let facts = format!("Content-Type: video/mp4\r\nContent-Range: bytes {range}/{SIZE}\r\n\r\n");
            expected.extend_from_slice(format!("{line}--{boundary}\r\n{facts}").as_bytes());
            expected.extend_from_slice(&whole[bytes]);
        }
        expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert!(body == expected, "{}", String::from_utf8_lossy(&body[..200]));
        assert_eq!((status.as_u16(), head.typed_get()), (206, Some(ContentLength(body.len() as u64))));
        assert!(!head.contains_key(header::CONTENT_RANGE), "that is each part's own");
    }

    #[tokio::test]
    async fn ranges_that_say_nothing_are_passed_over_and_those_outside_are_a_problem() {
        let file = file();
        for range in ["lines=0-1", "bytes=9-5", "bytes=a-b"] {
            let (status, _, body) = ours(file.path(), &Method::GET, &[("range", range)]).await;
            assert_eq!((status.as_u16(), body.len()), (200, SIZE), "{range}");
        }
        let (status, head, body) = ours(file.path(), &Method::HEAD, &[("range", "bytes=0-9")]).await;
        assert_eq!((status.as_u16(), head.typed_get(), body.len()), (200, Some(ContentLength(SIZE as u64)), 0));
        let (status, head, body) = ours(file.path(), &Method::GET, &[("range", "bytes=-300000")]).await;
        assert_eq!((status.as_u16(), body.len()), (206, SIZE));
        assert_eq!(head[header::CONTENT_RANGE], "bytes 0-199999/200000");
        let (status, head, body) = ours(file.path(), &Method::GET, &[("range", "bytes=200000-")]).await;
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status.as_u16(), &problem["code"]), (416, &"range.unsatisfiable".into()));
        assert!(head[header::CONTENT_RANGE] == "bytes */200000" && head[header::ACCEPT_RANGES] == "bytes", "{head:?}");
        assert_eq!(head[header::CONTENT_TYPE], "application/problem+json");
    }

    #[tokio::test]
    async fn a_part_is_sent_only_of_the_file_that_the_client_has() {
        let file = file();
        let (etag, dates) = validators(file.path()).await;
        let weak = format!("W/{etag}");
        for (condition, status) in
            [(&*etag, 206), (&dates[1], 206), (&dates[0], 200), (&dates[2], 200), (&weak, 200), ("\"other\"", 200)]
        {
            let headers = [("range", "bytes=10-19"), ("if-range", condition)];
            let (answered, _, body) = ours(file.path(), &Method::GET, &headers).await;
            assert_eq!((answered.as_u16(), body.len()), (status, if status == 206 { 10 } else { SIZE }), "{condition}");
        }
    }

    #[tokio::test]
    async fn an_empty_file_has_no_ranges() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (status, headers, body) = ours(file.path(), &Method::GET, &[]).await;
        assert_eq!((status, body.len(), headers.typed_get()), (StatusCode::OK, 0, Some(ContentLength(0))));
        let (status, headers, _) = ours(file.path(), &Method::GET, &[("range", "bytes=0-")]).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(headers[header::CONTENT_RANGE], "bytes */0");
    }
}
