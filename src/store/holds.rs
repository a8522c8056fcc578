//! Why nothing is sent: a hold begins, goes on and ends.

use jiff::Timestamp;

use super::codes::{json_ids, provider as parse_provider, time, unreadable};
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{DatabaseDoubt, Hold, HoldKind, InvitationNo, PersonId, Provider};

/// While a provider is down only the head of its queue is told: Telegram limits how much is said.
const HEAD: i64 = 20;

const ALL: i64 = -1;

struct Row {
    id: i64,
    kind: String,
    provider: Option<String>,
    since: i64,
    until: Option<i64>,
    detail: Option<String>,
    rounds: Option<u32>,
    told: bool,
}

impl Reader {
    pub async fn holds(&mut self) -> Result<Vec<Hold>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, kind, provider, since, until, detail, rounds AS "rounds: u32",
                      told AS "told: bool"
               FROM holds WHERE ended_at IS NULL ORDER BY kind <> 'provider_down', kind, since"#
        );
        let rows = rows.fetch_all(self.conn().await?).await?;
        let mut holds = Vec::with_capacity(rows.len());
        for row in rows {
            holds.push(self.read_hold(row).await?);
        }
        Ok(holds)
    }

    async fn read_hold(&mut self, row: Row) -> Result<Hold, StoreError> {
        let provider = row.provider.as_deref().map(parse_provider).transpose()?;
        let until = row.until.map(time).transpose()?;
        let kind = match (row.kind.as_str(), provider, until, row.rounds) {
            ("provider_down", Some(provider), Some(until), Some(rounds)) => {
                HoldKind::ProviderDown { provider, until, rounds }
            }
            ("bad_credentials", Some(provider), None, None) => {
                HoldKind::BadCredentials { provider, message: row.detail }
            }
            ("polling_conflict", None, Some(until), None) => HoldKind::PollingConflict { until },
            ("untrusted_database", None, None, None) => {
                let cause = row.detail.as_deref().and_then(DatabaseDoubt::from_slug);
                let cause = cause.ok_or(unreadable("cause"))?;
                HoldKind::UntrustedDatabase { cause, waiting: self.waiting(row.id).await? }
            }
            ("unchecked_file", None, None, None) => HoldKind::UncheckedFile,
            _ => return Err(unreadable("hold")),
        };
        Ok(Hold { id: row.id, since: time(row.since)?, kind, told: row.told })
    }

    /// Until a hold of the whole database ends.
    async fn waiting(&mut self, hold: i64) -> Result<u32, StoreError> {
        let waiting = sqlx::query_scalar!(
            r#"SELECT (SELECT count(*) FROM invitations WHERE state = 'queued')
                   + (SELECT count(*)
                      FROM held_invitations h JOIN invitations i ON i.number = h.invitation
                      WHERE h.hold = ? AND i.state = 'held') AS "count!: u32""#,
            hold,
        );
        Ok(waiting.fetch_one(self.conn().await?).await?)
    }

    pub async fn waiting_for(&mut self, provider: Provider) -> Result<u64, StoreError> {
        let provider = provider.slug();
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM invitations
               WHERE state = 'queued' AND provider = ?1"#,
            provider,
        );
        Ok(count.fetch_one(self.conn().await?).await?.unsigned_abs())
    }

    pub async fn queued_by_resuming(
        &mut self,
        hold: i64,
        admins: &[PersonId],
    ) -> Result<u64, StoreError> {
        let admins = json_ids(admins);
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM invitations
               WHERE number IN (SELECT invitation FROM held_invitations WHERE hold = ?1)
                 AND state = 'held'
                 AND NOT EXISTS (SELECT 1 FROM stopped s WHERE s.invitation = number)
                 AND author IN (SELECT id FROM people WHERE role IS NOT NULL
                                UNION SELECT value FROM json_each(?2))"#,
            hold,
            admins,
        );
        Ok(count.fetch_one(self.conn().await?).await?.unsigned_abs())
    }
}

impl Tx {
    /// Begins a hold, or goes on with the open one of its kind: its id, and whether it is new.
    pub async fn hold(
        &mut self,
        kind: &HoldKind,
        now: Timestamp,
    ) -> Result<(i64, bool), StoreError> {
        let (slug, provider) = (kind.slug(), kind.provider().map(Provider::slug));
        let (until, detail, rounds) = match kind {
            HoldKind::ProviderDown { until, rounds, .. } => (Some(*until), None, Some(*rounds)),
            HoldKind::BadCredentials { message, .. } => (None, message.as_deref(), None),
            HoldKind::PollingConflict { until } => (Some(*until), None, None),
            HoldKind::UntrustedDatabase { cause, .. } => (None, Some(cause.slug()), None),
            HoldKind::UncheckedFile => (None, None, None),
        };
        let until = until.map(Timestamp::as_millisecond);
        // The other program was noticed again, or there is a new doubt: the admins hear of it.
        let open = sqlx::query_scalar!(
            "UPDATE holds SET
                 until = CASE kind WHEN 'polling_conflict' THEN ?1 ELSE until END,
                 detail = CASE kind WHEN 'untrusted_database' THEN ?2 ELSE detail END,
                 told = CASE kind WHEN 'untrusted_database' THEN 0 ELSE told END
             WHERE kind = ?3 AND provider IS ?4 AND ended_at IS NULL RETURNING id",
            until,
            detail,
            slug,
            provider,
        );
        let open = open.fetch_optional(self.conn().await?).await?;
        let id = match open {
            Some(id) => id,
            None => {
                let since = now.as_millisecond();
                sqlx::query_scalar!(
                    "INSERT INTO holds (kind, provider, since, until, detail, rounds)
                     VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                    slug,
                    provider,
                    since,
                    until,
                    detail,
                    rounds,
                )
                .fetch_one(self.conn().await?)
                .await?
            }
        };
        // The last doubt counts: all that was there then may have gone out.
        if let Some((begins, _)) = words(kind)
            && (open.is_none() || matches!(kind, HoldKind::UntrustedDatabase { .. }))
        {
            let after = detail.filter(|_| kind.provider().is_none());
            let action = action(kind, id, begins);
            self.journal(Entry { actor: None, action, before: None, after }, now).await?;
        }
        // What an untrusted database holds changes its state, and is told by that.
        let is_told_later =
            matches!(kind, HoldKind::UntrustedDatabase { .. } | HoldKind::UncheckedFile);
        if open.is_none() && !is_told_later {
            self.tell_why(kind).await?;
        }
        Ok((id, open.is_none()))
    }

    /// Calls that were under way when the hold began change nothing: the probe decides.
    pub async fn troubled(
        &mut self,
        provider: Provider,
        number: InvitationNo,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (slug, ms) = (provider.slug(), until.as_millisecond());
        let again = sqlx::query!(
            "UPDATE holds SET until = ?, rounds = rounds + 1, probe = NULL
             WHERE kind = 'provider_down' AND provider = ? AND probe = ? AND ended_at IS NULL",
            ms,
            slug,
            number.0,
        );
        let kind = HoldKind::ProviderDown { provider, until, rounds: 1 };
        match again.execute(self.conn().await?).await?.rows_affected() {
            0 => self.hold(&kind, now).await.map(drop),
            _ => self.tell_why(&kind).await,
        }
    }

    /// If this was the probe, the provider is not down any more.
    pub async fn answered(
        &mut self,
        provider: Provider,
        number: InvitationNo,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let slug = provider.slug();
        let probed = sqlx::query_scalar!(
            "SELECT id FROM holds
             WHERE kind = 'provider_down' AND provider = ? AND probe = ? AND ended_at IS NULL",
            slug,
            number.0,
        );
        let Some(id) = probed.fetch_optional(self.conn().await?).await? else { return Ok(()) };
        let kind = HoldKind::ProviderDown { provider, until: now, rounds: 1 };
        self.end_hold(id, &kind, None, now).await?;
        self.tell_why(&kind).await
    }

    /// Queues again what the hold kept, but for authors without access and recipients on the
    /// stop-list; returns how many. `None`: the hold is not open, or nobody may end it now.
    pub async fn resume(
        &mut self,
        hold: i64,
        by: PersonId,
        admins: &[PersonId],
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let open = self.holds().await?.into_iter().find(|open| open.id == hold);
        let Some(open) = open.filter(|open| open.kind.may_be_ended(now)) else { return Ok(None) };
        // First, for what an open hold keeps cannot be released.
        self.end_hold(hold, &open.kind, Some(by), now).await?;
        let queued = self.queue_again(hold, by, admins, now).await?;
        self.tell_why(&open.kind).await?;
        Ok(Some(queued))
    }

    pub async fn note_hold_notified(&mut self, hold: i64) -> Result<(), StoreError> {
        let kind = sqlx::query_scalar!(
            "UPDATE holds SET told = 1 WHERE id = ? AND ended_at IS NULL RETURNING kind",
            hold
        );
        let kind = kind.fetch_optional(self.conn().await?).await?;
        if kind.as_deref() == Some(HoldKind::UncheckedFile.slug()) {
            self.tell_why(&HoldKind::UncheckedFile).await?;
        }
        Ok(())
    }

    /// The file of the database is sound.
    pub async fn file_checked(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let kind = HoldKind::UncheckedFile;
        let open = self.holds().await?.into_iter().find(|open| open.kind == kind);
        let Some(open) = open else { return Ok(()) };
        self.end_hold(open.id, &kind, None, now).await?;
        if open.told { self.tell_why(&kind).await } else { Ok(()) }
    }

    /// What a provider said is of no use any more, and may name a client.
    async fn end_hold(
        &mut self,
        id: i64,
        kind: &HoldKind,
        by: Option<PersonId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (at, person) = (now.as_millisecond(), by.map(PersonId::get));
        sqlx::query!(
            "UPDATE holds SET ended_at = ?, ended_by = ?, probe = NULL,
                 detail = CASE kind WHEN 'bad_credentials' THEN NULL ELSE detail END
             WHERE id = ?",
            at,
            person,
            id,
        )
        .execute(self.conn().await?)
        .await?;
        let Some((_, ends)) = words(kind) else { return Ok(()) };
        let action = action(kind, id, ends);
        self.journal(Entry { actor: by, action, before: None, after: None }, now).await
    }

    async fn queue_again(
        &mut self,
        hold: i64,
        by: PersonId,
        admins: &[PersonId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (at, person, admins) = (now.as_millisecond(), by.get(), json_ids(admins));
        let queued = sqlx::query!(
            "UPDATE invitations SET state = 'queued', version = version + 1, not_before = ?1,
                 changed_at = ?1, changed_by = ?2
             WHERE number IN (SELECT invitation FROM held_invitations WHERE hold = ?3)
               AND state = 'held'
               AND NOT EXISTS (SELECT 1 FROM stopped s WHERE s.invitation = number)
               AND author IN (SELECT id FROM people WHERE role IS NOT NULL
                              UNION SELECT value FROM json_each(?4))",
            at,
            person,
            hold,
            admins,
        );
        let queued = queued.execute(self.conn().await?).await?.rows_affected();
        // Notes why those that the stop-list holds stay held.
        sqlx::query!(
            "INSERT INTO journal (at, action, invitation)
             SELECT ?, 'stopped', h.invitation
             FROM held_invitations h JOIN invitations i ON i.number = h.invitation
             WHERE h.hold = ? AND i.state = 'held'
               AND EXISTS (SELECT 1 FROM stopped s WHERE s.invitation = i.number)",
            at,
            hold,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(queued)
    }

    /// What waits is to be told anew, for why it waits has changed.
    async fn tell_why(&mut self, kind: &HoldKind) -> Result<(), StoreError> {
        match kind {
            HoldKind::ProviderDown { provider, .. } => self.tell_queued(*provider, HEAD).await,
            HoldKind::BadCredentials { provider, .. } => self.tell_queued(*provider, ALL).await,
            HoldKind::PollingConflict { .. } | HoldKind::UncheckedFile => {
                for provider in Provider::ALL {
                    self.tell_queued(provider, ALL).await?;
                }
                Ok(())
            }
            HoldKind::UntrustedDatabase { .. } => {
                sqlx::query!(
                    "UPDATE invitations SET notified_version = min(notified_version, version - 1)
                     WHERE bucket = 'waiting' AND state IN ('queued', 'held')"
                )
                .execute(self.conn().await?)
                .await?;
                Ok(())
            }
        }
    }

    async fn tell_queued(&mut self, provider: Provider, most: i64) -> Result<(), StoreError> {
        let slug = provider.slug();
        sqlx::query!(
            "UPDATE invitations SET notified_version = min(notified_version, version - 1)
             WHERE number IN (SELECT number FROM invitations
                              WHERE provider = ? AND state = 'queued'
                              ORDER BY due_at, number LIMIT ?)",
            slug,
            most,
        )
        .execute(self.conn().await?)
        .await?;
        Ok(())
    }
}

/// The words of the journal: it begins, it ends. `None`: nobody decides on it, so it is not there.
fn words(kind: &HoldKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        HoldKind::ProviderDown { .. } => ("outage", "outage_over"),
        HoldKind::BadCredentials { .. } => ("pause", "resume"),
        HoldKind::PollingConflict { .. } => ("polling_conflict", "confirm_single_instance"),
        HoldKind::UntrustedDatabase { .. } => ("untrusted_database", "trust_database"),
        HoldKind::UncheckedFile => return None,
    })
}

fn action(kind: &HoldKind, id: i64, word: &'static str) -> Action {
    let hold = matches!(kind, HoldKind::UntrustedDatabase { .. }).then_some(id);
    Action::Hold { word, provider: kind.provider(), hold }
}
