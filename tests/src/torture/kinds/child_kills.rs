//! The processes that decode what clients send are killed and stopped from outside.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::client::Part;
use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// Between two looks for a child: shorter than one lives.
const GLANCE: Duration = Duration::from_millis(2);

/// The system's memory runs out while uploads are looked at.
#[derive(Debug)]
pub(in crate::torture) struct ChildKills;

impl Kind for ChildKills {
    fn name(&self) -> &'static str {
        "child-kills"
    }

    fn what(&self) -> &'static str {
        "SIGKILL of the processes that decode uploads, and of the one that they are forked from"
    }

    fn terms(&self) -> Terms {
        Terms { refusals: &["gateway.starting", "gateway.overloaded"], ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(4);
        while context.goes_on() {
            let mut children = context.gateway().children();
            if children.is_empty() {
                thread::sleep(GLANCE);
                continue;
            }
            children.extend(context.gateway().forks());
            context.pause(0.0, 0.02);
            let child = context.random.choose(&children);
            context.signal(child, Signal::KILL);
            context.strike();
            context.pause(0.0, 0.1);
        }
        clients.stop();
        is_taken(context);
        Outcome::Done
    }
}

/// What was refused while its child was killed is taken afterwards: nothing of it has stuck.
fn is_taken(context: &mut Context) {
    let portrait = context.materials().portrait.clone();
    let answer = context.door().post_form("/v1/photos", &[Part::file("file", "portrait.png", portrait)], &[]);
    let status = answer.map(|answer| answer.status);
    assert_eq!(status, Some(201), "the photo is not taken once nobody kills its child");
}
