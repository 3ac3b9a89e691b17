//! What a client may have refused that is taken otherwise with a warning: files of which something is missing.

use crate::domain::code::Code;
use crate::intake::error::UploadError;
use crate::intake::upload_kind::UploadKind;

/// What is said of a file of which something is missing.
const MISSING: [Code; 3] = [Code::UploadDamaged, Code::UploadShorterThanPromised, Code::UploadUnread];

/// The same upload; where `strict`, only if nothing of its file is missing.
///
/// # Errors
/// The first warning that tells of it.
pub fn held_to<K: UploadKind>(checked: K::Checked, strict: bool) -> Result<K::Checked, UploadError> {
    let missing = K::row(&checked).warnings().iter().find_map(|warning| {
        let code = warning.code.known().filter(|code| strict && MISSING.contains(code))?;
        Some(UploadError::Fault { code, message: warning.message.clone(), remedy: code.entry().remedy })
    });
    missing.map_or(Ok(checked), Err)
}
