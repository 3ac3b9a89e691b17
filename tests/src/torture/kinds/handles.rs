//! More connections than the gateway may have files open, while jobs render.

use std::net::TcpStream;

use crate::launch::Launch;
use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// Files that the gateway may have open.
const HANDLES: u32 = 256;
/// Connections that are opened to it at most, and say nothing.
const IDLE: u64 = 400;

/// Clients that connect and never speak.
#[derive(Debug)]
pub(in crate::torture) struct Handles;

impl Kind for Handles {
    fn name(&self) -> &'static str {
        "handles"
    }

    fn what(&self) -> &'static str {
        "up to 400 idle connections to a gateway that may have 256 files open"
    }

    fn terms(&self) -> Terms {
        Terms {
            config: "[engines]\ninstances = 2\n",
            refusals: &["gateway.starting", "gateway.overloaded"],
            hangs_up: true,
            patience: 60,
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.launch = Launch::after(&format!("ulimit -n {HANDLES}"));
        context.start();
        let clients = context.clients(3);
        while context.goes_on() {
            let Some(address) = context.door().address() else { break };
            let count = context.random.below(IDLE) + 1;
            let idle: Vec<TcpStream> = (0..count).map_while(|_| TcpStream::connect(&address).ok()).collect();
            context.strike();
            context.pause(0.5, 4.0);
            drop(idle);
            context.pause(0.0, 1.0);
        }
        clients.stop();
        Outcome::Done
    }
}
