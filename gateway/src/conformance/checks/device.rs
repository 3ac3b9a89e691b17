//! Whether the operator's word about the device holds.

use engine_api::{DeviceKind, ErrorKind, Readiness};

use crate::conformance::check::Check;
use crate::conformance::holdings::handles;
use crate::conformance::session::{Loading, Session};
use crate::conformance::stand::Stand;
use crate::conformance::take::Ended;
use crate::conformance::verdict::{Miss, Tried};

/// A device that no machine has.
const NO_DEVICE: &str = "no-such-device";
/// What the devices of NVIDIA's cards are called.
const CARDS: &str = "/dev/nvidia";

pub(super) const CHECKS: [Check; 3] = [
    Check {
        name: "device.kinds",
        expected: "of each kind of device that it names, `check` says that it is ready, or why not and what to do",
        remedy: "ask for the device in `check`, and fill in `reason` and `remedy`",
        run: |stand| Box::pin(kinds(stand)),
    },
    Check {
        name: "device.unknown",
        expected: "a device that no machine has is refused by its name",
        remedy: "answer `Readiness::of_device(setup)` in `check`, unless it is ready",
        run: |stand| Box::pin(unknown(stand)),
    },
    Check {
        name: "device.honoured",
        expected: "with the device \"cpu\", no graphics card is opened; with \"cuda:0\", one is, or loading says why not",
        remedy: "load onto the device that `setup.device` says, and take another one for \"auto\" alone",
        run: |stand| Box::pin(honoured(stand)),
    },
];

/// What an operator writes for a kind of device.
fn word(kind: DeviceKind) -> Option<&'static str> {
    match kind {
        DeviceKind::Cpu => Some("cpu"),
        DeviceKind::Cuda => Some("cuda:0"),
        DeviceKind::Remote => None,
    }
}

/// What `check` says of a device.
async fn check(stand: &mut Stand, device: &str) -> Result<Readiness, Miss> {
    let answer = stand.readiness(|setup| setup.device = device.into()).await;
    answer.map_err(|miss| match miss {
        Miss::Failed(reason) => Miss::Failed(format!("with the device {device:?}: {reason}")),
        other => other,
    })
}

/// A process in which the engine is loaded onto a device, and how that went.
async fn loaded_onto(stand: &mut Stand, device: &str) -> Result<(Session, Result<Loading, Ended>), Miss> {
    let described = stand.described().await?;
    let setup = engine_api::Setup { device: device.into(), ..stand.setup(&described) };
    let mut session = stand.open().await.map_err(Miss::Failed)?;
    let loaded = session.load(setup).await;
    Ok((session, loaded))
}

async fn words(stand: &mut Stand) -> Result<Vec<&'static str>, Miss> {
    let described = stand.described().await?;
    let words: Vec<_> = described.description.descriptor.devices.iter().copied().filter_map(word).collect();
    match words.is_empty() {
        true => Err(Miss::not_applicable("it runs on no device of this machine")),
        false => Ok(words),
    }
}

async fn kinds(stand: &mut Stand) -> Tried {
    let mut said = Vec::new();
    for device in words(stand).await? {
        said.push(match check(stand, device).await? {
            Readiness::Ready { note: None } => format!("{device}: ready"),
            Readiness::Ready { note: Some(note) } => format!("{device}: ready: {note}"),
            Readiness::MissingWeights { .. } => format!("{device}: ready but for its weights"),
            Readiness::Failed { reason, remedy } if reason.trim().is_empty() || remedy.trim().is_empty() => {
                return Err(Miss::failed(format!("{device}: reason {reason:?}, remedy {remedy:?}")));
            }
            Readiness::Failed { reason, .. } => format!("{device}: {reason}"),
        });
    }
    Ok(said.join("; "))
}

async fn unknown(stand: &mut Stand) -> Tried {
    words(stand).await?;
    if !stand.described().await?.readiness.is_ready() {
        return Err(Miss::not_tried("the engine is not ready: see loading.ready"));
    }
    let refusal = match check(stand, NO_DEVICE).await? {
        Readiness::Failed { reason, .. } => reason,
        Readiness::MissingWeights { files, .. } => format!("these weights are missing: {}", files.join(", ")),
        Readiness::Ready { .. } => {
            let (session, loaded) = loaded_onto(stand, NO_DEVICE).await?;
            session.kill().await;
            match loaded {
                Ok(_) => return Err(Miss::failed(format!("with the device {NO_DEVICE:?}, it is ready, and loads"))),
                Err(ended) => ended.to_string(),
            }
        }
    };
    match refusal.contains(NO_DEVICE) {
        true => Ok(refusal),
        false => Err(Miss::failed(format!("the refusal does not name it: {refusal}"))),
    }
}

async fn honoured(stand: &mut Stand) -> Tried {
    let mut seen = Vec::new();
    for device in words(stand).await? {
        if !check(stand, device).await?.is_ready() {
            continue;
        }
        let (session, loaded) = loaded_onto(stand, device).await?;
        let open = handles(session.process());
        session.kill().await;
        match loaded {
            Ok(_) => {}
            // Drivers and libraries tell some things only once they are used.
            Err(Ended::Refused(error)) if error.kind == ErrorKind::Device => {
                seen.push(format!("{device}: not to be had: {}", error.message));
                continue;
            }
            Err(ended) => {
                return Err(Miss::failed(format!("it is ready for {device:?}, and does not load: {ended}")));
            }
        }
        let cards = open.iter().filter(|handle| handle.to_string_lossy().starts_with(CARDS)).count();
        let measured = format!("{device}: {cards} handles of graphics cards");
        if (device == "cpu") != (cards == 0) {
            return Err(Miss::Failed(measured));
        }
        seen.push(measured);
    }
    if seen.is_empty() { Err(Miss::not_tried("it is ready for none of its devices")) } else { Ok(seen.join("; ")) }
}
