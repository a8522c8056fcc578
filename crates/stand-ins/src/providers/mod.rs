//! Stand-ins of Invoicebox, СБИС and DaData on this machine, for the demo and for stories told
//! in tests. They check strictly that a request is the documented one; they send no letters.
//!
//! What is documented is written down here a second time, on purpose: a stand-in that shared
//! its names with the client could not notice a misspelt one.

mod answers;
mod check;
mod directory;
mod organisations;
mod provider;
mod reply;
mod services;

pub use directory::{Asked, DaDataStandIn, DirectoryStandIn};
pub use provider::{ProviderStandIn, Received};
pub use reply::{Reply, Scripted};
