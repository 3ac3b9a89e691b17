//! Libraries that are found and cannot be used. In a process of its own: one that has a runtime looks at no other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine_onnx::Runtime;

/// A library out of C.
fn compile(folder: &Path, source: &str) -> PathBuf {
    let (code, library) = (folder.join("library.c"), folder.join("libonnxruntime.so"));
    fs::write(&code, source).expect("the folder is there");
    let done = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &code]).status();
    assert!(done.expect("a compiler, as Rust needs one").success());
    library
}

/// What a runtime of some version exports.
fn runtime(version: &str) -> String {
    format!(
        "typedef struct {{ const void *(*api)(unsigned); const char *(*version)(void); }} Base;
         static const void *api(unsigned version) {{ return 0; }}
         static const char *version(void) {{ return \"{version}\"; }}
         static const Base base = {{api, version}};
         const Base *OrtGetApiBase(void) {{ return &base; }}"
    )
}

#[test]
fn what_is_wrong_with_a_library_is_told_before_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |source: &str| {
        let library = compile(folder.path(), source);
        let error = Runtime::check(Some(&library), None).unwrap_err().to_string();
        fs::remove_file(library).unwrap();
        error
    };
    for old in ["1.20.0", "1.23.2"] {
        let error = refused(&runtime(old));
        assert!(error.ends_with(&format!("it is version {old}, and 1.24 or newer is needed")), "{error}");
    }
    assert!(refused("int other(void) { return 1; }").ends_with("it is a library, but not ONNX Runtime's"));
}
