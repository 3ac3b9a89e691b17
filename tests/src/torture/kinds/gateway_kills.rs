//! The gateway is killed, and started again, while clients upload, submit and fetch and engines render.

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// A power cut at any moment.
#[derive(Debug)]
pub(in crate::torture) struct GatewayKills;

impl Kind for GatewayKills {
    fn name(&self) -> &'static str {
        "gateway-kills"
    }

    fn what(&self) -> &'static str {
        "SIGKILL of the gateway during uploads, submissions, renders and ends of jobs"
    }

    fn terms(&self) -> Terms {
        Terms {
            config: "[engines]\ninstances = 2\n",
            refusals: &["gateway.starting"],
            // A job that five gateways have died with may be what kills them.
            failures: &["job.lease_lost"],
            orphans: true,
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(4);
        while context.goes_on() {
            // Often soon after a start, when leases are taken back and hosts begin.
            let longest = if context.random.chance(0.3) { 0.3 } else { 3.0 };
            context.pause(0.0, longest);
            context.kill();
            context.strike();
            context.start();
        }
        clients.stop();
        Outcome::Done
    }
}
