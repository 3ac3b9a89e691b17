//! Plugins that come, change and go, while nothing but clients' requests makes the catalog look.

use std::fs;

use futures::future::join_all;

use crate::testing::Play;

/// The hosts of a play say of every plugin that it is the engine `stage`, so a second one is known by its file's name.
fn put(play: &Play, name: &str, content: &str) {
    fs::write(play.folder().join("engines").join(format!("libengine_{name}.so")), content).unwrap();
}

#[tokio::test]
async fn the_first_request_finds_a_plugin_that_has_just_come() {
    let play = Play::new(&[]).await;
    let (catalog, config) = (&play.app.catalog, play.app.config());
    for name in ["twin", "third"] {
        assert!(catalog.installed(name, &config).await.is_err());
        put(&play, name, "");
        assert_eq!(catalog.installed(name, &config).await.unwrap().id, name);
    }
    put(&play, "zeta", "");
    catalog.freshen(&config).await;
    assert!(catalog.entry("zeta").is_some(), "whoever lists the engines finds it as well");
    fs::remove_file(play.folder().join("engines/libengine_zeta.so")).unwrap();
    catalog.freshen(&config).await;
    assert!(catalog.entry("zeta").is_none());
}

#[tokio::test]
async fn no_request_starts_a_process_where_nothing_has_changed() {
    let play = Play::new(&[]).await;
    let (catalog, config) = (&play.app.catalog, play.app.config());
    put(&play, "twin", "");
    catalog.freshen(&config).await;
    let before = play.launches();
    for _ in 0..20 {
        assert!(catalog.installed("nonesuch", &config).await.is_err());
        catalog.freshen(&config).await;
    }
    assert_eq!(play.launches(), before);
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_look() {
    let play = Play::new(&[]).await;
    let (catalog, config) = (&play.app.catalog, play.app.config());
    let before = play.launches();
    put(&play, "twin", "");
    let found = join_all((0..50).map(|_| catalog.installed("twin", &config))).await;
    assert!(found.iter().all(Result::is_ok));
    // The stage has but one look at it, however many have asked.
    assert_eq!(play.launches(), before + 1);
}

#[tokio::test]
async fn a_plugin_that_is_written_on_is_asked_again_by_the_next_request() {
    let play = Play::new(&[]).await;
    let (catalog, config) = (&play.app.catalog, play.app.config());
    put(&play, "twin", "a");
    catalog.freshen(&config).await;
    let before = play.launches();
    put(&play, "twin", "all of it");
    catalog.freshen(&config).await;
    assert_eq!(play.launches(), before + 1);
}

#[tokio::test]
async fn old_answers_are_given_at_once_and_asked_for_behind_them() {
    let play = Play::new(&[]).await;
    let (catalog, config) = (&play.app.catalog, play.app.config());
    let age = async || {
        tokio::time::pause();
        tokio::time::advance(2 * super::FRESH).await;
        tokio::time::resume();
    };
    age().await;
    let before = play.launches();
    let mut looks = catalog.0.looks.subscribe();
    catalog.freshen(&config).await;
    looks.changed().await.unwrap();
    assert_eq!(play.launches(), before + 1, "asked again, whoever has the answer by then");

    age().await;
    let hanging = catalog.0.looking.lock().await;
    let patience = super::PATIENCE / 2;
    tokio::time::timeout(patience, catalog.freshen(&config)).await.expect("nobody waits for an answer that is there");
    drop(hanging);
}
