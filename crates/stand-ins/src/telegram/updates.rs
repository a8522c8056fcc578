//! `getUpdates`: a true long poll, with the conflict of two polls at once.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::answer::Refused;
use super::params::Params;
use super::world::World;

const CONFLICT: &str = "Conflict: terminated by other getUpdates request; make sure that only one \
                        bot instance is running";

const HOOKED: &str = "Conflict: can't use getUpdates method while webhook is active; use \
                      deleteWebhook to delete the webhook first";
const HOOKED_MEANWHILE: &str = "Conflict: terminated by setWebhook request";

/// `getUpdates`, the only method that waits. Returns JSON text, because teloxide wants to read
/// `update_id` before the other member.
pub(super) async fn get_updates(world: &World, mut params: Params) -> Result<String, Refused> {
    let offset = params.integer("offset")?.unwrap_or(0);
    let limit = params.integer("limit")?.unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(1);
    let timeout = params.integer("timeout")?.unwrap_or(0).clamp(0, 50);
    let deadline = Instant::now() + Duration::from_secs(timeout.unsigned_abs());
    let allowed = params.strings("allowed_updates")?;
    params.finish()?;

    let updates = world.change(|state| {
        if state.queue.webhook.is_some() {
            return Err(Refused::new(409, HOOKED));
        }
        state.queue.polled = true;
        if let Some(kinds) = allowed {
            state.queue.allow(&kinds);
        }
        Ok(state.queue.take(offset, limit))
    })?;
    if !updates.is_empty() || timeout == 0 {
        return Ok(array(&updates));
    }
    // What a negative offset cut off is gone; what comes from now on is wanted.
    wait(world, offset.max(0), limit, deadline).await
}

async fn wait(
    world: &World,
    offset: i64,
    limit: usize,
    deadline: Instant,
) -> Result<String, Refused> {
    let mut versions = world.version.subscribe();
    let poll = world.change(|state| {
        state.queue.poll += 1;
        state.queue.poll
    });
    loop {
        versions.mark_unchanged();
        {
            let mut state = world.state();
            if state.queue.webhook.is_some() {
                return Err(Refused::new(409, HOOKED_MEANWHILE));
            }
            if state.queue.poll != poll {
                return Err(Refused::new(409, CONFLICT));
            }
            let updates = state.queue.take(offset, limit);
            if !updates.is_empty() {
                return Ok(array(&updates));
            }
        }
        match timeout_at(deadline, versions.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Ok(array(&[])),
        }
    }
}

fn array(updates: &[String]) -> String {
    format!("[{}]", updates.join(","))
}
