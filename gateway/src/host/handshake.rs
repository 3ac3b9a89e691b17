//! The first word of a new host: which protocol it speaks.

use crate::host::connection::Connection;
use crate::host::protocol::{FromHost, PROTOCOL};

/// Waits for a new host's hello.
///
/// # Errors
/// A sentence on why the plugin cannot be used.
pub async fn handshake(host: &mut dyn Connection) -> Result<(), String> {
    match host.receive().await {
        Ok(FromHost::Hello { protocol: PROTOCOL }) => {}
        Ok(FromHost::Hello { protocol }) => {
            return Err(format!(
                "the gateway's binary was replaced while it runs (host protocol {protocol}, not {PROTOCOL}): restart it"
            ));
        }
        Ok(other) => return Err(format!("its first word was not hello but {other:?}")),
        Err(death) => return Err(death.to_string()),
    }
    Ok(())
}
