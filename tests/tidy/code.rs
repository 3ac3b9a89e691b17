//! What may stand where in the code: libraries that are at home in one place, and unsafe code.

use crate::line::{Line, every_line};
use crate::rule::hold;
use crate::workspace::sources;

/// These tests, which have to name what they look for.
const THESE_TESTS: &str = "tests/tidy/";

#[test]
fn libraries_are_named_where_they_are_at_home() {
    let homes: [(&str, &[&str]); 3] = [
        ("abi_stable", &["engine-api/src/abi", "engine-api/tests/", THESE_TESTS]),
        ("sqlx", &["gateway/src/store/", THESE_TESTS]),
        ("axum", &["gateway/src/http/", "gateway/src/http.rs", THESE_TESTS]),
    ];
    let sources = sources();
    for (library, homes) in homes {
        let broken =
            every_line(&sources).filter(|line| !line.is_in(homes) && line.names(library)).map(|line| line.place());
        hold(
            &format!("`{library}` is named only in {}", homes.join(", ")),
            "let that module offer what is needed in the project's own types",
            broken,
        );
    }
}

#[test]
fn the_domain_knows_no_document_of_the_api() {
    let sources = sources();
    let broken = every_line(&sources).filter(|line| line.is_in(&["gateway/src/domain"]) && line.names("utoipa"));
    hold(
        "`utoipa` is not named in gateway/src/domain",
        "describe the type where it is shown to clients, in gateway/src/view",
        broken.map(|line| line.place()),
    );
}

#[test]
fn kept_files_have_no_paths_outside_the_blobs() {
    // Who opens the folder: the start of the gateway, and the gateway of the tests.
    let openers = ["gateway/src/cli/serve.rs", "gateway/src/testing.rs"];
    let folders = ["photos", "audio", "videos", "artifacts"].map(|folder| format!("join(\"{folder}"));
    let sources = sources();
    let outside =
        every_line(&sources).filter(|line| line.is_in(&["gateway/src/"]) && !line.is_in(&["gateway/src/blobs"]));
    let broken = outside.filter(|line| {
        let is_path = folders.iter().any(|folder| line.text.contains(folder));
        is_path || (line.names("FolderBlobs") && !line.is_in(&openers))
    });
    hold(
        "outside gateway/src/blobs, nothing of the gateway knows in which folder files are kept, or that it is a folder",
        "name the file by its BlobKey; open it to read it, and stage it for a process that needs a path",
        broken.map(|line| line.place()),
    );
}

#[test]
fn unsafe_code_stands_at_the_boundary() {
    let homes = ["engine-api/src/abi", "engine-api/tests/abi_1_0/abi", "engine-api/tests/plugins/", THESE_TESTS];
    let mut broken = Vec::new();
    for (file, source) in sources() {
        let mut previous = "";
        for (number, line) in source.lines().enumerate() {
            let line = Line { file: &file, number: number + 1, text: line };
            let pardoned = [line.text, previous].iter().any(|text| text.contains("allow(unsafe_code)] //"));
            // A word of the pages' security policy, and no code.
            let is_policy = line.text.contains("'unsafe-inline'");
            if line.names("unsafe") && !is_policy && !pardoned && !line.is_in(&homes) {
                broken.push(line.place());
            }
            previous = line.text;
        }
    }
    hold(
        "unsafe code stands in engine-api/src/abi* alone, or on a line that calls a C API",
        "find a safe way; or put `#[allow(…)] // reason` on the line above the call",
        broken,
    );
}
