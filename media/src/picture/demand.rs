//! What decoding a picture takes.

/// What a decoder needs for a file of this size, as far as its header tells.
pub(super) struct Demand {
    /// Pixels across.
    pub(super) width: u32,
    /// Pixels down.
    pub(super) height: u32,
    /// What kind of file it is, with its article: "a progressive JPEG".
    pub(super) kind: &'static str,
    /// Bytes of memory, the file and the finished picture among them.
    pub(super) memory: u64,
}
