//! Held jobs: they are marked as such, and their uploads cannot be deleted.

use avatar_tests::{Site, portrait, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn the_photo_of_a_held_job_stays() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit(&json!({"engine": "testcard", "photo_id": photo, "audio_id": audio}));
    assert_eq!(gateway.finished(&id, MOMENT)["hold"], false);

    let (hold, photo) = (format!("/v1/jobs/{id}/hold"), format!("/v1/photos/{photo}"));
    assert_eq!(gateway.request("PUT", &hold, &[]).expect(200)["hold"], true);
    assert_eq!(gateway.job(&id)["hold"], true);
    assert_eq!(gateway.request("DELETE", &photo, &[]).expect(409)["code"], "photo.held");
    assert_eq!(gateway.request("DELETE", &hold, &[]).expect(200)["hold"], false);
    assert_eq!(gateway.request("DELETE", &photo, &[]).status, 204);
    let nothing = "/v1/jobs/0198c0de-0000-7000-8000-000000000000/hold";
    assert_eq!(gateway.request("PUT", nothing, &[]).expect(404)["code"], "job.not_found");
}
