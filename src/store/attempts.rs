//! The steps of a call: what is due, T2 (claim), T4 (close), and what is left over at the start.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::codes::{json_ids, provider as parse_provider, state_slugs, time};
use super::invitations::load;
use super::{Store, StoreError, Tx, readable};
use crate::domain::{
    Answer, AttemptOutcome, FieldFault, HoldKind, Invitation, InvitationNo, Outcome, PersonId,
    Provider, State, Wait,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub invitation: Invitation,
    pub at: Timestamp,
    /// The one call that finds out whether its provider still answers with errors.
    pub probe: bool,
    /// Of its earlier attempts; `None`: there are none, or their configuration was refused.
    pub body: Option<Vec<u8>>,
}

/// Its call must be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its number among the attempts of the invitation.
    pub n: i64,
    pub waits: RetryCounts,
}

/// Calls that were certainly not taken, since the first or the last that a person asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryCounts {
    pub connect: u32,
    pub throttled: u32,
}

impl Store {
    /// The first so many by their times, also those whose time is to come. None while a hold forbids
    /// the calls; while it ends by a probe, that alone.
    pub async fn next_due(&self, provider: Provider, most: usize) -> Result<Vec<Due>, StoreError> {
        let mut conn = self.read().await?;
        let slug = provider.slug();
        let mut due = Vec::new();
        let (mut due_at, mut number) = (i64::MIN, 0);
        loop {
            let rows = sqlx::query!(
                r#"SELECT i.number, i.due_at AS "due_at!", i.body,
                          (SELECT max(until) FROM forbidden WHERE coalesce(provider, ?1) = ?1)
                              AS "until: i64",
                          EXISTS (SELECT 1 FROM attempts
                                  WHERE invitation = i.number AND outcome IN ('accepted', 'unknown'))
                              AS "may_be_taken!: bool"
                   FROM invitations i
                   WHERE i.provider = ?1 AND i.state = 'queued'
                     AND (i.due_at, i.number) > (?2, ?3)
                   ORDER BY i.due_at, i.number LIMIT 16"#,
                slug,
                due_at,
                number,
            )
            .fetch_all(&mut *conn)
            .await?;
            let is_last = rows.len() < 16;
            for row in rows {
                if row.until == Some(i64::MAX) {
                    return Ok(due);
                }
                (due_at, number) = (row.due_at, row.number);
                let found = readable(row.number, load(&mut conn, row.number).await)?;
                let Some(invitation) = found else { continue };
                // What a wrong configuration was refused with is not sent again.
                let refused = Some(AttemptOutcome::NotAccepted(Wait::Config));
                let refused = invitation.last.as_ref().is_some_and(|it| it.outcome == refused);
                let body = row.body.filter(|_| !refused || row.may_be_taken);
                let at = time(row.until.map_or(row.due_at, |until| until.max(row.due_at)))?;
                let probe = row.until.is_some();
                due.push(Due { invitation, at, probe, body });
                if probe || due.len() >= most {
                    return Ok(due);
                }
            }
            if is_last {
                return Ok(due);
            }
        }
    }
}

impl Tx {
    /// An interrupted call says nothing of its provider, so a probe is only made anew.
    pub(super) async fn recover(
        &mut self,
        now: Timestamp,
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let now = now.as_millisecond();
        sqlx::query!(
            "UPDATE attempts SET outcome = 'unknown', ended_at = ?, message = 'stopped'
             WHERE outcome IS NULL
               AND invitation IN (SELECT number FROM invitations WHERE state = 'sending')",
            now,
        )
        .execute(self.conn().await?)
        .await?;
        let numbers = sqlx::query_scalar!(
            r#"UPDATE invitations SET state = 'unknown', version = version + 1, changed_at = ?,
                   changed_by = NULL
               WHERE state = 'sending' RETURNING number AS "number!""#,
            now,
        )
        .fetch_all(self.conn().await?)
        .await?;
        sqlx::query!("UPDATE holds SET probe = NULL WHERE probe IS NOT NULL")
            .execute(self.conn().await?)
            .await?;
        Ok(numbers.into_iter().map(InvitationNo).collect())
    }

    /// What somebody else than the author put into the queue stays there.
    pub(super) async fn hold_orphans(
        &mut self,
        admins: &[PersonId],
        now: Timestamp,
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let now = now.as_millisecond();
        let admins = json_ids(admins);
        let numbers = sqlx::query_scalar!(
            r#"UPDATE invitations SET state = 'held', version = version + 1, changed_at = ?,
                   changed_by = NULL
               WHERE state = 'queued'
                 AND (SELECT actor FROM journal
                      WHERE invitation = number AND action = 'state' AND after = 'queued'
                        AND actor IS NOT NULL
                      ORDER BY id DESC LIMIT 1) = author
                 AND author NOT IN (SELECT value FROM json_each(?))
                 AND author IN (SELECT id FROM people WHERE role IS NULL)
               RETURNING number AS "number!""#,
            now,
            admins,
        )
        .fetch_all(self.conn().await?)
        .await?;
        Ok(numbers.into_iter().map(InvitationNo).collect())
    }

    /// `None`: its version, its time or a hold forbids the attempt; or its recipient is on the
    /// stop-list, and then it is held, which must be committed. A waiting consent is used up.
    pub(super) async fn claim(
        &mut self,
        number: InvitationNo,
        version: i64,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<Claim>, StoreError> {
        let (hash, at, now) = (Sha256::digest(body).to_vec(), now, now.as_millisecond());
        let n = sqlx::query_scalar!(
            r#"INSERT INTO attempts (invitation, n, consent, request_sha256, started_at)
               SELECT number,
                   (SELECT 1 + count(*) FROM attempts WHERE invitation = number),
                   (SELECT max(id) FROM consents
                    WHERE invitation = number
                      AND id > (SELECT coalesce(max(consent), 0) FROM attempts
                                WHERE invitation = number)),
                   ?4, ?3
               FROM invitations
               WHERE number = ?1 AND version = ?2 AND state = 'queued' AND due_at <= ?3
                 AND NOT EXISTS (SELECT 1 FROM forbidden f
                                 WHERE coalesce(f.provider, invitations.provider)
                                           = invitations.provider
                                   AND f.until > ?3)
                 AND NOT EXISTS (SELECT 1 FROM stopped WHERE invitation = number)
               RETURNING n AS "n!""#,
            number.0,
            version,
            now,
            hash,
        )
        .fetch_optional(self.conn().await?)
        .await?;
        let Some(n) = n else {
            self.hold_stopped(Some(number), at).await?;
            return Ok(None);
        };
        sqlx::query!(
            "UPDATE invitations SET state = 'sending', version = version + 1, body = ?,
                 changed_at = ?, changed_by = NULL
             WHERE number = ?",
            body,
            now,
            number.0,
        )
        .execute(self.conn().await?)
        .await?;
        let waits = if n == 1 { RetryCounts::default() } else { self.waits(number).await? };
        Ok(Some(Claim { n, waits }))
    }

    async fn waits(&mut self, number: InvitationNo) -> Result<RetryCounts, StoreError> {
        let waits = sqlx::query_as!(
            RetryCounts,
            r#"SELECT count(*) FILTER (WHERE wait = 'connect') AS "connect!: u32",
                      count(*) FILTER (WHERE wait = 'throttled') AS "throttled!: u32"
               FROM attempts
               WHERE invitation = ?1 AND n >= coalesce(
                   (SELECT max(n) FROM attempts WHERE invitation = ?1 AND consent IS NOT NULL), 1)"#,
            number.0,
        );
        Ok(waits.fetch_one(self.conn().await?).await?)
    }

    /// May be repeated when the answer of a commit was lost: an attempt that is closed stays as it
    /// is.
    pub(super) async fn close(
        &mut self,
        number: InvitationNo,
        n: i64,
        answer: &Answer,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.close_attempt(number, n, answer, now).await? {
            return Ok(());
        }
        let mut not_before = now;
        let state = match &answer.outcome {
            Outcome::Accepted { .. } => State::Accepted,
            Outcome::Rejected { why, .. } => State::Rejected(*why),
            Outcome::Unknown => State::Unknown,
            Outcome::NotAccepted { wait: Wait::Config, .. } => State::Queued,
            Outcome::NotAccepted { wait: Wait::Connect | Wait::Throttled, .. } => match retry_at {
                Some(at) => {
                    not_before = at;
                    State::Queued
                }
                // The repeat did not go; whether the attempt before it did is as open as ever.
                None if self.is_in_doubt(number).await? => State::Unknown,
                None => State::NotSent,
            },
        };
        let provider = self.settle(number, state, not_before, now).await?;
        if matches!(answer.outcome, Outcome::NotAccepted { wait: Wait::Config, .. }) {
            let provider = parse_provider(&provider)?;
            let message = answer.message.clone();
            self.hold(&HoldKind::BadCredentials { provider, message }, now).await?;
        }
        if state == State::Queued {
            self.hold_stopped(Some(number), now).await?;
            self.hold_revoked(number, now).await?;
        }
        Ok(())
    }

    /// An attempt may have been accepted, and nobody has said since that no letter came.
    pub(super) async fn is_in_doubt(&mut self, number: InvitationNo) -> Result<bool, StoreError> {
        let doubt = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM unresolved_attempts WHERE invitation = ?) AS "doubt!: bool""#,
            number.0,
        );
        Ok(doubt.fetch_one(self.conn().await?).await?)
    }

    /// `false`: it is closed already.
    async fn close_attempt(
        &mut self,
        number: InvitationNo,
        n: i64,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (outcome, wait, reference) = match &answer.outcome {
            Outcome::Accepted { reference } => ("accepted", None, reference.as_deref()),
            Outcome::Rejected { .. } => ("rejected", None, None),
            Outcome::NotAccepted { wait, .. } => ("not_accepted", Some(wait.slug()), None),
            Outcome::Unknown => ("unknown", None, None),
        };
        let (message, now) = (words(answer), now.as_millisecond());
        let closed = sqlx::query!(
            "UPDATE attempts SET ended_at = ?, outcome = ?, wait = ?, http_status = ?,
                   reference = ?, request_id = ?, message = ?
               WHERE invitation = ? AND n = ? AND outcome IS NULL",
            now,
            outcome,
            wait,
            answer.http_status,
            reference,
            answer.request_id,
            message,
            number.0,
            n,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(closed.rows_affected() == 1)
    }

    /// Returns the provider.
    async fn settle(
        &mut self,
        number: InvitationNo,
        state: State,
        not_before: Timestamp,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let (state, refusal) = state_slugs(state);
        let (not_before, now) = (not_before.as_millisecond(), now.as_millisecond());
        let provider = sqlx::query_scalar!(
            "UPDATE invitations SET state = ?, refusal = ?, version = version + 1, not_before = ?,
                 changed_at = ?, changed_by = NULL
             WHERE number = ? AND state = 'sending' RETURNING provider",
            state,
            refusal,
            not_before,
            now,
            number.0,
        );
        Ok(provider.fetch_one(self.conn().await?).await?)
    }

    /// The author may have lost the access while the call was under way.
    async fn hold_revoked(
        &mut self,
        number: InvitationNo,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        // By the order in the journal, for the clock may have been set back meanwhile.
        sqlx::query!(
            "UPDATE invitations SET state = 'held', version = version + 1, changed_at = ?
             WHERE number = ? AND state = 'queued'
               AND author IN (SELECT id FROM people WHERE id = author AND role IS NULL)
               AND EXISTS (
                   SELECT 1 FROM journal
                   WHERE action = 'revoke' AND person = author AND id > (
                       SELECT max(id) FROM journal
                       WHERE invitation = number AND action = 'state' AND after = 'sending'))",
            now,
            number.0,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}

/// With the fields that the provider named; at most 1,000 characters.
fn words(answer: &Answer) -> Option<String> {
    let fields = match &answer.outcome {
        Outcome::Rejected { fields, .. } => fields.as_slice(),
        _ => &[],
    };
    let field = |fault: &FieldFault| match fault.message.as_str() {
        "" => fault.name.clone(),
        message => format!("{}: {message}", fault.name),
    };
    let parts: Vec<String> =
        answer.message.iter().cloned().chain(fields.iter().map(field)).collect();
    (!parts.is_empty()).then(|| parts.join("; ").chars().take(1000).collect())
}
