//! `Prefer: wait=N` (RFC 7240): an answer that waits for the end of its job, within what the client has patience for.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use tokio::time::{Instant, sleep_until};

use crate::app::App;
use crate::domain::job::Job;
use crate::store::error::StoreResult;

/// The longest wait, in seconds: proxies close what has been quiet for longer.
const LONGEST: u64 = 60;

/// How long an answer may wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait(u64);

impl Wait {
    /// What the client prefers. Of several waits the first counts; one that cannot be read is passed over, as are other
    /// preferences.
    pub(crate) fn preferred(headers: &HeaderMap) -> Option<Self> {
        let fields = headers.get_all("prefer").iter().filter_map(|field| field.to_str().ok());
        let mut preferences = fields.flat_map(|field| unquoted(field, ',')).map(|preference| {
            let preference = unquoted(preference, ';').next().unwrap_or_default();
            preference.split_once('=').unwrap_or((preference, ""))
        });
        let (_, value) = preferences.find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?;
        let value = value.trim();
        let seconds = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
        // What is too large for a number is too long as well.
        is_number.then(|| Self(seconds.parse().unwrap_or(LONGEST).min(LONGEST)))
    }

    /// What the client is told to have got.
    pub(crate) fn applied(self) -> HeaderValue {
        HeaderValue::try_from(format!("wait={}", self.0)).expect("this is plain text")
    }

    /// The job when it has ended, or as it is when the time is over or the gateway stops; `None` if it is gone. Meanwhile
    /// nothing is asked of the store.
    pub(crate) async fn for_end_of(self, app: &App, job: &Job) -> StoreResult<Option<Job>> {
        let mut changes = app.process.job_changes.watch(job.id);
        let deadline = Instant::now() + Duration::from_secs(self.0);
        let mut is_over = false;
        loop {
            let Some(job) = app.jobs.job(job.id).await? else { return Ok(None) };
            if is_over || job.state.is_final() {
                return Ok(Some(job));
            }
            is_over = tokio::select! {
                () = changes.may_have_ended() => false,
                () = sleep_until(deadline) => true,
                () = app.draining.cancelled() => true,
                () = app.stop.cancelled() => true,
            };
        }
    }
}

/// The parts of a field between such characters, but for those that stand in quotes.
fn unquoted(field: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    field.split(move |character: char| {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return character == separator && !is_quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::Play;
    use crate::testing::stage::Act;

    #[test]
    fn preferences_are_read_as_the_standard_has_them() {
        for (fields, seconds) in [
            (["wait=5"].as_slice(), Some(5)),
            (&["WAIT = \"7\" ; strictly"], Some(7)),
            (&["respond-async, wait=3;a=\"b,c\";d"], Some(3)),
            (&["odd=\"x, wait=9; \\\" wait=8\", wait=2"], Some(2)),
            (&["return=minimal", "wait=4"], Some(4)),
            (&["wait=1, wait=9", "wait=8"], Some(1)),
            (&["wait=0"], Some(0)),
            (&["wait=61"], Some(60)),
            (&["wait=99999999999999999999999"], Some(60)),
            (&["wait=x, wait=9"], None),
            (&["wait"], None),
            (&["wait="], None),
            (&["wait=-1"], None),
            (&["wait=1.5"], None),
            (&["waits=5, x=\"wait=5\""], None),
            (&[""], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append("prefer", field.parse().unwrap());
            }
            assert_eq!(Wait::preferred(&headers), seconds.map(Wait), "{fields:?}");
        }
        assert_eq!(Wait(60).applied(), "wait=60");
    }

    #[tokio::test]
    async fn a_stop_ends_the_wait_with_what_there_is() {
        let play = Play::new(&[Act::Hang]).await;
        let id = play.submit().await;
        let job = play.until(id, |job| job.progress.phase.is_some()).await;
        let app = Arc::clone(&play.app);
        let waiting = tokio::spawn(async move { Wait(60).for_end_of(&app, &job).await.unwrap().unwrap() });
        play.app.draining.cancel();
        let job = tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
        assert!(!job.state.is_final());
    }
}
