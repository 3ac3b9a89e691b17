//! Sixty-four clients send what unpacks to hundreds of megabytes, to a gateway that may have 256 MiB.

use std::fs;
use std::process::Command;
use std::thread;

use avatar_samples::random::Random;

use crate::client::Part;
use crate::launch::Launch;
use crate::processes::memory_peak;
use crate::torture::cage::{Cage, MEMORY};
use crate::torture::context::Context;
use crate::torture::door::Door;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::materials::Materials;
use crate::torture::terms::Terms;

/// What the gateway may have, in bytes.
const MOST: u64 = 256 << 20;
/// Addresses are not memory: threads and libraries have many that they never use.
const ADDRESSES_BESIDE: u64 = 2 << 30;
/// Clients at once.
const CLIENTS: usize = 64;
/// Fields of a request that no gateway knows.
const FIELDS: usize = 60_000;

/// Pictures of the most pixels that are taken: what FFmpeg makes them from, and their file.
const PICTURES: [(&str, &str); 4] = [
    ("color=gray:size=7071x7071,format=rgba64be", "deep.png"),
    ("color=gray:size=7071x7071,format=rgb24", "wide.png"),
    ("color=gray:size=7071x7071,format=yuvj444p", "wide.jpg"),
    ("color=gray:size=49000x1000,format=rgba", "long.png"),
];

/// What fits through the door, and not into the room.
#[derive(Debug)]
pub(in crate::torture) struct MemoryLimit;

impl Kind for MemoryLimit {
    fn name(&self) -> &'static str {
        "memory-limit"
    }

    fn what(&self) -> &'static str {
        "64 pictures, forms and texts at once that unpack to much more than the gateway's 256 MiB"
    }

    fn terms(&self) -> Terms {
        Terms { refusals: &["gateway.starting", "gateway.overloaded"], ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        match Cage::new(&MEMORY).filter(|cage| cage.limit(MOST)) {
            Some(cage) => {
                context.launch = cage.launch();
                context.hold(cage);
            }
            None => {
                context.launch = Launch::after(&format!("ulimit -v {}", (MOST + ADDRESSES_BESIDE) >> 10));
                context.note("memory is limited by addresses alone: this user may make no control group".to_owned());
            }
        }
        let bombs = bombs(&context.materials());
        context.start();
        let clients = context.clients(1);
        while context.goes_on() {
            let seeds: Vec<u64> = (0..CLIENTS).map(|_| context.random.below(1 << 32)).collect();
            let (door, bombs) = (context.door(), &bombs);
            thread::scope(|scope| {
                for seed in seeds {
                    scope.spawn(move || send(door, bombs, &mut Random::new(seed, "bomb")));
                }
            });
            (0..CLIENTS).for_each(|_| context.strike());
        }
        context.note(format!("the gateway's own process took at most {} MiB", memory_peak(context.gateway().pid())));
        clients.stop();
        Outcome::Done
    }
}

/// The pictures, each with its name.
fn bombs(materials: &Materials) -> Vec<(&'static str, Vec<u8>)> {
    let made = PICTURES.map(|(source, name)| {
        let file = materials.folder().join(name);
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1"]).arg(&file);
        assert!(ffmpeg.status().expect("FFmpeg is there").success(), "FFmpeg does not make {name}");
        (name, fs::read(file).expect("it was written"))
    });
    made.into()
}

/// Mostly a picture; else a form or a text of very many fields. Whatever is answered has been looked at by the door.
fn send(door: &Door, bombs: &[(&str, Vec<u8>)], random: &mut Random) {
    match random.below(8) {
        0 => {
            let fields: Vec<String> = (0..FIELDS).map(|number| format!("\"field{number}\": {number}")).collect();
            let json = [("content-type", "application/json")];
            door.ask("POST", "/v1/jobs", &json, format!("{{{}}}", fields.join(",")));
        }
        1 => {
            let text = "x".repeat(1 << 20);
            let parts: Vec<Part<'_>> = (0..20).map(|_| Part::text("more", &text)).collect();
            door.post_form("/v1/jobs", &parts, &[]);
        }
        number => {
            let (name, bytes) = &bombs[random.below(bombs.len() as u64) as usize];
            let field = if number == 2 { "photo" } else { "file" };
            let path = if number == 2 { "/v1/jobs" } else { "/v1/photos" };
            door.post_form(path, &[Part::file(field, name, bytes.clone())], &[]);
        }
    }
}
