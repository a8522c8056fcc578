//! One guard around the handler tree. A panic in a teloxide handler ends the worker of its chat
//! and, with the chat's next update, the whole dispatcher; a handler that never ends blocks its
//! chat. Here both cost one update, and the person is told.

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use teloxide::dispatching::{DpHandlerDescription, UpdateHandler};
use teloxide::dptree::{self, Handler};
use teloxide::prelude::*;
use teloxide::types::UpdateKind;

use super::outbound;
use crate::dialogue::texts;

/// The longest that one update may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Puts the guard around a tree.
pub fn guard(tree: UpdateHandler<anyhow::Error>) -> UpdateHandler<anyhow::Error> {
    guard_for(tree, LIMIT)
}

fn guard_for(
    tree: Handler<'static, Result<(), anyhow::Error>, DpHandlerDescription>,
    limit: Duration,
) -> UpdateHandler<anyhow::Error> {
    let (description, sig) = (tree.description().clone(), tree.sig().clone());
    dptree::from_fn_with_description(
        description,
        move |deps: DependencyMap, _| {
            let tree = tree.clone();
            async move {
                let update: Arc<Update> = deps.get();
                let bot: Arc<Bot> = deps.get();
                let work = AssertUnwindSafe(tree.dispatch(deps)).catch_unwind();
                let failure = match tokio::time::timeout(limit, work).await {
                    Ok(Ok(ControlFlow::Break(Ok(())))) => return ControlFlow::Break(Ok(())),
                    Ok(Ok(ControlFlow::Break(Err(error)))) => format!("{error:#}"),
                    Ok(Ok(ControlFlow::Continue(_))) => "no branch took it".to_owned(),
                    Ok(Err(_)) => "it panicked".to_owned(),
                    Err(_) => "it took too long".to_owned(),
                };
                tracing::error!(update = update.id.0, "an update failed: {failure}");
                apologise(&bot, &update).await;
                ControlFlow::Break(Ok(()))
            }
        },
        sig,
    )
}

/// Says that nothing was done. Only in a private chat: a group learns nothing.
async fn apologise(bot: &Bot, update: &Update) {
    match &update.kind {
        UpdateKind::CallbackQuery(query) => {
            outbound::answer(bot, &query.id, Some(texts::FAILED_TOAST)).await;
        }
        UpdateKind::Message(message) if message.chat.is_private() => {
            outbound::say(bot, message.chat.id, &texts::bot_failed(), None).await.ok();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update() -> Update {
        // `update_id` must come first.
        serde_json::from_str(
            r#"{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":5,"type":"group","title":"x"},
                "from":{"id":5,"is_bot":false,"first_name":"Анна"},"text":"/start"}}"#,
        )
        .unwrap()
    }

    async fn outcome(tree: UpdateHandler<anyhow::Error>) -> bool {
        let guarded = guard_for(tree, Duration::from_millis(50));
        let deps = dptree::deps![update(), Bot::new("1:x")];
        matches!(guarded.dispatch(deps).await, ControlFlow::Break(Ok(())))
    }

    #[tokio::test]
    async fn a_panic_an_error_and_an_endless_handler_cost_one_update_each() {
        assert!(outcome(dptree::endpoint(|| async { panic!("on purpose") })).await);
        assert!(outcome(dptree::endpoint(|| async { anyhow::bail!("on purpose") })).await);
        assert!(outcome(dptree::endpoint(|| async { std::future::pending().await })).await);
        assert!(outcome(dptree::filter(|| false).endpoint(|| async { Ok(()) })).await);
    }
}
