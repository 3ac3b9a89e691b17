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
        ("sqlx", &["gateway/src/store/", "tests/src/torture/", "tests/benches/scale.rs", THESE_TESTS]),
        ("axum", &["gateway/src/http/", "gateway/src/http.rs", "tests/src/rate.rs", THESE_TESTS]),
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
        let lines: Vec<&str> = source.lines().collect();
        for (number, text) in lines.iter().enumerate() {
            let line = Line { file: &file, number: number + 1, text };
            // A word of the pages' security policy, and the type of a function of C, are no code.
            let is_code = !text.contains("'unsafe-inline'") && !text.contains("= unsafe extern \"C\" fn(");
            if line.names("unsafe") && is_code && !is_pardoned(&lines[..=number]) && !line.is_in(&homes) {
                broken.push(line.place());
            }
        }
    }
    hold(
        "unsafe code stands in engine-api/src/abi* alone, or where a single expression calls a C API",
        "find a safe way; or put `#[allow(…)]` on the line above the call, and there `// reason`, or above it `// SAFETY:`",
        broken,
    );
}

/// Whether the last of some lines is allowed what the compiler denies, with a reason.
fn is_pardoned(lines: &[&str]) -> bool {
    let mut above = lines.iter().rev().map(|line| line.trim());
    let (own, allowance) = (above.next().unwrap_or_default(), above.next().unwrap_or_default());
    let has_reason = [own, allowance].iter().any(|line| line.contains("allow(unsafe_code)] //"));
    let comment = above.take_while(|line| line.starts_with("//"));
    has_reason
        || (allowance == "#[allow(unsafe_code)]" && comment.last().is_some_and(|line| line.starts_with("// SAFETY: ")))
}
