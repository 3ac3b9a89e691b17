//! Why a pickle is refused.

/// Why a pickle is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpickleError {
    /// The stream stops before its end marker.
    #[error("the pickle ends at byte {0}, before its end marker")]
    Truncated(usize),
    /// An instruction that data do not need.
    #[error("byte {at} of the pickle holds instruction {opcode:#04x}, which is not read here")]
    Opcode {
        /// The instruction.
        opcode: u8,
        /// Where it stands.
        at: usize,
    },
    /// Protocol 0, 1 or one that came later than 5.
    #[error("the pickle has protocol {0}; protocols 2 to 5 are read")]
    Protocol(u8),
    /// A name that could run code or is of no use here.
    #[error("the pickle refers to {0:?}, which is not permitted")]
    Global(String),
    /// An instruction finds other values than it needs.
    #[error("the pickle is malformed: {0}")]
    Malformed(&'static str),
    /// More than any file of the kind holds.
    #[error("the pickle holds too much: {0}")]
    TooLarge(&'static str),
}
