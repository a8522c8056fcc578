//! What people ask of those who may decide, and the copies of its card. A request is decided once:
//! the first decision that is written stands.

use jiff::Timestamp;

use super::apply::{Actor, Refusal, require};
use super::asked::before;
use super::codes::{json_ids, request_kind_slug, request_state_slug};
use super::journal::{Action, Entry};
use super::{StoreError, Tx};
use crate::domain::{
    Asked, Decision, GRANT_LASTS, MayAsk, Person, PersonId, Recipient, RequestKind, RequestState,
};

impl Tx {
    /// Its card goes to these people. One waits already: that is [`Refusal::Facts`].
    pub(super) async fn ask(
        &mut self,
        asker: &Person,
        asked: &Asked,
        deciders: &[PersonId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let kind = request_kind_slug(asked.kind());
        if asked.kind() == RequestKind::Access {
            let may = self.may_ask_for_access(asker.id, now).await?;
            require(may == MayAsk::Yes, Refusal::Facts)?;
        }
        let (username, subject, to, stop) = match asked {
            Asked::Access { username } => (username.as_deref(), None, None, None),
            Asked::Limit { subject } => (None, Some(subject), None, None),
            Asked::Repeat { to, subject } => (None, Some(subject), Some(to), None),
            Asked::Stop { entry, subject } => (None, Some(subject), None, Some(entry)),
        };
        let subject = subject.filter(|subject| !subject.is_empty());
        let provider = to.map(|to| to.provider().slug());
        let key = to.map(Recipient::key);
        let (id, name, at) = (asker.id.get(), asker.name.as_deref(), now.as_millisecond());
        let request = sqlx::query_scalar!(
            r#"INSERT INTO requests (kind, asker, name, username, subject, provider, recipient_key,
                   stop, at)
               VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?)
               ON CONFLICT (asker, kind) WHERE state = 'open' DO NOTHING RETURNING id AS "id!""#,
            kind,
            id,
            name,
            username,
            subject,
            provider,
            key,
            stop,
            at,
        );
        let request = request.fetch_optional(self.conn().await?).await?;
        let request = request.ok_or(StoreError::Overtaken(Refusal::Facts))?;
        let entry = Entry {
            actor: Some(asker.id),
            action: Action::Request(request),
            before: None,
            after: Some(kind),
        };
        self.journal(entry, now).await?;
        self.enqueue_cards(request, deciders, now).await
    }

    async fn enqueue_cards(
        &mut self,
        request: i64,
        people: &[PersonId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (people, at) = (json_ids(people), now.as_millisecond());
        sqlx::query!(
            "INSERT INTO outbox (person, body, made_at)
             SELECT value, json_object('request', json_object('id', ?1)), ?3 FROM json_each(?2)",
            request,
            people,
            at,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    /// Every copy but the pressed one is drawn anew. Whoever comes second gets [`Refusal::Facts`].
    pub(super) async fn decide(
        &mut self,
        request: i64,
        decision: Decision,
        by: PersonId,
        pressed: Option<i32>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (state, extra) = match decision {
            Decision::Grant => (RequestState::Granted, None),
            Decision::GrantExtra(extra) => (RequestState::Granted, Some(extra)),
            Decision::Refuse => (RequestState::Refused, None),
            Decision::Block => (RequestState::Blocked, None),
        };
        self.close_request(request, state, extra, Some((by, pressed)), now).await?;
        let word = request_state_slug(state);
        let entry = Entry {
            actor: Some(by),
            action: Action::Decide(request),
            before: None,
            after: Some(word),
        };
        self.journal(entry, now).await
    }

    async fn close_request(
        &mut self,
        request: i64,
        state: RequestState,
        extra: Option<u32>,
        by: Option<(PersonId, Option<i32>)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (state, at) = (request_state_slug(state), now.as_millisecond());
        let by_id = by.map(|(id, _)| id.get());
        let decided = sqlx::query!(
            "UPDATE requests SET state = ?1, extra = ?2, decided_by = ?3, decided_at = ?4,
                 subject = NULL, recipient_key = iif(?1 = 'granted', recipient_key, NULL)
             WHERE id = ?5 AND state = 'open'",
            state,
            extra,
            by_id,
            at,
            request,
        );
        let decided = decided.execute(self.conn().await?).await?;
        require(decided.rows_affected() == 1, Refusal::Facts)?;
        let pressed = by.and_then(|(_, message)| message);
        sqlx::query!(
            "INSERT INTO outbox (person, body, made_at)
             SELECT person, json_object('request', json_object('id', request, 'message', message)), ?4
             FROM request_cards WHERE request = ?1 AND NOT (person IS ?2 AND message IS ?3)",
            request,
            by_id,
            pressed,
            at,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn note_request_card(
        &mut self,
        request: i64,
        person: PersonId,
        message: i32,
    ) -> Result<(), StoreError> {
        let person = person.get();
        sqlx::query!(
            "INSERT INTO request_cards (request, person, message) VALUES (?, ?, ?)
             ON CONFLICT DO NOTHING",
            request,
            person,
            message,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }

    pub(super) async fn remind_of_request(
        &mut self,
        request: i64,
        deciders: &[PersonId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let at = now.as_millisecond();
        let reminded = sqlx::query!(
            "UPDATE requests SET reminded_at = ? WHERE id = ? AND state = 'open'
                 AND reminded_at IS NULL",
            at,
            request,
        );
        let reminded = reminded.execute(self.conn().await?).await?;
        require(reminded.rows_affected() == 1, Refusal::Facts)?;
        self.enqueue_cards(request, deciders, now).await
    }

    pub(super) async fn expire_request(
        &mut self,
        request: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.close_request(request, RequestState::Expired, None, None, now).await?;
        let entry =
            Entry { actor: None, action: Action::Expire(request), before: None, after: None };
        self.journal(entry, now).await
    }

    /// Somebody who was shut out may ask again.
    pub(super) async fn unblock(
        &mut self,
        actor: Actor,
        request: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let asker = sqlx::query_scalar!(
            "UPDATE requests SET state = 'closed', decided_by = NULL
             WHERE id = ? AND state = 'blocked' RETURNING asker",
            request,
        );
        let asker = asker.fetch_optional(self.conn().await?).await?;
        let asker = asker.and_then(PersonId::new);
        let asker = asker.ok_or(StoreError::Overtaken(Refusal::Facts))?;
        let actor = actor.person();
        let action = Action::Unblock(asker);
        self.journal(Entry { actor, action, before: None, after: None }, now).await
    }

    /// What somebody who leaves has asked for is nobody's any more.
    pub(super) async fn close_requests_of(
        &mut self,
        asker: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = asker.get();
        let open = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM requests WHERE asker = ? AND state = 'open'"#,
            id,
        );
        for request in open.fetch_all(self.conn().await?).await? {
            self.close_request(request, RequestState::Closed, None, None, now).await?;
        }
        Ok(())
    }

    /// The letter that was granted goes into the queue. Returns whether one was.
    pub(super) async fn use_grant(
        &mut self,
        asker: PersonId,
        to: &Recipient,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (asker, at, since) = (asker.get(), now.as_millisecond(), before(now, GRANT_LASTS));
        let (provider, key) = (to.provider().slug(), to.key());
        let used = sqlx::query!(
            "UPDATE requests SET used_at = ?1, recipient_key = NULL
             WHERE id = (SELECT min(id) FROM requests WHERE asker = ?2 AND kind = 'repeat'
                         AND state = 'granted' AND used_at IS NULL AND decided_at > ?3
                         AND provider = ?4 AND recipient_key = ?5)",
            at,
            asker,
            since,
            provider,
            key,
        );
        Ok(used.execute(self.conn().await?).await?.rows_affected() == 1)
    }

    /// Grants that nobody used, and the names of strangers whose requests were decided long ago.
    pub(super) async fn forget_requests(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let before = before.as_millisecond();
        sqlx::query!(
            "UPDATE requests SET recipient_key = NULL, name = NULL, username = NULL
             WHERE state NOT IN ('open', 'blocked') AND decided_at < ?
               AND coalesce(recipient_key, name, username) IS NOT NULL",
            before,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}
