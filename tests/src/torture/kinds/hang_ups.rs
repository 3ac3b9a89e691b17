//! Clients that hang up in the middle of a request, send drop by drop, or never read what they asked for.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::client::{Part, form};
use crate::torture::context::Context;
use crate::torture::kind::{Kind, Outcome};
use crate::torture::terms::Terms;

/// So many connections of clients that never read are open at once.
const UNREAD: usize = 30;
/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bad connections.
#[derive(Debug)]
pub(in crate::torture) struct HangUps;

impl Kind for HangUps {
    fn name(&self) -> &'static str {
        "hang-ups"
    }

    fn what(&self) -> &'static str {
        "clients that hang up during an upload, ask and never read, or say half a request"
    }

    fn terms(&self) -> Terms {
        Terms { refusals: &["gateway.starting"], ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let clients = context.clients(2);
        let mut unread: Vec<TcpStream> = Vec::new();
        while context.goes_on() {
            context.pause(0.0, 0.1);
            let Some(mut stream) = connected(context) else { continue };
            if context.random.chance(0.2) {
                unread.extend(asked(context, stream));
                if unread.len() > UNREAD {
                    unread.remove(0);
                }
            } else {
                let request = part_of_a_request(context);
                // It may have been answered before it was whole.
                let _ = stream.write_all(&request);
                context.pause(0.0, 0.2);
                if context.random.chance(0.5) {
                    let _ = stream.shutdown(Shutdown::Write);
                    let _ = stream.read(&mut [0; 256]);
                }
            }
            context.strike();
        }
        clients.stop();
        Outcome::Done
    }
}

fn connected(context: &Context) -> Option<TcpStream> {
    let stream = TcpStream::connect(context.door().address()?).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE))).ok()?;
    Some(stream)
}

/// An upload, mostly cut somewhere.
fn part_of_a_request(context: &mut Context) -> Vec<u8> {
    let materials = context.materials();
    let (path, part) = match context.random.below(6) {
        0 => ("/v1/photos", Part::file("file", "portrait.png", materials.portrait.clone())),
        1 => ("/v1/jobs", Part::file("audio", "speech.wav", materials.short_speech(&mut context.random).bytes.clone())),
        2..=4 => ("/v1/audio", Part::file("file", "speech.flac", materials.long_sound().bytes.clone())),
        _ => ("/v1/audio", Part::file("file", "speech.wav", materials.speeches[3].bytes.clone())),
    };
    let (kind, body) = form(&[part]);
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
    let mut request = head.into_bytes();
    request.extend_from_slice(&body);
    // Rarely within the head, and often when the work is nearly done; or it is whole, and nobody waits for the answer.
    if context.random.chance(0.6) {
        let least = context.random.choose(&[0.01, 0.3, 0.9, 0.99]);
        request.truncate((request.len() as f32 * context.random.between(least, 1.0)) as usize);
    }
    request
}

/// Asks for a lot, many times over, and reads nothing of it.
fn asked(context: &Context, mut stream: TcpStream) -> Option<TcpStream> {
    let path = match context.ledger().latest_job() {
        Some(id) => format!("/v1/jobs/{id}/video"),
        None => "/v1/openapi.json".to_owned(),
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").repeat(200);
    stream.set_write_timeout(Some(Duration::from_millis(200))).ok()?;
    let _ = stream.write_all(request.as_bytes());
    Some(stream)
}
