//! Plugins are written over, torn, removed and replaced while hosts of them render.

use std::fs;
use std::path::Path;

use crate::build;
use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// What clients use, and what is done to it.
const PLUGINS: [&str; 2] = ["testcard", "puppet"];

/// Somebody installs another version, or a disk fills up while they do.
#[derive(Debug)]
pub(in crate::torture) struct PluginSwaps;

impl Kind for PluginSwaps {
    fn name(&self) -> &'static str {
        "plugin-swaps"
    }

    fn what(&self) -> &'static str {
        "plugins that are written over, torn, removed and replaced while they render"
    }

    fn terms(&self) -> Terms {
        let config = "[engines]\ninstances = 2\n";
        // An engine whose plugin is not whole takes nothing new; what it has accepted waits.
        let refusals = &["gateway.starting", "engine.not_ready", "engine.unknown"];
        Terms { config, refusals, patience: 60, ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        let plugins = PLUGINS.map(build::plugin);
        let wholes = plugins.each_ref().map(|plugin| fs::read(plugin).expect("the plugin was built"));
        context.start();
        let clients = context.clients(3);
        while context.goes_on() {
            context.pause(0.1, 0.8);
            let which = context.random.below(PLUGINS.len() as u64) as usize;
            let name = plugins[which].file_name().expect("a plugin has a name");
            let installed = context.site.engines().join(name);
            harm(context, &installed, &wholes[which]);
            context.strike();
            context.pause(0.1, 1.5);
            replace(&installed, &wholes[which]);
        }
        clients.stop();
        Outcome::Done
    }
}

/// Does to an installed plugin what the seed chooses.
fn harm(context: &mut Context, installed: &Path, whole: &[u8]) {
    let done = match context.random.below(5) {
        // In place, as `cp` does it: every process that has the file mapped would see it.
        0 => fs::write(installed, vec![0xcc; whole.len()]),
        1 => fs::write(installed, &whole[..context.random.below(whole.len() as u64) as usize]),
        2 => fs::write(installed, whole),
        3 => fs::remove_file(installed),
        _ => {
            replace(installed, b"not a library");
            Ok(())
        }
    };
    done.expect("the folder can be written");
}

/// As a careful installer does it: under another name, and then renamed.
fn replace(installed: &Path, content: &[u8]) {
    let new = installed.with_extension("new");
    fs::write(&new, content).and_then(|()| fs::rename(&new, installed)).expect("the folder can be written");
}
