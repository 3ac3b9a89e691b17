//! The gateway is told to end, and started again, while clients upload, submit and fetch and engines render.

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// An operator who restarts it all the time.
#[derive(Debug)]
pub(in crate::torture) struct GatewayStops;

impl Kind for GatewayStops {
    fn name(&self) -> &'static str {
        "gateway-stops"
    }

    fn what(&self) -> &'static str {
        "SIGTERM of the gateway during uploads, submissions and renders"
    }

    fn terms(&self) -> Terms {
        Terms {
            config: "[engines]\ninstances = 2\n[scheduler]\ndrain_seconds = 1\n",
            refusals: &["gateway.starting"],
            ..Terms::default()
        }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(4);
        while context.goes_on() {
            context.pause(0.1, 3.0);
            context.stop();
            assert!(context.site.no_work_left(), "a gateway that has ended leaves {:?}", work(context));
            context.strike();
            context.start();
        }
        clients.stop();
        Outcome::Done
    }
}

fn work(context: &Context) -> Vec<std::path::PathBuf> {
    context.site.files().into_iter().filter(|file| file.starts_with("work")).collect()
}
