//! What people say came of accepted invitations, and whom to ask for it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::apply::{Refusal, require};
use super::codes::{person, time, unreadable};
use super::journal::{Action, Entry};
use super::{Reader, StoreError, Tx};
use crate::domain::{ASKED_AT_ONCE, FollowUp, InvitationNo, Mark, PersonId};

fn slugs(mark: Option<Mark>) -> (Option<&'static str>, Option<String>) {
    match mark {
        None => (None, None),
        Some(Mark::Registered) => (Some("registered"), None),
        Some(Mark::Declined) => (Some("declined"), None),
        Some(Mark::CallBack(day)) => (Some("call_back"), Some(day.to_string())),
    }
}

fn mark(slug: &str, call_on: Option<&str>) -> Result<Mark, StoreError> {
    match (slug, call_on.map(str::parse)) {
        ("registered", None) => Ok(Mark::Registered),
        ("declined", None) => Ok(Mark::Declined),
        ("call_back", Some(Ok(day))) => Ok(Mark::CallBack(day)),
        _ => Err(unreadable("mark of an invitation")),
    }
}

impl Reader {
    pub async fn follow_up(
        &mut self,
        number: InvitationNo,
    ) -> Result<Option<FollowUp>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT f.mark AS "mark!", f.call_on, f.at AS "at!", f.by AS "by!", p.name AS "name?"
               FROM follow_ups f LEFT JOIN people p ON p.id = f.by
               WHERE f.invitation = ? AND f.mark IS NOT NULL"#,
            number.0,
        );
        let row = row.fetch_optional(self.conn().await?).await?;
        row.map(|row| {
            Ok(FollowUp {
                mark: mark(&row.mark, row.call_on.as_deref())?,
                by: person(row.by, row.name)?,
                at: time(row.at)?,
            })
        })
        .transpose()
    }

    /// Those that somebody wanted to be reminded of by this day.
    pub async fn calls_due(&mut self, day: Date) -> Result<Vec<InvitationNo>, StoreError> {
        let day = day.to_string();
        let numbers = sqlx::query_scalar!(
            "SELECT invitation FROM follow_ups
             WHERE mark = 'call_back' AND called = 0 AND call_on <= ? ORDER BY call_on LIMIT 200",
            day,
        );
        Ok(numbers.fetch_all(self.conn().await?).await?.into_iter().map(InvitationNo).collect())
    }

    /// Accepted ones that were made in this time, of which nobody said what came of them, and which
    /// were asked for less often; with their owners.
    pub async fn to_ask_about(
        &mut self,
        from: Timestamp,
        until: Timestamp,
        asked: u32,
    ) -> Result<Vec<(InvitationNo, PersonId)>, StoreError> {
        let (from, until) = (from.as_millisecond(), until.as_millisecond());
        let rows = sqlx::query!(
            r#"SELECT i.number AS "number!", i.author FROM invitations i
               LEFT JOIN follow_ups f ON f.invitation = i.number
               WHERE i.created_at >= ? AND i.created_at < ?
                 AND i.state IN ('accepted', 'confirmed_sent') AND i.erased_at IS NULL
                 AND f.mark IS NULL AND coalesce(f.asked, 0) < ?
               ORDER BY i.author, i.number LIMIT 100000"#,
            from,
            until,
            asked,
        );
        let rows = rows.fetch_all(self.conn().await?).await?.into_iter();
        rows.map(|row| {
            let author = PersonId::new(row.author).ok_or(unreadable("person's id"))?;
            Ok((InvitationNo(row.number), author))
        })
        .collect()
    }

    /// What its owner was asked for on this day.
    pub async fn asked_on(
        &mut self,
        day: Date,
        owner: PersonId,
    ) -> Result<Vec<InvitationNo>, StoreError> {
        let (day, owner) = (day.to_string(), owner.get());
        let numbers = sqlx::query_scalar!(
            "SELECT f.invitation FROM follow_ups f JOIN invitations i ON i.number = f.invitation
             WHERE f.asked_on = ? AND i.author = ? AND i.erased_at IS NULL
             ORDER BY f.invitation LIMIT ?",
            day,
            owner,
            ASKED_AT_ONCE,
        );
        Ok(numbers.fetch_all(self.conn().await?).await?.into_iter().map(InvitationNo).collect())
    }
}

impl Tx {
    /// `was`: what stood there when it was decided, else [`Refusal::Facts`].
    pub(super) async fn follow_up_with(
        &mut self,
        number: InvitationNo,
        was: Option<Mark>,
        mark: Option<Mark>,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ((was, was_on), (mark, call_on)) = (slugs(was), slugs(mark));
        let (person, at) = (by.get(), now.as_millisecond());
        let done = sqlx::query!(
            "INSERT INTO follow_ups (invitation, mark, call_on, at, by) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (invitation) DO UPDATE SET mark = excluded.mark,
                 call_on = excluded.call_on, at = excluded.at, by = excluded.by, called = 0
             WHERE mark IS ?6 AND call_on IS ?7",
            number.0,
            mark,
            call_on,
            at,
            person,
            was,
            was_on,
        );
        let done = done.execute(self.conn().await?).await?;
        require(done.rows_affected() == 1, Refusal::Facts)?;
        let (actor, action) = (Some(by), Action::FollowUp(number));
        self.journal(Entry { actor, action, before: was, after: mark }, now).await
    }

    pub(super) async fn note_call(&mut self, number: InvitationNo) -> Result<(), StoreError> {
        let noted = sqlx::query!(
            "UPDATE follow_ups SET called = 1 WHERE invitation = ? AND called = 0",
            number.0,
        );
        let noted = noted.execute(self.conn().await?).await?;
        require(noted.rows_affected() == 1, Refusal::Facts)
    }

    pub(super) async fn note_question(
        &mut self,
        numbers: &[(InvitationNo, u32)],
        day: Date,
    ) -> Result<(), StoreError> {
        let day = day.to_string();
        for (number, round) in numbers {
            sqlx::query!(
                "INSERT INTO follow_ups (invitation, asked, asked_on) VALUES (?1, ?3, ?2)
                 ON CONFLICT (invitation) DO UPDATE SET asked = max(asked, ?3), asked_on = ?2
                 WHERE mark IS NULL",
                number.0,
                day,
                round,
            )
            .execute(self.conn().await?)
            .await?;
        }
        Ok(())
    }
}
