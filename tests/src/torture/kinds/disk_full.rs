//! The disk fills to the last byte while jobs are queued, and has room again.

use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::torture::context::Context;
use crate::torture::disk::SmallDisk;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::order::Order;
use crate::torture::terms::Terms;

/// Size of the disk, in MiB.
const DISK: u32 = 192;
/// Jobs that are queued when it fills.
const QUEUED: usize = 25;
/// Answers that a full disk may not delay any longer.
const AT_ONCE: Duration = Duration::from_secs(5);
/// How long a gateway may take to see that its disk is full, with jobs that want to write.
const SEEN: Duration = Duration::from_secs(20);

/// Somebody fills the disk.
#[derive(Debug)]
pub(in crate::torture) struct DiskFull;

impl Kind for DiskFull {
    fn name(&self) -> &'static str {
        "disk-full"
    }

    fn what(&self) -> &'static str {
        "a disk that is full to the last byte while 25 jobs are queued, and has room again"
    }

    fn terms(&self) -> Terms {
        Terms {
            config: "[engines]\ninstances = 2\n",
            refusals: &["gateway.starting", "storage.full"],
            stalls: true,
            patience: 120,
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        let disk = match SmallDisk::mount(&context.site.data(), DISK) {
            Ok(disk) => Rc::new(disk),
            Err(why) => return Outcome::Skipped(why),
        };
        context.hold(Rc::clone(&disk));
        context.start();
        let mut client = context.client();
        while context.goes_on() {
            let speech = std::iter::repeat_with(|| client.upload_speech()).take(100).flatten();
            let Some((audio, seconds)) = speech.into_iter().find(|(_, seconds)| *seconds <= 1.0) else { continue };
            for _ in 0..QUEUED {
                let order = Order::slow(context.random.below(20) + 5, seconds);
                client.submit(&order, &audio);
            }
            let spare = client.upload_speech();
            context.pause(0.0, 1.0);
            let filling = disk.fill();
            context.strike();
            full(context, spare.map(|(id, _)| id));
            context.pause(1.0, 6.0);
            // A gateway may be started on a full disk as well.
            if context.random.chance(0.3) {
                context.kill();
                context.start();
                context.pause(1.0, 3.0);
            }
            drop(filling);
            drain(context);
        }
        Outcome::Done
    }
}

/// What must hold while there is no room: requests are refused at once, deleting works, and the gateway says what is wrong.
fn full(context: &mut Context, spare: Option<String>) {
    let start = Instant::now();
    let _ = context.client().upload_speech();
    if start.elapsed() > AT_ONCE {
        context.ledger().wrong(format!("an upload to a full disk was answered after {:.1?}", start.elapsed()));
    }
    let start = Instant::now();
    while context.door().get("/readyz").is_some_and(|answer| answer.status == 200) {
        if queued(context) == 0 {
            break; // all were written before the disk was full
        }
        if start.elapsed() > SEEN {
            context.ledger().wrong(format!("with a full disk and jobs that wait, it is ready after {SEEN:?}"));
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    let Some(id) = spare else { return };
    context.ledger().delete(&id);
    let start = Instant::now();
    let answer = context.door().ask("DELETE", &format!("/v1/audio/{id}"), &[], []);
    let status = answer.map(|answer| answer.status);
    if status != Some(204) || start.elapsed() > AT_ONCE {
        let after = start.elapsed();
        context.ledger().wrong(format!("deleting on a full disk was answered {status:?} after {after:.1?}"));
    }
}

fn queued(context: &Context) -> usize {
    let page = context.door().get("/v1/jobs?state=queued&limit=200").filter(|answer| answer.status == 200);
    page.and_then(|answer| answer.json()["jobs"].as_array().map(Vec::len)).unwrap_or(0)
}

/// Waits for the jobs, and makes room for the next round.
fn drain(context: &mut Context) {
    while context.goes_on() && queued(context) > 0 {
        context.pause(0.1, 0.3);
    }
    let page = context.door().get("/v1/audio?limit=200").filter(|answer| answer.status == 200);
    let uploads = page.map(|answer| answer.json()["audio"].clone());
    for upload in uploads.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let id = upload["id"].as_str().unwrap_or_default();
        context.ledger().delete(id);
        context.door().ask("DELETE", &format!("/v1/audio/{id}"), &[], []);
    }
}
