//! teloxide's dialogue storage over the `drafts` table. It only reads: a draft is written in the
//! same transaction as everything else that a turn changes, see `turn`.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use teloxide::dispatching::dialogue::Storage;
use teloxide::types::ChatId;

use crate::dialogue::{Stamp, State};
use crate::domain::PersonId;
use crate::store::{Store, StoreError, StoredDraft};

/// How long an unfinished draft is kept.
pub const DRAFT_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where a person stands, as teloxide hands it to the handlers.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// The state of the dialogue.
    pub state: State,
    /// The row it came from.
    pub row: Option<Row>,
    /// There is a row, but it cannot be read, or it is too old: the person is told.
    pub lost: bool,
}

/// The row of a draft.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which draft, at which revision.
    pub stamp: Stamp,
    /// When its screen was shown.
    pub shown_at: Timestamp,
    /// The message that shows it.
    pub card: Option<i32>,
}

impl Conversation {
    /// Reads where a person stands.
    pub async fn load(store: &Store, person: PersonId) -> Result<Self, StoreError> {
        let stored = store.draft(person).await?;
        Ok(stored.map(|stored| Self::read(&stored, Timestamp::now())).unwrap_or_default())
    }

    /// What a stored draft is worth at this time.
    pub fn read(stored: &StoredDraft, now: Timestamp) -> Self {
        let row = Row {
            stamp: Stamp { draft: stored.id, revision: stored.revision },
            shown_at: stored.updated_at,
            card: stored.card,
        };
        let fresh = now.duration_since(stored.updated_at) <= DRAFT_LIFETIME;
        let state: Option<State> = (stored.version == State::VERSION)
            .then(|| serde_json::from_str(&stored.body).ok())
            .flatten();
        let state = match state {
            Some(state) if fresh => Some(state),
            // Nothing is lost with a question that is about no invitation.
            Some(state) if state.draft().is_none() => Some(State::Idle),
            _ => None,
        };
        Self { lost: state.is_none(), state: state.unwrap_or_default(), row: Some(row) }
    }
}

/// The storage.
#[derive(Debug)]
pub struct Drafts(Store);

/// Why a state could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DraftsError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// States are written by a turn, in its transaction, and nowhere else.
    #[error("this storage is read-only")]
    ReadOnly,
}

impl Drafts {
    /// A storage over the store.
    pub fn new(store: Store) -> Self {
        Self(store)
    }
}

impl Storage<Conversation> for Drafts {
    type Error = DraftsError;

    fn get_dialogue(
        self: Arc<Self>,
        ChatId(chat): ChatId,
    ) -> BoxFuture<'static, Result<Option<Conversation>, DraftsError>> {
        Box::pin(async move {
            // Never `None`: teloxide would write its default then.
            Ok(Some(match PersonId::new(chat) {
                Some(person) => Conversation::load(&self.0, person).await?,
                None => Conversation::default(),
            }))
        })
    }

    fn update_dialogue(
        self: Arc<Self>,
        _: ChatId,
        _: Conversation,
    ) -> BoxFuture<'static, Result<(), DraftsError>> {
        Box::pin(std::future::ready(Err(DraftsError::ReadOnly)))
    }

    fn remove_dialogue(self: Arc<Self>, _: ChatId) -> BoxFuture<'static, Result<(), DraftsError>> {
        Box::pin(std::future::ready(Err(DraftsError::ReadOnly)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(version: i64, body: &str, updated_at: Timestamp) -> StoredDraft {
        let body = body.to_owned();
        StoredDraft { id: 1, revision: 2, version, body, card: None, updated_at }
    }

    const REVIEWING: &str = r#"{"at":"reviewing","draft":{"provider":"sbis","inn":"1215107651","kpp":"121501001","name":"Детский сад Чайка","email":"iam@mail.ru","office":{"code":"7705"}}}"#;

    #[test]
    fn a_stored_state_loads_as_it_was() {
        let now = Timestamp::now();
        let read = Conversation::read(&stored(State::VERSION, REVIEWING, now), now);
        assert!(!read.lost && matches!(read.state, State::Reviewing { .. }));
        assert_eq!(serde_json::to_string(&read.state).unwrap(), REVIEWING);
    }

    #[test]
    fn what_cannot_be_read_is_lost_and_not_an_error() {
        let now = Timestamp::now();
        for stored in [
            stored(1, r#"{"at":"flying"}"#, now),
            stored(1, &REVIEWING.replace("1215107651", "1215107652"), now),
            stored(99, REVIEWING, now),
            stored(1, REVIEWING, now - DRAFT_LIFETIME - SignedDuration::from_secs(1)),
        ] {
            let read = Conversation::read(&stored, now);
            assert!(read.lost && read.state == State::Idle && read.row.is_some());
        }
        let old = now - DRAFT_LIFETIME - SignedDuration::from_secs(1);
        let asked = Conversation::read(
            &stored(1, r#"{"at":"naming_limit","person":1,"name":"А"}"#, old),
            now,
        );
        assert!(
            !asked.lost && asked.state == State::Idle && asked.row.is_some(),
            "nothing is lost"
        );
    }
}
