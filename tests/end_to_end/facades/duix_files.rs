//! Clean-up of the Duix facade: a job and its files are deleted once its video was fetched, or after a while.

use std::thread;
use std::time::Duration;

use avatar_tests::eventually;
use serde_json::json;

use super::{NOBODY, Scene, text};
use crate::MOMENT;

const SWEEPS: (&str, &str) = ("retention", "sweep_seconds = 0.2");

#[test]
fn a_fetched_video_goes_with_its_files_and_another_stays() {
    let scene = Scene::with("testcard", &[("facades.duix", "cleanup_delay_seconds = 0"), SWEEPS]);
    let api = scene.gateway.facade("duix");
    let (fetched, other) = (scene.start("duix"), scene.start("duix"));
    scene.ended("duix", &fetched);
    scene.ended("duix", &other);
    eventually("nothing is under way", MOMENT, || scene.site.no_work_left().then_some(()));
    let before = scene.site.files().len();
    let result = format!("/api/get_result?filename={fetched}-r.mp4");
    assert_eq!(api.get(&result).expect(200)["success"], true);
    let gone = || (scene.gateway.get(&format!("/v1/jobs/{fetched}")).status == 404).then_some(());
    eventually("the job goes", MOMENT, gone);
    let is_half = || (2 * scene.site.files().len() == before).then_some(());
    eventually("its uploads and its video go", MOMENT, is_half);
    assert_eq!(api.get(&result).expect(200)["success"], false);
    let queried = api.get(&format!("/api/query_task?task_code={fetched}")).expect(200);
    assert_eq!(queried, json!({"success": true, "code": 10004, "data": {}, "error": null}));

    thread::sleep(Duration::from_secs(1)); // several sweeps
    assert_eq!(scene.gateway.job(&other)["state"], "succeeded");
    assert_eq!(2 * scene.site.files().len(), before);
    let late = api.get(&format!("/api/get_result?filename={other}-r.mp4")).expect(200);
    assert_eq!(late["success"], true);
}

#[test]
fn the_video_that_was_waited_for_goes_too() {
    let scene = Scene::with("testcard", &[("facades.duix", "cleanup_delay_seconds = 0"), SWEEPS]);
    let answer = scene.gateway.facade("duix").post("/api/generate_video", &scene.addresses()).expect(200);
    assert_eq!(answer["success"], true);
    let is_empty = || (scene.gateway.get("/v1/jobs").expect(200)["jobs"] == json!([])).then_some(());
    eventually("the job goes", MOMENT, is_empty);
    eventually("its files go", MOMENT, || scene.site.files().is_empty().then_some(()));
}

#[test]
fn a_video_that_nobody_fetches_goes_after_a_while() {
    let scene = Scene::with("testcard", &[("facades.duix", "max_file_age_seconds = 1"), SWEEPS]);
    let task = scene.start("duix");
    scene.ended("duix", &task);
    let gone = || (scene.gateway.get(&format!("/v1/jobs/{task}")).status == 404).then_some(());
    eventually("the job goes", MOMENT, gone);
    eventually("its files go", MOMENT, || scene.site.files().is_empty().then_some(()));
}

#[test]
fn results_are_those_of_ones_own_task() {
    let scene = Scene::new("testcard");
    let api = scene.gateway.facade("duix");
    let task = scene.start("duix");
    scene.ended("duix", &task);
    for names in [
        format!("filename={NOBODY}-r.mp4"),
        format!("filename={task}-r.mp4&task_code={NOBODY}"),
        format!("filename={task}"),
        "filename=../../gateway.db".to_owned(),
        "filename=/code/data/../../etc/passwd".to_owned(),
        format!("filename=&task_code={task}"),
    ] {
        let answer = api.get(&format!("/api/get_result?{names}")).expect(200);
        assert_eq!(answer["success"], false, "{names}: {answer}");
        assert!(text(&answer["error"]).starts_with("there is no result"), "{answer}");
    }
}
