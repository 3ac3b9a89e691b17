//! The files that a submission names: in the folder that the client shares with the gateway, or at an address.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::domain::fault::excerpt;
use crate::http::facades::duix_generator::results::TEMP;
use crate::http::facades::error::Refusal;
use crate::http::facades::server_files::{find, receive, relative_path};
use crate::intake::upload_kind::UploadKind;
use crate::submit::request::InputField;

/// What clients call the shared folder.
const SHARED: &str = "/code/data/";

/// The file that the text of the field `field` means.
///
/// # Errors
/// There is none in the folder, or it cannot be had, told by `refuse`.
pub(super) async fn input<K: UploadKind>(
    app: &App,
    field: &'static str,
    text: &str,
    refuse: impl Fn(String) -> Refusal,
) -> Result<InputField<K>, Refusal> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(InputField::remote(field, text.to_owned()));
    }
    let missing = || {
        let text = excerpt(text);
        refuse(format!(
            "{field}: there is no file {text}; name one in the folder {TEMP} of facades.duix-generator.files_root, or by \
             its path in that folder behind {SHARED}"
        ))
    };
    let place = place(text).ok_or_else(missing)?;
    let file = find(app.config().generator_files_root(), place).await?.ok_or_else(missing)?;
    match receive(app, &file, K::limit(&app.config().limits)).await {
        Err(Refusal::Message(_, why)) => Err(refuse(format!("{field}: {why}"))),
        received => received.map(|file| InputField::file(field, file)),
    }
}

/// Where below the shared folder a file lies: bare names are meant in its folder `temp`.
fn place(text: &str) -> Option<PathBuf> {
    match text.strip_prefix(SHARED) {
        Some(below) => relative_path(below),
        None => Some(Path::new(TEMP).join(relative_path(text)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_names_lie_in_temp_and_whole_paths_below_the_shared_folder() {
        for (text, found) in [
            ("a.wav", Some("temp/a.wav")),
            ("/code/data/a.wav", Some("a.wav")),
            ("/code/data/temp/a.wav", Some("temp/a.wav")),
            ("/etc/passwd", Some("temp/etc/passwd")),
            ("/code/data/../a.wav", None),
            ("../a.wav", None),
            ("", None),
        ] {
            assert_eq!(place(text), found.map(PathBuf::from), "{text}");
        }
    }
}
