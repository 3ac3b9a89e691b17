//! What breaks a gateway on purpose, again and again, and then asks whether anything was lost: `cargo xtask torture`.
//!
//! A [`Kind`] is one way of breaking it, in a file of its own in `kinds/`, with its line in `kinds.rs`. It says what a
//! gateway may answer while it goes on ([`Terms`]), and draws its faults from the seed, so that the same seed
//! strikes in the same order. Meanwhile clients upload, submit, watch and fetch; whatever is accepted stands in the
//! ledger, and the audit at the end of the kind goes through it. So a kind holds nothing but its faults:
//!
//! ```ignore
//! fn run(&self, context: &mut Context) -> Outcome {
//!     context.start();
//!     let clients = context.clients(3);
//!     while context.goes_on() {
//!         context.pause(0.1, 2.0);
//!         /* the fault */
//!         context.strike();
//!     }
//!     clients.stop();
//!     Outcome::Done
//! }
//! ```
//!
//! Right is: every job that was answered 202 reaches one final state, the one that its order foretells, with its video whole;
//! every upload that was answered 201 is there; nothing is left in the work folder and no file is without a row; the
//! gateway is ready again, has never panicked, has answered 5xx only with the codes that the kind allows, and
//! ends when it is told to.

mod audit;
mod cage;
mod check;
mod clients;
mod context;
mod damage;
mod disk;
mod door;
mod kind;
mod kinds;
mod latency;
mod ledger;
mod listing;
mod materials;
mod order;
mod report;
mod run;
mod table;
mod terms;

pub use context::Context;
pub use kind::{Kind, Outcome};
pub use report::Report;
pub use run::{Options, brief, kinds, torture};
pub use terms::Terms;
