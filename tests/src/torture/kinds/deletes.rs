//! Uploads are deleted in the very moment in which jobs are made of them.

use std::thread;

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::order::Order;
use crate::torture::terms::Terms;

/// Clients that tidy up too early.
#[derive(Debug)]
pub(in crate::torture) struct Deletes;

impl Kind for Deletes {
    fn name(&self) -> &'static str {
        "deletes"
    }

    fn what(&self) -> &'static str {
        "uploads that are deleted while jobs are made of them"
    }

    fn terms(&self) -> Terms {
        let config = "[engines]\ninstances = 2\n";
        Terms { config, refusals: &["gateway.starting"], patience: 60, ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(1);
        let mut client = context.client();
        while context.goes_on() {
            let Some((audio, seconds)) = client.upload_speech() else { continue };
            context.ledger().delete(&audio);
            if seconds > 1.0 {
                continue;
            }
            let order = Order::plain(&mut context.random, seconds);
            // Both set out at once; which comes first is what is tried.
            let door = context.door();
            thread::scope(|scope| {
                scope.spawn(|| door.ask("DELETE", &format!("/v1/audio/{audio}"), &[], []));
                client.submit_if_there(&order, &audio);
            });
            context.strike();
        }
        clients.stop();
        Outcome::Done
    }
}
