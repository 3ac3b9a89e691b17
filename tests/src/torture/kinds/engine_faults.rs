//! Engines that err, panic, abort, crash, hang, leak and lie, between jobs that do not.

use avatar_samples::random::Random;

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::order::Order;
use crate::torture::terms::Terms;

/// Each fault of the test card with the codes that it may end with.
const FAULTS: [(&str, &[&str]); 11] = [
    ("error", &["engine.internal"]),
    ("input", &["engine.input"]),
    ("device", &["engine.device"]),
    ("backend", &["engine.backend"]),
    ("oom", &["engine.out_of_memory"]),
    ("panic", &["engine.panic"]),
    ("abort", &["engine.died"]),
    ("segfault", &["engine.died"]),
    ("hang", &["engine.stalled"]),
    ("short", &["engine.internal"]),
    ("leak", &[]),
];

/// An engine that misbehaves in every way it knows.
#[derive(Debug)]
pub(in crate::torture) struct EngineFaults;

impl Kind for EngineFaults {
    fn name(&self) -> &'static str {
        "engine-faults"
    }

    fn what(&self) -> &'static str {
        "engines that err, panic, abort, crash, hang, leak and lie"
    }

    fn terms(&self) -> Terms {
        let config = "
            [engines]
            instances = 2
            stall_seconds = 2
            [scheduler]
            backoff_seconds = 0.1
        ";
        Terms { config, refusals: &["gateway.starting"], patience: 60, ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(2);
        let mut client = context.client();
        let (audio, seconds) = loop {
            match client.upload_speech() {
                Some((audio, seconds)) if (0.5..=1.0).contains(&seconds) => break (audio, seconds),
                _ => context.pause(0.0, 0.01),
            }
        };
        while context.goes_on() {
            context.pause(0.1, 0.6);
            client.submit(&faulty(&mut context.random, seconds), &audio);
            context.strike();
        }
        clients.stop();
        Outcome::Done
    }
}

fn faulty(random: &mut Random, seconds: f64) -> Order {
    match random.choose(&FAULTS) {
        (fault, []) => Order::harmless(fault, seconds),
        (fault, codes) => Order::failing(fault, codes),
    }
}
