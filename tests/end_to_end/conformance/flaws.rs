//! Engines that are sound, and the test card with one flaw at a time.

use avatar_tests::Site;

use super::{TESTCARD, Tried};

#[test]
fn the_test_card_passes() {
    let site = Site::new(&["testcard"], "");
    Tried::of(&site, &TESTCARD).passes();
}

#[test]
fn the_puppet_passes() {
    let site = Site::new(&["puppet"], "");
    let small = r#"{"max_size": 128, "fps": 10}"#;
    Tried::of(&site, &["puppet", "--params", small, "--jobs", "12"]).passes();
}

/// Has the kit find flaws of the test card: each with the groups that are tried and the one check that it fails.
#[track_caller]
fn found(flaws: &[(&str, &str, &str)]) {
    found_at(&Site::new(&["testcard"], "[engines.testcard]\nstall_seconds = 4\n"), flaws);
}

#[track_caller]
fn found_at(site: &Site, flaws: &[(&str, &str, &str)]) {
    for (flaw, groups, check) in flaws {
        let flaw = format!("flaw={flaw}");
        let tried = Tried::of(site, &[&TESTCARD[..], &["--set", &flaw, "--only", groups]].concat());
        tried.fails_alone(check);
    }
}

#[test]
fn flaws_of_loading_are_found() {
    found(&[
        ("slow_check", "description,loading,device", "loading.check_quick"),
        ("any_option", "description,loading,device", "loading.unknown_option"),
        ("any_device", "description,loading,device", "device.unknown"),
        ("never_loads", "description,loading", "loading.loads"),
        ("mute_load", "loading.loads,loading.signs,loading.ready", "loading.signs"),
    ]);
}

#[test]
fn flaws_of_the_pictures_are_found() {
    found(&[
        ("half_length", "rendering", "rendering.length"),
        ("frozen", "rendering", "rendering.moves"),
        ("blank", "rendering", "rendering.shows"),
        ("hears_to_the_end", "rendering", "rendering.spoken"),
        ("strews", "rendering", "rendering.keeps_to_its_folder"),
    ]);
}

#[test]
fn flaws_of_what_is_told_are_found() {
    found(&[
        ("unannounced", "rendering", "rendering.announced"),
        ("falling_progress", "rendering", "rendering.progress"),
        ("backward_phase", "rendering", "rendering.phases"),
        ("mute_render", "rendering.completes,rendering.signs,rendering.progress", "rendering.signs"),
    ]);
}

#[test]
fn flaws_of_parameters_and_seeds_are_found() {
    found(&[
        ("deaf", "parameters", "parameters.effect"),
        ("narrow", "parameters", "parameters.bounds"),
        ("counts", "seeds,rendering.moves", "seeds.same"),
        ("unsteady", "seeds,rendering.moves", "seeds.fresh"),
    ]);
}

#[test]
fn flaws_of_cancelling_are_found() {
    // Nobody takes for a standstill what is only late.
    let site = Site::new(&["testcard"], "");
    found_at(&site, &[("stubborn_start", "cancel", "cancel.preparing"), ("stubborn", "cancel", "cancel.rendering")]);
}

#[test]
fn what_grows_with_each_job_is_found() {
    found(&[
        ("leaks_memory", "endurance", "endurance.memory"),
        ("leaks_handles", "endurance", "endurance.handles"),
        ("leaks_threads", "endurance", "endurance.threads"),
        ("leaks_files", "endurance", "endurance.files"),
    ]);
}

#[test]
fn what_garbage_does_and_what_jobs_leave_is_found() {
    found(&[
        ("dies_of_empty_speech", "garbage", "garbage.speech_empty"),
        ("sulks", "garbage", "garbage.survived"),
        ("noisy", "output", "output.quiet"),
        ("leaves_process", "output", "output.processes"),
    ]);
}
