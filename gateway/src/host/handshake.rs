//! The first words of a new host, and the word of one that has been idle, each within a time.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::host::connection::Connection;
use crate::host::exit::HostExit;
use crate::host::protocol::{FromHost, PROTOCOL};

/// Why a host that was started is no use.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// It ended.
    #[error("while it started, {0}")]
    Died(HostExit),
    /// It did not answer for so long. It may be stopped, or the machine too busy.
    #[error("while it started, the engine's process did not answer within {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// It speaks another protocol: it runs the worker of another build than this process.
    #[error("the gateway's binary was replaced while it runs ({0}); restart the gateway")]
    OtherBinary(String),
}

/// Waits for a host's next word until `limit`, which lies `patience` after the question. May be dropped and called again.
///
/// # Errors
/// The host ended, or has said nothing.
pub async fn word(host: &mut dyn Connection, limit: Instant, patience: Duration) -> Result<FromHost, NotStarted> {
    match timeout_at(limit, host.receive()).await {
        Ok(Ok(word)) => Ok(word),
        Ok(Err(death)) => Err(NotStarted::Died(death)),
        Err(_) => Err(NotStarted::Silent(patience)),
    }
}

/// Judges a new host's first word, which should be a hello in this protocol.
///
/// # Errors
/// It is not.
pub fn hello(word: &FromHost) -> Result<(), NotStarted> {
    match word {
        FromHost::Hello { protocol: PROTOCOL } => Ok(()),
        FromHost::Hello { protocol } => {
            Err(NotStarted::OtherBinary(format!("a host speaks protocol {protocol}, not {PROTOCOL}")))
        }
        other => Err(NotStarted::OtherBinary(format!("a host's first word was not hello but {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_protocol_is_another_binary_and_the_remedy_is_a_restart() {
        hello(&FromHost::Hello { protocol: PROTOCOL }).unwrap();
        for word in [FromHost::Hello { protocol: PROTOCOL + 1 }, FromHost::Loaded] {
            let told = hello(&word).unwrap_err().to_string();
            assert!(told.contains("restart the gateway"), "{told}");
        }
    }
}
