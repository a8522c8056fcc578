//! The rescue commands: who is an admin, from the command line of the server. They work beside a
//! running bot and send nothing.

use crate::cli::Admin;
use crate::config::DatabaseConfig;
use crate::failure::Failure;

/// Does what is asked and says it in Russian.
pub async fn answer(_config: &DatabaseConfig, _ask: Admin) -> Result<String, Failure> {
    Err(anyhow::anyhow!("not wired").into())
}
