//! Engine processes are killed and stopped from outside: while they start, load, render and idle.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// How long a new host is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks for one: shorter than a host needs to say hello.
const GLANCE: Duration = Duration::from_millis(2);

/// The system's memory runs out, or somebody is at the keyboard.
#[derive(Debug)]
pub(in crate::torture) struct HostKills;

impl Kind for HostKills {
    fn name(&self) -> &'static str {
        "host-kills"
    }

    fn what(&self) -> &'static str {
        "SIGKILL and SIGSTOP of engine processes that start, load, render and idle"
    }

    fn terms(&self) -> Terms {
        // As many attempts as there may be: few jobs fail for what is done to their hosts.
        let config = "
            [engines]
            instances = 2
            attempts = 10
            start_seconds = 4
            stall_seconds = 2
            idle_stop_seconds = 0.5
            [scheduler]
            backoff_seconds = 0.1
        ";
        Terms {
            config,
            // What describes an engine is a process like any other, and may be the one that is killed.
            refusals: &["gateway.starting", "engine.not_ready"],
            failures: &["engine.died", "engine.stalled"],
            patience: 60,
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(4);
        while context.goes_on() {
            context.pause(0.0, 0.6);
            let signal = if context.random.chance(0.25) { Signal::STOP } else { Signal::KILL };
            let host = if context.random.chance(0.5) { new_host(context) } else { any_host(context) };
            if let Some(host) = host {
                context.signal(host, signal);
                context.strike();
            }
        }
        clients.stop();
        Outcome::Done
    }
}

/// A host that has come up this moment: it is starting or loading.
fn new_host(context: &mut Context) -> Option<u32> {
    let known = context.site.hosts();
    let start = Instant::now();
    while start.elapsed() < PATIENCE && context.goes_on() {
        if let Some(new) = context.site.hosts().into_iter().find(|host| !known.contains(host)) {
            context.pause(0.0, 0.02);
            return Some(new);
        }
        thread::sleep(GLANCE);
    }
    None
}

/// Any host: it renders or is idle.
fn any_host(context: &mut Context) -> Option<u32> {
    let hosts = context.site.hosts();
    (!hosts.is_empty()).then(|| context.random.choose(&hosts))
}
