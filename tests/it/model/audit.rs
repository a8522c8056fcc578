//! The rows of a database, judged: as the model would write them, and by the promises alone.

use invite_bot::domain::InvitationNo;
use sqlx::query_scalar;
use sqlx::sqlite::SqliteConnection;

use super::ledger::PEOPLE;
use super::world::{Access, Draft, Fate, Line, Outcome, Seen, State, World};

/// Everything that the model knows of the rows, one line each. Times are given as `?1`.
const ROWS: &str = "
    SELECT 'invitation ' || number || ': ' || CASE
               WHEN refusal = 'other' THEN 'refused other'
               WHEN refusal IS NOT NULL THEN 'refused'
               ELSE state END
           || ', version ' || version || iif(notified_version = version, ', told', '')
           || coalesce(', consents ' || (SELECT nullif(count(*), 0) FROM consents
                                         WHERE invitation = number), '')
    FROM invitations
    UNION ALL
    SELECT 'attempt ' || invitation || '/' || n || ': ' || coalesce(outcome, 'open')
           || iif(consent IS NULL, '', ', by consent')
    FROM attempts
    UNION ALL SELECT 'draft of ' || person || ' at ' || revision FROM drafts
    UNION ALL SELECT 'paused' FROM holds WHERE kind = 'bad_credentials' AND ended_at IS NULL
    UNION ALL
    SELECT CASE WHEN probe IS NOT NULL THEN 'probed by ' || probe
                WHEN until > ?1 THEN 'stopped' ELSE 'due' END
    FROM holds WHERE kind = 'provider_down' AND ended_at IS NULL
    UNION ALL SELECT 'without access: ' || id FROM people WHERE role IS NULL
    ORDER BY 1";

/// The rows as they are.
pub async fn rows(conn: &mut SqliteConnection, now: jiff::Timestamp) -> Vec<String> {
    query_scalar(ROWS).bind(now.as_millisecond()).fetch_all(conn).await.unwrap()
}

/// A row without how often its invitation changed.
pub fn without_seq(row: String) -> String {
    match row.split_once(", version ") {
        Some((before, rest)) => {
            format!("{before}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => row,
    }
}

/// The rows as the model has them. How often each invitation changed is counted outside of it,
/// where it is.
pub fn expected(
    world: &World,
    numbers: [Option<InvitationNo>; 2],
    seqs: Option<[i64; 2]>,
) -> Vec<String> {
    let mut rows = Vec::new();
    for (what, (it, number)) in world.invitations.iter().zip(numbers).enumerate() {
        let Some(number) = number else { continue };
        let version = seqs.map_or(String::new(), |seqs| format!(", version {}", seqs[what]));
        let told = if it.seen == Seen::Noted { ", told" } else { "" };
        let consents = match it.consents {
            0 => String::new(),
            consents => format!(", consents {consents}"),
        };
        rows.push(format!("invitation {number}: {}{version}{told}{consents}", name(it.state)));
        for (n, attempt) in (1..).zip(it.attempts()) {
            let consent = if attempt.consent.is_some() { ", by consent" } else { "" };
            rows.push(format!("attempt {number}/{n}: {}{consent}", end(attempt.outcome)));
        }
    }
    for (draft, person) in world.drafts.iter().zip(PEOPLE) {
        if let Draft::At(revision) = draft {
            rows.push(format!("draft of {person} at {revision}"));
        }
    }
    rows.extend(world.paused.then(|| "paused".to_owned()));
    rows.extend(match world.line {
        Line::Runs => None,
        Line::Stopped => Some("stopped".to_owned()),
        Line::Due => Some("due".to_owned()),
        Line::Probed(what) => numbers[what].map(|number| format!("probed by {number}")),
    });
    if world.access == Access::Revoked {
        rows.push(format!("without access: {}", PEOPLE[0]));
    }
    rows.sort();
    rows
}

fn name(state: State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::Queued => "queued",
        State::Held => "held",
        State::Sending => "sending",
        State::Accepted => "accepted",
        State::Refused => "refused",
        State::RefusedOther => "refused other",
        State::NotSent => "not_sent",
        State::Unknown => "unknown",
        State::ConfirmedSent => "confirmed_sent",
        State::ConfirmedNotSent => "confirmed_not_sent",
        State::Cancelled => "cancelled",
    }
}

fn end(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "open",
        Outcome::Accepted => "accepted",
        Outcome::Rejected => "rejected",
        Outcome::NotAccepted => "not_accepted",
        Outcome::Unknown => "unknown",
    }
}

/// The promises, as questions to the rows that nobody should have an answer to. The letters that
/// really went out stand in `?1`, as `[[invitation, attempt], …]`.
const PROMISES: &str = "
    WITH letters AS (
        SELECT value ->> 0 AS invitation, value ->> 1 AS n FROM json_each(?1)),
    changes AS (
        SELECT invitation, before, after,
               lag(after) OVER (PARTITION BY invitation ORDER BY id) AS from_there,
               row_number() OVER (PARTITION BY invitation ORDER BY id) AS version,
               row_number() OVER (PARTITION BY invitation ORDER BY id DESC) AS back
        FROM journal WHERE action = 'state'),
    calls AS (
        SELECT invitation, version, row_number() OVER (PARTITION BY invitation ORDER BY version) AS n
        FROM changes WHERE after = 'sending')
    SELECT 'I1: attempts are not numbered from 1: ' || invitation
    FROM attempts GROUP BY invitation HAVING max(n) <> count(*)
    UNION ALL
    SELECT 'I2: nobody asked for ' || later.invitation || '/' || later.n
    FROM attempts later JOIN attempts earlier
        ON earlier.invitation = later.invitation AND earlier.n < later.n
    WHERE (earlier.outcome IS NULL OR earlier.outcome IN ('unknown', 'accepted'))
      AND NOT EXISTS (SELECT 1 FROM attempts asked JOIN consents c ON c.id = asked.consent
                      WHERE asked.invitation = later.invitation
                        AND asked.n > earlier.n AND asked.n <= later.n
                        -- Given after the earlier one had begun.
                        AND c.version > (SELECT version FROM calls
                                     WHERE calls.invitation = earlier.invitation
                                       AND calls.n = earlier.n))
    UNION ALL
    SELECT 'I3: nobody said that it was accepted: ' || number FROM invitations
    WHERE state = 'accepted' AND 'accepted' IS NOT (
        SELECT outcome FROM attempts WHERE invitation = number ORDER BY n DESC LIMIT 1)
    UNION ALL
    SELECT 'I4: a letter went out, and the attempt is ' || coalesce(a.outcome, 'not there')
    FROM letters l LEFT JOIN attempts a ON a.invitation = l.invitation AND a.n = l.n
    WHERE a.n IS NULL OR a.outcome IN ('rejected', 'not_accepted')
    UNION ALL
    SELECT 'I3: accepted without a letter: ' || a.invitation || '/' || a.n
    FROM attempts a LEFT JOIN letters l ON a.invitation = l.invitation AND a.n = l.n
    WHERE a.outcome = 'accepted' AND l.n IS NULL
    UNION ALL
    SELECT 'I4: not where its last attempt left it: ' || number || ' ' || state FROM invitations
    WHERE CASE state
              WHEN 'sending' THEN 'open'
              WHEN 'rejected' THEN 'rejected'
              WHEN 'not_sent' THEN 'not_accepted'
          END <> (SELECT coalesce(outcome, 'open') FROM attempts
                  WHERE invitation = number ORDER BY n DESC LIMIT 1)
    UNION ALL
    SELECT 'I4: in doubt, and does not say so: ' || i.number || ' ' || i.state FROM invitations i
    WHERE i.state IN ('not_sent', 'cancelled') AND EXISTS (
        SELECT 1 FROM attempts a WHERE a.invitation = i.number AND a.outcome = 'unknown'
          -- Nobody has said after it that no letter came.
          AND NOT EXISTS (
              SELECT 1 FROM changes missing
              WHERE missing.invitation = i.number AND missing.after = 'confirmed_not_sent'
                AND missing.version > (SELECT version FROM calls
                                   WHERE calls.invitation = i.number AND calls.n = a.n)))
    UNION ALL
    SELECT 'I5: told what is not yet: ' || number FROM invitations WHERE notified_version > version
    UNION ALL
    SELECT 'I7: in flight twice: ' || recipient_key FROM invitations
    WHERE state IN ('queued', 'held', 'sending', 'unknown')
    GROUP BY provider, recipient_key, override_no HAVING count(*) > 1
    UNION ALL
    SELECT 'I9: a change without its row: ' || number FROM invitations
    WHERE version <> (SELECT count(*) FROM changes WHERE invitation = number)
    UNION ALL
    SELECT 'I9: the journal is torn: ' || invitation || ' at ' || version FROM changes
    WHERE before IS NOT from_there
    UNION ALL
    SELECT 'I9: the journal ends elsewhere: ' || invitation
    FROM changes JOIN invitations ON number = invitation
    WHERE back = 1 AND after <> state || coalesce(':' || refusal, '')";

/// The promises that the rows break; `sending` may be nothing, right after a start.
pub async fn broken(
    conn: &mut SqliteConnection,
    world: &World,
    numbers: [Option<InvitationNo>; 2],
) -> Vec<String> {
    let mut letters = Vec::new();
    for (it, number) in world.invitations.iter().zip(numbers) {
        let Some(number) = number else { continue };
        let taken = (1..).zip(it.attempts()).filter(|(_, one)| one.fate == Fate::Taken);
        letters.extend(taken.map(|(n, _)| format!("[{number},{n}]")));
    }
    let letters = format!("[{}]", letters.join(","));
    query_scalar(PROMISES).bind(letters).fetch_all(conn).await.unwrap()
}
