//! teloxide's dialogue storage: with the session it reads all that a turn has to know of the person.
//! It only reads, for a session is written with everything else that a turn changes, by
//! `store::apply`.

use std::sync::Arc;

use futures::future::BoxFuture;
use teloxide::dispatching::dialogue::Storage;
use teloxide::types::ChatId;

use super::Context;
use crate::domain::PersonId;
use crate::store::{PersonFacts, StoreError};

pub struct Sessions(Arc<Context>);

#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("this session_storage is read-only")]
    ReadOnly,
}

impl Sessions {
    pub fn new(context: Arc<Context>) -> Self {
        Self(context)
    }
}

impl Storage<PersonFacts> for Sessions {
    type Error = SessionsError;

    fn get_dialogue(
        self: Arc<Self>,
        ChatId(chat): ChatId,
    ) -> BoxFuture<'static, Result<Option<PersonFacts>, SessionsError>> {
        Box::pin(async move {
            // Never `None`: teloxide would write its default then.
            let Some(person) = PersonId::new(chat) else { return Ok(Some(PersonFacts::default())) };
            Ok(Some(self.0.facts(person).await?))
        })
    }

    fn update_dialogue(
        self: Arc<Self>,
        _: ChatId,
        _: PersonFacts,
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
