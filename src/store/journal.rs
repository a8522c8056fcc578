//! Writes the journal: who did what to what. It is never changed, so nothing of a client stands in
//! it and nothing that people or providers wrote; it names rows, and says words of the program.

use jiff::Timestamp;

use super::{StoreError, Tx};
use crate::domain::{InvitationNo, PersonId, Provider};

/// A row of the journal.
pub(super) struct Entry<'a> {
    pub actor: Option<PersonId>,
    pub action: Action,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

/// What was done, and to what. Changes of an invitation's state and of the stop-list the database
/// writes down itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// An admin went beyond a rule.
    Override(InvitationNo),
    /// The stop-list holds it.
    Stopped(InvitationNo),
    Allow(PersonId),
    Revoke(PersonId),
    Name(PersonId),
    Limit(PersonId),
    HourLimit(PersonId),
    Office(PersonId),
    /// A hold begins or ends: its word, whose calls it forbids, and its id where that is said.
    Hold {
        word: &'static str,
        provider: Option<Provider>,
        hold: Option<i64>,
    },
    /// A client's data.
    Erase,
}

/// The columns of what it was done to.
#[derive(Default)]
struct Subject {
    invitation: Option<i64>,
    person: Option<i64>,
    provider: Option<&'static str>,
    hold: Option<i64>,
}

impl Action {
    fn columns(self) -> (&'static str, Subject) {
        let nothing = Subject::default;
        let invitation = |InvitationNo(number)| Subject { invitation: Some(number), ..nothing() };
        let person = |id: PersonId| Subject { person: Some(id.get()), ..nothing() };
        match self {
            Self::Override(number) => ("override", invitation(number)),
            Self::Stopped(number) => ("stopped", invitation(number)),
            Self::Allow(id) => ("allow", person(id)),
            Self::Revoke(id) => ("revoke", person(id)),
            Self::Name(id) => ("name", person(id)),
            Self::Limit(id) => ("limit", person(id)),
            Self::HourLimit(id) => ("hour_limit", person(id)),
            Self::Office(id) => ("office", person(id)),
            Self::Hold { word, provider, hold } => {
                (word, Subject { provider: provider.map(Provider::slug), hold, ..nothing() })
            }
            Self::Erase => ("erase", nothing()),
        }
    }
}

impl Tx {
    /// Writes down who did something.
    pub(super) async fn journal(
        &mut self,
        entry: Entry<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Entry { actor, action, before, after } = entry;
        let (slug, subject) = action.columns();
        let (at, actor) = (now.as_millisecond(), actor.map(PersonId::get));
        sqlx::query!(
            "INSERT INTO journal (at, actor, action, invitation, person, provider, hold, before,
                 after)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            at,
            actor,
            slug,
            subject.invitation,
            subject.person,
            subject.provider,
            subject.hold,
            before,
            after,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
}
