//! Reads an invitation and its history. Which invitations to read, other files decide.

use sqlx::SqliteConnection;
use uuid::Uuid;

use super::codes::{journal_state, person, provider, state, time, unreadable};
use super::{Reader, StoreError, readable};
use crate::domain::{
    Attempt, AttemptOutcome, Company, CompanyName, Email, Event, Inn, Invitation, InvitationNo,
    Kpp, OfficeCode, PersonId, Provider, Recipient, Repeats, State, Wait, WaitReason,
};

struct Row {
    number: i64,
    provider: String,
    author: i64,
    author_name: Option<String>,
    email: Option<String>,
    inn: Option<String>,
    kpp: Option<String>,
    name: Option<String>,
    office: Option<String>,
    guid: String,
    state: String,
    refusal: Option<String>,
    version: i64,
    created_at: i64,
    changed_at: i64,
    changed_by: Option<i64>,
    changer_name: Option<String>,
    doubtful: bool,
    restored: bool,
    stopped: bool,
    waits: Option<String>,
    last: Option<String>,
}

#[derive(serde::Deserialize)]
struct AttemptRow {
    n: i64,
    started_at: i64,
    ended_at: Option<i64>,
    outcome: Option<String>,
    wait: Option<String>,
    http_status: Option<u16>,
    reference: Option<String>,
    request_id: Option<String>,
    message: Option<String>,
}

/// The newest events of a history that are read.
const EVENTS: usize = 30;

impl Reader {
    pub async fn invitation(
        &mut self,
        number: InvitationNo,
    ) -> Result<Option<Invitation>, StoreError> {
        load(self.conn().await?, number.0).await
    }

    pub async fn repeats(&mut self, number: InvitationNo) -> Result<Repeats, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT o.number AS "number!", o.author AS "author!", 1 AS "is_first!: bool"
               FROM invitations i JOIN invitations o ON o.number = i.repeats WHERE i.number = ?1
               UNION ALL
               SELECT number, author, 0 FROM (
                   SELECT number, author FROM invitations
                   WHERE repeats = ?1 AND state <> 'cancelled'
                   ORDER BY number LIMIT 5)"#,
            number.0,
        )
        .fetch_all(self.conn().await?)
        .await?;
        let mut repeats = Repeats::default();
        for row in rows {
            let author = PersonId::new(row.author).ok_or(unreadable("person's id"))?;
            let one = (InvitationNo(row.number), author);
            match row.is_first {
                true => repeats.of = Some(one),
                false => repeats.by.push(one),
            }
        }
        Ok(repeats)
    }

    /// Oldest first.
    pub async fn history(&mut self, number: InvitationNo) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT j.at, j.actor, p.name AS "name?", j.before, j.after AS "after!"
               FROM journal j LEFT JOIN people p ON p.id = j.actor
               WHERE j.invitation = ? AND j.action = 'state' ORDER BY j.id DESC LIMIT 30"#,
            number.0,
        )
        .fetch_all(self.conn().await?)
        .await?;
        // Each change to `sending` came with an attempt, in one transaction: they are paired from
        // the newest, whatever the clock did.
        let mut attempts = attempts(self.conn().await?, number.0, EVENTS).await?.into_iter();
        let mut newest_first = Vec::new();
        for row in rows {
            let to = journal_state(&row.after)?;
            if to == State::Sending {
                newest_first.extend(attempts.next().map(Event::Called));
            }
            let by = row.actor.map(|id| person(id, row.name)).transpose()?;
            let from = row.before.as_deref().map(journal_state).transpose()?;
            newest_first.push(Event::Changed { at: time(row.at)?, by, from, to });
        }
        newest_first.truncate(EVENTS);
        newest_first.reverse();
        Ok(newest_first)
    }
}

/// `None`: there is none, or its data were erased.
pub(super) async fn load(
    conn: &mut SqliteConnection,
    number: i64,
) -> Result<Option<Invitation>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT i.number, i.provider, i.author, a.name AS author_name, i.email, i.inn, i.kpp,
                  i.name, i.office, i.guid, i.state, i.refusal, i.version, i.created_at,
                  i.changed_at, i.changed_by, c.name AS "changer_name?",
                  EXISTS (SELECT 1 FROM unresolved_attempts d WHERE d.invitation = i.number
                               AND (i.state IN ('queued', 'held') OR d.n < (
                                   SELECT max(n) FROM attempts WHERE invitation = i.number)))
                      AS "doubtful!: bool",
                  EXISTS (SELECT 1 FROM journal WHERE action = 'untrusted_database' AND id > (
                      SELECT min(id) FROM journal WHERE invitation = i.number))
                      AS "restored!: bool",
                  EXISTS (SELECT 1 FROM stopped WHERE invitation = i.number) AS "stopped!: bool",
                  (SELECT json_array(reason, until) FROM waits WHERE invitation = i.number)
                      AS "waits: String",
                  (SELECT json_object('n', n, 'started_at', started_at, 'ended_at', ended_at,
                              'outcome', outcome, 'wait', wait, 'http_status', http_status,
                              'reference', reference, 'request_id', request_id,
                              'message', message)
                   FROM attempts WHERE invitation = i.number ORDER BY n DESC LIMIT 1)
                      AS "last: String"
           FROM invitations i JOIN people a ON a.id = i.author
           LEFT JOIN people c ON c.id = i.changed_by
           WHERE i.number = ? AND i.erased_at IS NULL"#,
        number,
    )
    .fetch_optional(&mut *conn)
    .await?;
    row.map(invitation).transpose()
}

fn waits(json: &str) -> Result<WaitReason, StoreError> {
    let (reason, until): (String, Option<i64>) =
        serde_json::from_str(json).map_err(|_| unreadable("reason to wait"))?;
    Ok(match (reason.as_str(), until.map(time).transpose()?) {
        ("untrusted_database", None) => WaitReason::UntrustedDatabase,
        ("polling_conflict", None) => WaitReason::PollingConflict,
        ("bad_credentials", None) => WaitReason::BadCredentials,
        ("provider_down", Some(until)) => WaitReason::ProviderDown(until),
        ("unchecked_file", None) => WaitReason::UncheckedFile,
        ("time", Some(until)) => WaitReason::Time(until),
        ("stop_list", None) => WaitReason::StopList,
        ("off_stop_list", None) => WaitReason::OffStopList,
        ("revoked", None) => WaitReason::Revoked,
        _ => return Err(unreadable("reason to wait")),
    })
}

/// One by one, for a list on a screen has a handful.
pub(super) async fn load_all(
    conn: &mut SqliteConnection,
    numbers: &[i64],
) -> Result<Vec<Invitation>, StoreError> {
    let mut invitations = Vec::with_capacity(numbers.len());
    for &number in numbers {
        invitations.extend(readable(number, load(conn, number).await)?);
    }
    Ok(invitations)
}

async fn attempts(
    conn: &mut SqliteConnection,
    number: i64,
    limit: usize,
) -> Result<Vec<Attempt>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sqlx::query_as!(
        AttemptRow,
        r#"SELECT n, started_at, ended_at, outcome, wait, http_status AS "http_status: u16",
                  reference, request_id, message
           FROM attempts WHERE invitation = ? ORDER BY n DESC LIMIT ?"#,
        number,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(attempt)
    .collect()
}

fn attempt(row: AttemptRow) -> Result<Attempt, StoreError> {
    let wait = row.wait.as_deref().map(|slug| Wait::from_slug(slug).ok_or(unreadable("wait")));
    let outcome = match (row.outcome.as_deref(), wait.transpose()?) {
        (None, None) => None,
        (Some("accepted"), None) => Some(AttemptOutcome::Accepted),
        (Some("rejected"), None) => Some(AttemptOutcome::Rejected),
        (Some("unknown"), None) => Some(AttemptOutcome::Unknown),
        (Some("not_accepted"), Some(wait)) => Some(AttemptOutcome::NotAccepted(wait)),
        _ => return Err(unreadable("outcome")),
    };
    Ok(Attempt {
        n: row.n,
        started_at: time(row.started_at)?,
        ended_at: row.ended_at.map(time).transpose()?,
        outcome,
        http_status: row.http_status,
        reference: row.reference,
        request_id: row.request_id,
        message: row.message,
    })
}

fn invitation(row: Row) -> Result<Invitation, StoreError> {
    let last: Option<AttemptRow> = row
        .last
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|_| unreadable("attempt"))?;
    let recipient =
        recipient(&row.provider, row.email, row.inn, row.kpp, row.name, row.office.as_deref())?;
    let state = state(&row.state, row.refusal.as_deref())?;
    let changed_by = row.changed_by.map(|id| person(id, row.changer_name)).transpose()?;
    Ok(Invitation {
        number: InvitationNo(row.number),
        author: person(row.author, row.author_name)?,
        recipient,
        guid: Uuid::parse_str(&row.guid).map_err(|_| unreadable("GUID"))?,
        state,
        version: row.version,
        created_at: time(row.created_at)?,
        changed_at: time(row.changed_at)?,
        changed_by,
        waits: row.waits.as_deref().map(waits).transpose()?,
        from_untrusted_database: row.restored,
        stopped: row.stopped,
        maybe_sent_before: row.doubtful,
        last: last.map(attempt).transpose()?,
    })
}

fn recipient(
    slug: &str,
    email: Option<String>,
    inn: Option<String>,
    kpp: Option<String>,
    name: Option<String>,
    office: Option<&str>,
) -> Result<Recipient, StoreError> {
    let email = email.and_then(|email| Email::parse(&email).ok()).ok_or(unreadable("e-mail"))?;
    if provider(slug)? == Provider::Invoicebox {
        return Ok(Recipient::Invoicebox { email });
    }
    let inn = inn.and_then(|inn| Inn::parse(&inn).ok()).ok_or(unreadable("ИНН"))?;
    let kpp = kpp.map(|kpp| Kpp::parse(&kpp)).transpose().map_err(|_| unreadable("КПП"))?;
    let name = name.and_then(|name| CompanyName::parse(&name).ok()).ok_or(unreadable("name"))?;
    let office =
        office.map(OfficeCode::parse).transpose().map_err(|_| unreadable("office code"))?;
    Ok(Recipient::Sbis(Company { inn, kpp, name, email, office }))
}
