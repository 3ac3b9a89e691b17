//! Backups are taken beside a gateway at work; some are killed, and the gateway under others.

use std::fs;
use std::process::Output;

use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// Careful operators with an impatient machine.
#[derive(Debug)]
pub(in crate::torture) struct Backups;

impl Kind for Backups {
    fn name(&self) -> &'static str {
        "backups"
    }

    fn what(&self) -> &'static str {
        "backups beside a gateway at work, of which some are killed"
    }

    fn terms(&self) -> Terms {
        Terms { config: "[engines]\ninstances = 2\n", patience: 60, ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        let kept = context.site.scratch().join("backup");
        let name = kept.to_str().expect("the folder's name is text").to_owned();
        context.start();
        let clients = context.clients(3);
        let (mut whole, mut broken) = (0, 0);
        while context.goes_on() {
            context.pause(0.0, 0.3);
            let mut taking = context.site.begin(&["backup", &name]);
            if context.random.chance(0.5) {
                context.pause(0.0, 0.2);
                let _ = taking.kill(); // it may have ended
            }
            let taken = taking.wait_with_output().expect("a process that was started can be waited for");
            context.strike();
            if kept.exists() {
                let checked = context.site.command(&["check", &name, "--hashes"]);
                assert!(checked.status.success(), "the check of a backup {}", told(&checked));
                fs::remove_dir_all(&kept).expect("it is ours");
                whole += 1;
            } else {
                assert!(taken.status.code().is_none(), "a backup that nobody has killed {}", told(&taken));
                broken += 1;
            }
        }
        clients.stop();
        context.note(format!("{whole} backups were whole, {broken} were killed before they were"));
        Outcome::Done
    }
}

fn told(output: &Output) -> String {
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned());
    format!("ended with {} and said: {}", output.status, said.concat())
}
