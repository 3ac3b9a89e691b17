//! Why an engine cannot be used: there is none of its name, or it cannot render now.

/// No engine of this name is installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownEngine(pub(super) String);

/// An engine is installed and cannot render.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the engine `{engine}` cannot render: {reason}")]
pub struct NotReady {
    /// Its id.
    pub engine: String,
    /// Why, and what the operator can do.
    pub reason: String,
}
