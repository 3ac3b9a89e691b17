//! Kept files as answers (RFC 9110): whole, in a range, or not at all where the client has them already.

use std::io;
use std::ops::Range;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use headers::{
    AcceptRanges, ContentLength, ContentRange, ETag, HeaderMapExt, IfMatch, IfModifiedSince, IfNoneMatch,
    IfUnmodifiedSince, LastModified,
};
use http_range_header::parse_range_header;
use tokio_util::io::ReaderStream;

use crate::blobs::content::{Content, ContentFacts};

/// How much is read and sent at a time, in bytes.
const PIECE: usize = 64 << 10;

/// Answers with a file. Takes `Range` with one range, `If-Range`, `If-Match`, `If-None-Match`, `If-Modified-Since`,
/// `If-Unmodified-Since` and `HEAD`.
///
/// # Errors
/// The file cannot be read.
pub(crate) async fn serve(
    content: Box<dyn Content>,
    media_type: &'static str,
    request: Request,
) -> io::Result<Response> {
    let (request, _) = request.into_parts();
    let facts = content.facts().clone();
    let part = wanted(&request.headers, &facts);
    let mut response = match &part {
        Part::Whole | Part::Range(_) if request.method == Method::HEAD => Response::default(),
        Part::Whole => Response::new(body(content, 0..facts.bytes).await?),
        Part::Range(range) => Response::new(body(content, range.clone()).await?),
        Part::Unsatisfiable(why) => Response::new(Body::from(*why)),
        Part::Unchanged | Part::Changed => Response::default(),
    };
    let head = response.headers_mut();
    match &part {
        Part::Whole => head.typed_insert(ContentLength(facts.bytes)),
        Part::Range(range) => {
            let told = ContentRange::bytes(range.clone(), facts.bytes);
            head.typed_insert(told.expect("the range is not empty and lies in the file"));
            head.typed_insert(ContentLength(range.end - range.start));
        }
        Part::Unsatisfiable(_) => head.typed_insert(ContentRange::unsatisfied_bytes(facts.bytes)),
        Part::Unchanged | Part::Changed => {}
    }
    if !matches!(part, Part::Changed) {
        head.typed_insert(etag(&facts));
        head.typed_insert(LastModified::from(facts.modified));
    }
    if matches!(part, Part::Whole | Part::Range(_) | Part::Unsatisfiable(_)) {
        head.typed_insert(AcceptRanges::bytes());
    }
    if matches!(part, Part::Whole | Part::Range(_)) {
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    // Browsers must not take a client's file for something that runs.
    head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    *response.status_mut() = part.status();
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
    /// No bytes: there are none in the range, or more ranges than one.
    Unsatisfiable(&'static str),
    /// No bytes: the client has them already.
    Unchanged,
    /// No bytes: the client has, and wants, others.
    Changed,
}

impl Part {
    fn status(&self) -> StatusCode {
        match self {
            Self::Whole => StatusCode::OK,
            Self::Range(_) => StatusCode::PARTIAL_CONTENT,
            Self::Unsatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unchanged => StatusCode::NOT_MODIFIED,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
        }
    }
}

/// Reads conditions and range, in the order of RFC 9110, section 13.2.2.
fn wanted(headers: &HeaderMap, facts: &ContentFacts) -> Part {
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
    match range.filter(|_| fits(headers, facts)) {
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
    let Ok(ranges) = parse_range_header(range) else { return Part::Unsatisfiable("") };
    if ranges.ranges.len() > 1 {
        return Part::Unsatisfiable("Cannot serve multipart range requests");
    }
    match ranges.validate(bytes).ok().and_then(|mut ranges| ranges.pop()) {
        Some(range) if bytes > 0 => Part::Range(*range.start()..range.end() + 1),
        _ => Part::Unsatisfiable(""),
    }
}

fn etag(facts: &ContentFacts) -> ETag {
    format!("\"{}\"", facts.version).parse().expect("versions are made of letters, digits, dots and hyphens")
}

async fn body(content: Box<dyn Content>, range: Range<u64>) -> io::Result<Body> {
    Ok(Body::from_stream(ReaderStream::with_capacity(content.read(range).await?, PIECE)))
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
        let odd = ["bytes=-0", "bytes=9-5", "bytes=0-1,5-6", "bytes=a-b", "lines=0-1", "bytes=", "bytes=1-2 ", "-"];
        let ranges: Vec<_> = sizes.iter().map(String::as_str).chain(plain).chain(odd).collect();
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
            for method in [Method::GET, Method::HEAD] {
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
