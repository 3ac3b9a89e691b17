//! The gateway's standard error cannot be written: a terminal is closed, a reader does not read, a disk is full.

use crate::launch::{Errors, Launch};
use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// Logs that lead nowhere.
#[derive(Debug)]
pub(in crate::torture) struct ClosedLogs;

impl Kind for ClosedLogs {
    fn name(&self) -> &'static str {
        "closed-logs"
    }

    fn what(&self) -> &'static str {
        "a standard error whose reader is gone or does not read, or that lies on a full disk"
    }

    fn terms(&self) -> Terms {
        // Many lines, so that a pipe is full soon.
        let config = "[engines]\ninstances = 2\n[scheduler]\ndrain_seconds = 1\n[log]\nfilter = \"debug\"\n";
        Terms { config, refusals: &["gateway.starting"], patience: 60, ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        let ways = [
            Launch { errors: Errors::Closed, ..Launch::default() },
            Launch { errors: Errors::Unread, ..Launch::default() },
            Launch { errors: Errors::Full, ..Launch::default() },
            Launch::after("exec 2>&-"),
        ];
        context.launch = any(context, &ways);
        context.start();
        let clients = context.clients(3);
        while context.goes_on() {
            context.pause(1.0, 4.0);
            context.strike();
            // It hears that it is to end, whatever becomes of what it says about that.
            context.stop();
            context.launch = any(context, &ways);
            context.start();
        }
        clients.stop();
        Outcome::Done
    }
}

fn any(context: &mut Context, ways: &[Launch]) -> Launch {
    ways[context.random.below(ways.len() as u64) as usize].clone()
}
