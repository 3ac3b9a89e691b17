//! What the engine does beside rendering: what it prints, and the processes that it starts.

use std::time::Duration;

use serde_json::Map;
use tokio::time::sleep;

use crate::conformance::check::Check;
use crate::conformance::holdings::started_by;
use crate::conformance::session::{Cancel, Session};
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::verdict::{Miss, Tried};

/// How much an engine may print for a job, in bytes: the gateway logs all of it.
const PRINTED: usize = 16 << 10;
/// How long what was printed is on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(200);
/// How long what an engine has started may take to end with it.
const GRACE: Duration = Duration::from_secs(2);

pub(super) const CHECKS: [Check; 3] = [
    Check {
        name: "output.quiet",
        expected: "a job prints 16 KiB at most, on stdout and stderr together",
        remedy: "print what an operator needs for finding a fault, and tell clients the rest by `progress` and `warn`",
        run: |stand| Box::pin(quiet(stand)),
    },
    Check {
        name: "output.processes",
        expected: "when a job is over, no process that it has started is there",
        remedy: "wait for what `render` starts before it returns",
        run: |stand| Box::pin(processes(stand)),
    },
    Check {
        name: "output.end",
        expected: "when its process ends, no process that it has started stays behind",
        remedy: "end what `load` has started when the engine is dropped or its parent is gone, and start nothing that detaches",
        run: |stand| Box::pin(end(stand)),
    },
];

async fn quiet(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    sleep(ON_ITS_WAY).await;
    let before = stand.heard.bytes();
    stand.render_warm(Scene::USUAL, &Map::new(), Cancel::Never).await?;
    sleep(ON_ITS_WAY).await;
    let printed = stand.heard.bytes() - before;
    let measured = format!("{printed} bytes");
    if printed <= PRINTED {
        return Ok(measured);
    }
    let last = stand.heard.latest().pop().unwrap_or_default();
    Err(Miss::failed(format!("{measured}; the last line: {:.80}", last)))
}

async fn processes(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let mut session = stand.fresh().await?;
    let before = started_by(session.process(), &session.temporary);
    let take = stand.render(&mut session, Scene::USUAL, &Map::new(), Cancel::Never).await?;
    let mut after = started_by(session.process(), &session.temporary);
    stand.keep(session, &take).await;
    after.retain(|process| !before.contains(process));
    match after.is_empty() {
        true => Ok("none is left".into()),
        false => Err(Miss::failed(format!("these are left: {}", after.join(", ")))),
    }
}

async fn end(stand: &mut Stand) -> Tried {
    let session = stand.fresh().await?;
    ended_alone(session, Session::shut_down).await?;
    Ok("it ended alone".into())
}

/// Ends a process in this way, and looks whether anything stays behind.
///
/// # Errors
/// Something does.
pub(super) async fn ended_alone(session: Session, end: impl AsyncFnOnce(Session)) -> Result<(), Miss> {
    let (process, temporary) = (session.process(), session.temporary.clone());
    end(session).await;
    let mut left = started_by(process, &temporary);
    if !left.is_empty() {
        sleep(GRACE).await;
        left = started_by(process, &temporary);
    }
    match left.is_empty() {
        true => Ok(()),
        false => Err(Miss::failed(format!("these processes stay behind: {}", left.join(", ")))),
    }
}
