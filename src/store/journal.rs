//! Writes the journal: who did what to what. It is never changed, so nothing of a client and
//! nothing that people or providers wrote stands in it.

use jiff::Timestamp;

use super::{StoreError, Tx};
use crate::domain::{InvitationNo, PersonId, Provider};

pub(super) struct Entry<'a> {
    pub actor: Option<PersonId>,
    pub action: Action,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

/// Changes of an invitation's state and of the stop-list are written by triggers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Override(InvitationNo),
    Stopped(InvitationNo),
    FollowUp(InvitationNo),
    Allow(PersonId),
    Revoke(PersonId),
    Name(PersonId),
    Limit(PersonId),
    HourLimit(PersonId),
    Office(PersonId),
    Unblock(PersonId),
    Until(PersonId),
    Link(i64),
    Unlink(i64),
    Join(i64, PersonId),
    Request(i64),
    Decide(i64),
    Expire(i64),
    /// Its word, whose calls it forbids, and its id where that is said.
    Hold {
        word: &'static str,
        provider: Option<Provider>,
        hold: Option<i64>,
    },
    Erase,
}

#[derive(Default)]
struct Subject {
    invitation: Option<i64>,
    person: Option<i64>,
    provider: Option<&'static str>,
    hold: Option<i64>,
    request: Option<i64>,
    link: Option<i64>,
}

impl Action {
    fn columns(self) -> (&'static str, Subject) {
        let nothing = Subject::default;
        let invitation = |InvitationNo(number)| Subject { invitation: Some(number), ..nothing() };
        let request = |id| Subject { request: Some(id), ..nothing() };
        let person = |id: PersonId| Subject { person: Some(id.get()), ..nothing() };
        match self {
            Self::Override(number) => ("override", invitation(number)),
            Self::Stopped(number) => ("stopped", invitation(number)),
            Self::FollowUp(number) => ("follow_up", invitation(number)),
            Self::Allow(id) => ("allow", person(id)),
            Self::Revoke(id) => ("revoke", person(id)),
            Self::Name(id) => ("name", person(id)),
            Self::Limit(id) => ("limit", person(id)),
            Self::HourLimit(id) => ("hour_limit", person(id)),
            Self::Office(id) => ("office", person(id)),
            Self::Until(id) => ("until", person(id)),
            Self::Unblock(id) => ("unblock", person(id)),
            Self::Link(id) => ("link", Subject { link: Some(id), ..nothing() }),
            Self::Unlink(id) => ("unlink", Subject { link: Some(id), ..nothing() }),
            Self::Join(id, joins) => ("join", Subject { link: Some(id), ..person(joins) }),
            Self::Request(id) => ("request", request(id)),
            Self::Decide(id) => ("decide", request(id)),
            Self::Expire(id) => ("expire", request(id)),
            Self::Hold { word, provider, hold } => {
                (word, Subject { provider: provider.map(Provider::slug), hold, ..nothing() })
            }
            Self::Erase => ("erase", nothing()),
        }
    }
}

impl Tx {
    pub(super) async fn journal(
        &mut self,
        entry: Entry<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Entry { actor, action, before, after } = entry;
        let (slug, subject) = action.columns();
        let (at, actor) = (now.as_millisecond(), actor.map(PersonId::get));
        sqlx::query!(
            "INSERT INTO journal (at, actor, action, invitation, person, provider, hold, request,
                 link, before, after)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            at,
            actor,
            slug,
            subject.invitation,
            subject.person,
            subject.provider,
            subject.hold,
            subject.request,
            subject.link,
            before,
            after,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}
