//! Portraits and speech-like sound made by code, for the demo and the tests: nothing to download, nobody's face or voice,
//! and the truth about both comes with them.

pub mod portrait;
pub mod random;
pub mod speech;
