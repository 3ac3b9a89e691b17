//! Every fact about jobs, uploads and API keys is a row. The traits say what a store must do; the contract suite holds
//! every implementation to it.

pub mod api_keys;
#[cfg(test)]
pub(crate) mod contract;
pub mod error;
pub mod jobs;
pub mod naming;
pub mod sqlite;
pub mod uploads;
pub mod webhooks;

use crate::store::api_keys::KeyStore;
use crate::store::jobs::JobStore;
use crate::store::uploads::UploadStore;
use crate::store::webhooks::WebhookStore;

/// A store of everything.
pub trait Store: JobStore + UploadStore + WebhookStore + KeyStore {}

impl<S: JobStore + UploadStore + WebhookStore + KeyStore> Store for S {}
