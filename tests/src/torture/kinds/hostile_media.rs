//! Damaged and lying files are uploaded, alone and within jobs.

use crate::client::{Answer, Part};
use crate::torture::context::Context;
use crate::torture::damage::{Hostile, Originals};
use crate::torture::kind::{Kind, Outcome};
use crate::torture::ledger::{Expected, Upload, sum};
use crate::torture::terms::Terms;

/// Clients with broken files, or bad ones.
#[derive(Debug)]
pub(in crate::torture) struct HostileMedia;

impl Kind for HostileMedia {
    fn name(&self) -> &'static str {
        "hostile-media"
    }

    fn what(&self) -> &'static str {
        "sound, pictures and videos that are cut, have turned bits, or promise too much"
    }

    fn terms(&self) -> Terms {
        Terms { refusals: &["gateway.starting"], ..Terms::default() }
    }

    fn run(&self, context: &mut Context) -> Outcome {
        context.start();
        let originals = Originals::make(&context.materials());
        let clients = context.clients(1);
        while context.goes_on() {
            let file = originals.damaged(&mut context.random);
            if file.routes == "audio" && context.random.chance(0.3) {
                submit(context, &file);
            } else {
                upload(context, &file);
            }
            context.strike();
        }
        clients.stop();
        Outcome::Done
    }
}

/// Taken is what can still be read; everything else is the client's fault.
fn upload(context: &Context, file: &Hostile) {
    let parts = [Part::file("file", &file.name, file.bytes.clone())];
    let Some(answer) = context.door().post_form(&format!("/v1/{}", file.routes), &parts, &[]) else { return };
    if let Some(id) = accepted(context, file, &answer, 201) {
        let routes = if file.routes == "source-videos" { "videos" } else { file.routes };
        let sum = (routes != "photos").then(|| sum(&file.bytes));
        context.ledger().upload(id, Upload { routes, sum, may_be_gone: false });
    }
}

fn submit(context: &Context, file: &Hostile) {
    let params = r#"{"width": 64, "height": 64, "fps": 5, "duration": 0.5}"#;
    let parts = [
        Part::text("engine", "testcard"),
        Part::text("params", params),
        Part::file("audio", &file.name, file.bytes.clone()),
    ];
    let Some(answer) = context.door().post_form("/v1/jobs", &parts, &[]) else { return };
    if let Some(id) = accepted(context, file, &answer, 202) {
        context.ledger().job(id, Expected { frames: Some(3), ..Expected::default() });
    }
}

fn accepted(context: &Context, file: &Hostile, answer: &Answer, status: u16) -> Option<String> {
    if answer.status == status {
        return answer.json()["id"].as_str().map(str::to_owned);
    }
    if !(400..500).contains(&answer.status) {
        let told = format!("{} of {} bytes, sum {:x}", file.name, file.bytes.len(), sum(&file.bytes));
        context.ledger().wrong(format!("{told}, was answered {}", answer.status));
    }
    None
}
