//! A gateway that at times can start no process, and no thread.

use crate::torture::cage::{Cage, PROCESSES};
use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// More than a gateway with its hosts and children ever has.
const PLENTY: u64 = 10_000;
/// So many more than there are may be started while the limit holds, at most.
const ROOM: u64 = 12;

/// A container with a limit that was meant for something smaller.
#[derive(Debug)]
pub(in crate::torture) struct FewProcesses;

impl Kind for FewProcesses {
    fn name(&self) -> &'static str {
        "few-processes"
    }

    fn what(&self) -> &'static str {
        "a limit on processes and threads that comes down to what there are, and goes"
    }

    fn terms(&self) -> Terms {
        // Hosts come and go, so that their start meets the limit.
        let config = "
            [engines]
            instances = 2
            idle_stop_seconds = 0.3
        ";
        let refusals = &["gateway.starting", "gateway.overloaded"];
        Terms { config, refusals, patience: 120, ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        let Some(cage) = Cage::new(&PROCESSES).filter(|cage| cage.limit(PLENTY)) else {
            return Outcome::Skipped("this user may make no control group for processes; root may".to_owned());
        };
        context.launch = cage.launch();
        context.start();
        let clients = context.clients(3);
        while context.goes_on() {
            context.pause(0.1, 1.0);
            let Some(current) = cage.processes() else { break };
            assert!(cage.limit(current + context.random.below(ROOM)), "the limit can be set");
            context.strike();
            context.pause(0.2, 3.0);
            assert!(cage.limit(PLENTY), "the limit can be set");
        }
        clients.stop();
        context.hold(cage);
        Outcome::Done
    }
}
