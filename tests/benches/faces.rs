//! Benchmark of the face check: how often its verdict is right, over a test set with known answers.
//!
//! Run by `cargo xtask bench faces`. The portraits are painted, so the figures tell of regressions and of the rules, not of
//! how the detector fares with every face there is.

#![allow(clippy::print_stdout, reason = "a table for people is what a benchmark makes")]

#[path = "faces/pictures.rs"]
mod pictures;

use std::collections::BTreeMap;
use std::io::Cursor;

use avatar_tests::{Gateway, Part, Site};
use image::ImageFormat;
use pictures::Case;

fn main() {
    let site = Site::new(&[], "[log]\nfilter = \"warn\"\n");
    let gateway = site.start();
    // By kind: how many, and how many with the right code.
    let mut kinds: BTreeMap<(bool, &str), (u32, u32)> = BTreeMap::new();
    let mut confusion: BTreeMap<(&str, String), u32> = BTreeMap::new();
    let (mut accepted, mut usable, mut accepted_and_usable) = (0u32, 0u32, 0u32);
    for case in pictures::all() {
        let code = verdict(&gateway, &case);
        let is_usable = case.right.contains(&"ok");
        let is_right = case.right.contains(&code.as_str());
        accepted += u32::from(code == "ok");
        usable += u32::from(is_usable);
        accepted_and_usable += u32::from(is_usable && code == "ok");
        let (count, right) = kinds.entry((!is_usable, case.kind)).or_default();
        *count += 1;
        *right += u32::from(is_right);
        if !is_right {
            *confusion.entry((case.kind, code)).or_default() += 1;
        }
    }
    println!("{:28} {:>7} {:>7}", "what was done to it", "photos", "right");
    for ((_, kind), (count, right)) in &kinds {
        println!("{kind:28} {count:>7} {right:>7}");
    }
    for ((kind, code), count) in &confusion {
        println!("wrong: {kind} was judged {code} {count} times");
    }
    let share = |part: u32, whole: u32| 100.0 * f64::from(part) / f64::from(whole.max(1));
    println!(
        "precision of `valid`: {:.1} % ({accepted_and_usable} of {accepted} that were taken)",
        share(accepted_and_usable, accepted)
    );
    println!(
        "recall of `valid`:    {:.1} % ({accepted_and_usable} of {usable} that are usable)",
        share(accepted_and_usable, usable)
    );
}

/// What the gateway thinks of a picture: `ok`, or the code of its refusal.
fn verdict(gateway: &Gateway, case: &Case) -> String {
    let mut file = Cursor::new(Vec::new());
    case.picture.write_to(&mut file, ImageFormat::Png).expect("memory is there");
    let answer = gateway.post_form("/v1/photos", &[Part::file("file", "photo.png", file.into_inner())]).json();
    let code = answer.get("code").unwrap_or(&answer["verdict"]["code"]);
    code.as_str().unwrap_or_else(|| panic!("{answer} is no verdict")).to_owned()
}
