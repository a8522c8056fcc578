//! teloxide's dialogue storage over the stored sessions. It only reads, for a session is written
//! with everything else that a turn changes, by `store::apply`.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use teloxide::dispatching::dialogue::Storage;
use teloxide::types::ChatId;

use crate::domain::PersonId;
use crate::handlers::Stored;
use crate::store::{Store, StoreError};

#[derive(Debug)]
pub struct Sessions(Store);

#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("this session_storage is read-only")]
    ReadOnly,
}

impl Sessions {
    pub fn new(store: Store) -> Self {
        Self(store)
    }
}

impl Storage<Stored> for Sessions {
    type Error = SessionsError;

    fn get_dialogue(
        self: Arc<Self>,
        ChatId(chat): ChatId,
    ) -> BoxFuture<'static, Result<Option<Stored>, SessionsError>> {
        Box::pin(async move {
            // Never `None`: teloxide would write its default then.
            let Some(person) = PersonId::new(chat) else { return Ok(Some(Stored::default())) };
            let stored = self.0.draft(person).await?;
            Ok(Some(stored.map(|it| Stored::read(&it, Timestamp::now())).unwrap_or_default()))
        })
    }

    fn update_dialogue(
        self: Arc<Self>,
        _: ChatId,
        _: Stored,
    ) -> BoxFuture<'static, Result<(), SessionsError>> {
        Box::pin(std::future::ready(Err(SessionsError::ReadOnly)))
    }

    fn remove_dialogue(
        self: Arc<Self>,
        _: ChatId,
    ) -> BoxFuture<'static, Result<(), SessionsError>> {
        Box::pin(std::future::ready(Err(SessionsError::ReadOnly)))
    }
}
