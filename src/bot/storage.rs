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
    /// There is a row, but this release cannot read it, or it is too old: the person is told.
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

    /// One line for every shape of [`State`] that was ever released: add, never change.
    const RELEASED: [&str; 14] = [
        r#"{"at":"asking","draft":{"provider":null,"inn":null,"kpp":null,"name":null,"email":null,"office":null},"field":"provider","editing":false}"#,
        r#"{"at":"asking","draft":{"provider":"sbis","inn":"1215107651","kpp":"121501001","name":null,"email":null,"office":null},"field":"name","editing":false}"#,
        r#"{"at":"reviewing","draft":{"provider":"sbis","inn":"1215107651","kpp":"121501001","name":"Детский сад Чайка","email":"iam@mail.ru","office":{"code":"7705"}}}"#,
        r#"{"at":"company","draft":{"provider":"sbis","inn":"1215107651","kpp":null,"name":null,"email":null,"office":null,"looked":{"inn":"1215107651","lookup":{"found":{"inn":"1215107651","short_name":"Детский сад Чайка","full_name":null,"kpp":"121501001","address":null,"status":"liquidated","ended":"2024-03-14","as_of":null,"branches":[{"kpp":"540602001","name":null,"address":null}],"more_branches":false,"source":"dadata"}}}},"branches":0,"editing":false}"#,
        r#"{"at":"asking","draft":{"provider":"sbis","inn":"1215107651","kpp":null,"name":null,"email":null,"office":null,"looked":{"inn":"1215107651","lookup":{"unavailable":"wrong_key"},"by_hand":true}},"field":"kpp","editing":false}"#,
        r#"{"at":"asking","draft":{"provider":"sbis","inn":null,"kpp":null,"name":null,"email":null,"office":null,"open":[{"party":[{"inn":{"taken":"1215107651"},"kpp":{"taken":"121501001"},"name":"nothing"},{"inn":{"asked":[{"value":"7707083893","doubt":null}]},"kpp":"nothing","name":"nothing"}]},{"email":[{"value":"iam@mail.ru","doubt":{"domain":"iam@mial.ru"}}]}]},"field":"inn","editing":false}"#,
        r#"{"at":"offered","draft":{"provider":null,"inn":"1215107651","kpp":null,"name":null,"email":null,"office":null}}"#,
        r#"{"at":"between","draft":{"provider":"invoicebox","inn":null,"kpp":null,"name":null,"email":"iam@mail.ru","office":null},"pasted":{"provider":null,"inn":"1215107651","kpp":null,"name":null,"email":null,"office":null}}"#,
        r#"{"at":"reviewing","draft":{"provider":"invoicebox","inn":null,"kpp":null,"name":null,"email":"iam@mail.ru","office":null,"known":[12,7]}}"#,
        r#"{"at":"reviewing","draft":{"provider":"sbis","inn":"1215107651","kpp":"121501001","name":"Детский сад Чайка","email":"iam@mail.ru","office":{"code":"7705"},"own_office":true}}"#,
        r#"{"at":"naming_office","person":1002,"name":"Анна"}"#,
        r#"{"at":"naming_limit","person":1002,"name":"Анна"}"#,
        r#"{"at":"naming_limit","person":1002,"name":"Анна","after":{"at":"offered","draft":{"provider":null,"inn":"1215107651","kpp":null,"name":null,"email":null,"office":null}}}"#,
        r#"{"at":"naming_office","person":1002,"name":"Анна","after":{"at":"reviewing","draft":{"provider":"invoicebox","inn":null,"kpp":null,"name":null,"email":"iam@mail.ru","office":null}}}"#,
    ];

    #[test]
    fn every_released_shape_still_loads() {
        let now = Timestamp::now();
        for body in RELEASED {
            let read = Conversation::read(&stored(1, body, now), now);
            assert!(!read.lost && read.state != State::Idle, "{body}");
            assert_eq!(serde_json::to_string(&read.state).unwrap(), body);
        }
    }

    #[test]
    fn what_cannot_be_read_is_lost_and_not_an_error() {
        let now = Timestamp::now();
        let body = RELEASED[0];
        for stored in [
            stored(1, r#"{"at":"flying"}"#, now),
            stored(1, &RELEASED[1].replace("1215107651", "1215107652"), now),
            stored(99, body, now),
            stored(1, body, now - DRAFT_LIFETIME - SignedDuration::from_secs(1)),
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
