//! What there is to be got at: a draft of Анна, and an invitation of hers for every button that a
//! card can have. Written beside the running bot in one transaction, and told already.

use invite_bot::dialogue::session::{Session, Stage};
use invite_bot::domain::{
    Draft, DraftLookup, DraftRevision, Field, Inn, InvitationNo, Lookup, Provider,
};
use invite_bot::screens::press::{CardAct, Press};
use jiff::Timestamp;
use requisites::read;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_scalar, raw_sql};

use crate::support::people::Client;

/// All of it, by name.
#[derive(Clone, Debug)]
pub struct Office {
    /// Of Анна's draft.
    pub revision: DraftRevision,
    /// What stops sending: a refused key of Invoicebox, another program, an old database.
    pub refused: i64,
    pub conflict: i64,
    pub untrusted: i64,
    /// On the stop-list.
    pub stop: i64,
    /// What was asked: by the newcomer, by the colleague, and by somebody who was shut out.
    pub access: i64,
    pub limit: i64,
    pub blocked: i64,
    /// A link that lets people in.
    pub link: i64,
    /// Of the draft that the accepted one was made from.
    pub sent: DraftRevision,
    pub accepted: Card,
    pub rejected: Card,
    pub unknown: Card,
    pub queued: Card,
    pub held: Card,
    /// The addresses, ИНН, names and numbers that nobody else may learn of.
    pub secrets: Vec<String>,
}

/// An invitation of Анна, as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    pub number: InvitationNo,
    pub version: i64,
}

impl Card {
    /// A button of it.
    pub fn to(self, act: CardAct) -> Press {
        Press::Card(self.number, self.version, act)
    }

    /// As it was drawn before its last change.
    pub fn before(self) -> Self {
        Self { version: self.version - 1, ..self }
    }
}

impl Office {
    /// One that there is not, to look at its buttons.
    pub fn nowhere() -> Self {
        let card = Card { number: InvitationNo(1), version: 1 };
        Self {
            revision: DraftRevision { draft: 1, revision: 1 },
            refused: 1,
            conflict: 1,
            untrusted: 1,
            stop: 1,
            access: 1,
            limit: 2,
            blocked: 3,
            link: 1,
            sent: DraftRevision { draft: 1, revision: 1 },
            accepted: card,
            rejected: card,
            unknown: card,
            queued: card,
            held: card,
            secrets: Vec::new(),
        }
    }
}

/// How far Анна is with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// She has none.
    Idle,
    Provider,
    Inn,
    Email,
    /// The address once more, from the summary.
    EmailAgain,
    Office,
    /// The organisation was found.
    Company,
    /// A page of its branches.
    Branches,
    Summary,
    /// A message left two addresses open.
    Choice,
    /// She sent an address and nothing else.
    Offered,
    /// She sent a card of another client.
    Between,
}

impl At {
    fn session(self, email: &str) -> Session {
        Session { draft: self.stage(email), ..Session::default() }
    }

    fn stage(self, email: &str) -> Option<Stage> {
        let filled = |provider| {
            let mut draft = Draft { provider: Some(provider), ..Draft::default() };
            draft.set_from_text(Field::Email, email).unwrap();
            draft
        };
        let asking = |provider, field| Stage::Asking {
            draft: filled(provider),
            field,
            editing: self == Self::EmailAgain,
        };
        let company = |branches| {
            let inn = Inn::parse("1234567894").unwrap();
            let mut draft = filled(Provider::Sbis);
            draft.inn = Some(inn.clone());
            draft.lookup = Some(DraftLookup { inn, result: organisation(), by_hand: false });
            Stage::Organisation { draft, branches, editing: false }
        };
        Some(match self {
            Self::Company => company(None),
            Self::Branches => company(Some(0)),
            Self::Idle => return None,
            Self::Provider => {
                Stage::Asking { draft: Draft::default(), field: Field::Provider, editing: false }
            }
            Self::Inn => asking(Provider::Sbis, Field::Inn),
            Self::Email | Self::EmailAgain => asking(Provider::Invoicebox, Field::Email),
            Self::Office => asking(Provider::Sbis, Field::Office),
            Self::Summary => Stage::Reviewing { draft: filled(Provider::Invoicebox) },
            Self::Choice => {
                let mut draft = filled(Provider::Invoicebox);
                draft.apply_message(&read("a@mail.ru или b@mail.ru"));
                Stage::Asking { draft, field: Field::Email, editing: false }
            }
            Self::Offered => {
                Stage::Offered { draft: Draft { provider: None, ..filled(Provider::Invoicebox) } }
            }
            Self::Between => {
                let (draft, mut pasted) = (filled(Provider::Invoicebox), Draft::default());
                pasted.set_from_text(Field::Inn, "1215107651").unwrap();
                Stage::ChoosingDraft { draft, pasted }
            }
        })
    }
}

/// One that a directory knows, with a branch.
fn organisation() -> Lookup {
    let found = r#"{"found":{"inn":"1234567894","short_name":"ООО Пример","full_name":null,
        "kpp":"770101001","address":null,"status":"active","ended":null,"as_of":null,
        "branches":[{"kpp":"540602001","name":null,"address":null}],"more_branches":false,
        "source":"dadata"}}"#;
    serde_json::from_str(found).unwrap()
}

/// Makes the invitations anew. `n` makes the recipients others than before: one in flight bars a
/// second.
pub async fn furnish(conn: &mut SqliteConnection, anna: i64, n: u32) -> Office {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.unwrap();
    raw_sql(
        "UPDATE holds SET ended_at = 0, ended_by = (SELECT min(id) FROM people)
         WHERE ended_at IS NULL;
         -- What was there before does not go when a provider is resumed.
         UPDATE invitations SET version = version + 1, changed_by = author,
             state = iif(number IN (SELECT invitation FROM unresolved_attempts), 'unknown', 'cancelled')
         WHERE state IN ('queued', 'held');",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    let (mut secrets, mut cards) = (vec![format!("klient{n}@example.com")], Vec::new());
    for (kind, state) in (0..).zip(["accepted", "rejected", "unknown", "queued", "held"]) {
        let client = Client::of_sbis(&format!("klient{n}x{kind}@example.com")).number(5 * n + kind);
        let card = invitation(&mut tx, anna, &client, state).await;
        let number = format!("№{}", card.number);
        secrets.extend([client.email, client.inn, client.name, number]);
        cards.push(card);
    }
    raw_sql("UPDATE invitations SET notified_version = version;").execute(&mut *tx).await.unwrap();
    raw_sql(PAUSED).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let [accepted, rejected, unknown, queued, held] = cards.try_into().unwrap();
    let revision = DraftRevision { draft: 0, revision: 0 };
    let sent = DraftRevision { draft: DRAFTS + accepted.number.0, revision: 3 };
    Office {
        revision,
        sent,
        refused: 0,
        conflict: 0,
        untrusted: 0,
        stop: 0,
        access: 0,
        limit: 0,
        blocked: 0,
        link: 0,
        accepted,
        rejected,
        unknown,
        queued,
        held,
        secrets,
    }
}

/// The drafts that the invitations were made from are numbered from here.
const DRAFTS: i64 = 1_000_000;

/// Another program was noticed long ago, and the database is not trusted, which holds nothing.
const STOPPED: &str = "INSERT INTO holds (kind, since, until, detail, told)
                       VALUES ('polling_conflict', 0, 0, NULL, 1),
                           ('untrusted_database', 0, NULL, 'copied', 1) ON CONFLICT DO NOTHING;";

/// The end of both.
pub const GOING: &str = "UPDATE holds SET ended_at = 0, ended_by = (SELECT min(id) FROM people)
                         WHERE ended_at IS NULL AND provider IS NULL;";

/// What waits for an answer, and somebody who may not ask again.
const ASKED: &str = "UPDATE requests SET state = 'closed', decided_by = NULL, decided_at = 0
                     WHERE state IN ('open', 'blocked');
                     INSERT INTO requests (kind, asker, name, at)
                     SELECT 'access', 5001, 'Новый', unixepoch() * 1000
                     UNION ALL SELECT 'limit', 5002, NULL, unixepoch() * 1000
                     UNION ALL SELECT 'access', 5003, 'Бывший', unixepoch() * 1000;
                     UPDATE requests SET state = 'blocked', decided_by = 1,
                         decided_at = unixepoch() * 1000
                     WHERE asker = 5003 AND state = 'open';";

/// A link of an admin.
const LINKED: &str = "UPDATE links SET ended_at = 0, ended = 'revoked' WHERE ended_at IS NULL;
                      INSERT INTO links (token_hash, begins, role, until, uses, made_at, made_by)
                      VALUES (randomblob(32), 0, 'staff', 9999999999999, 5, 0, 5004);";

/// Both providers, and the admins know.
const PAUSED: &str = "INSERT INTO holds (kind, provider, since, told)
                      VALUES ('bad_credentials', 'invoicebox', 0, 1),
                          ('bad_credentials', 'sbis', 0, 1) ON CONFLICT DO NOTHING;";

/// The open hold of a kind.
async fn hold(conn: &mut SqliteConnection, kind: &str) -> i64 {
    let id = "SELECT id FROM holds
              WHERE kind = ? AND coalesce(provider, 'invoicebox') = 'invoicebox'
                  AND ended_at IS NULL";
    query_scalar(id).bind(kind).fetch_one(conn).await.unwrap()
}

impl Office {
    /// Sets Анна before her draft, and takes back what was done to everything but invitations.
    pub async fn sets(&mut self, conn: &mut SqliteConnection, anna: i64, at: At) {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.unwrap();
        raw_sql(
            "DELETE FROM drafts;
             DELETE FROM follow_ups;
             UPDATE people SET office = '7705', day_limit = NULL, hour_limit = NULL;
             UPDATE stoplist SET removed_at = 0, removed_by = (SELECT min(id) FROM people)
             WHERE removed_at IS NULL;
             INSERT INTO stoplist (kind, value, added_at, added_by)
             SELECT 'domain', 'stopped.example', 0, min(id) FROM people;
             DELETE FROM offices;
             UPDATE people SET role = NULL, revoked_at = 0 WHERE id = 5001;
             INSERT INTO people (id, name, role, changed_at) VALUES (5002, 'Коллега', 'staff', 0)
             ON CONFLICT (id) DO UPDATE SET role = 'staff', revoked_at = NULL, access_until = NULL;
             INSERT INTO offices (person, place, code) VALUES (5002, 0, '0240');",
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        raw_sql(ASKED).execute(&mut *tx).await.unwrap();
        let asked = "SELECT id FROM requests WHERE state IN ('open', 'blocked') ORDER BY id";
        let asked: Vec<i64> = query_scalar(asked).fetch_all(&mut *tx).await.unwrap();
        [self.access, self.limit, self.blocked] = asked.try_into().unwrap();
        raw_sql(LINKED).execute(&mut *tx).await.unwrap();
        let link = query_scalar("SELECT id FROM links WHERE ended_at IS NULL");
        self.link = link.fetch_one(&mut *tx).await.unwrap();
        raw_sql(PAUSED).execute(&mut *tx).await.unwrap();
        raw_sql(STOPPED).execute(&mut *tx).await.unwrap();
        self.refused = hold(&mut tx, "bad_credentials").await;
        self.conflict = hold(&mut tx, "polling_conflict").await;
        self.untrusted = hold(&mut tx, "untrusted_database").await;
        let stop = query_scalar("SELECT id FROM stoplist WHERE removed_at IS NULL");
        self.stop = stop.fetch_one(&mut *tx).await.unwrap();
        let insert = "INSERT INTO drafts (person, revision, version, body, updated_at)
                      VALUES (?, 3, ?, ?, ?)";
        let draft = query(insert)
            .bind(anna)
            .bind(Session::VERSION)
            .bind(serde_json::to_string(&at.session(&self.secrets[0])).unwrap())
            .bind(Timestamp::now().as_millisecond())
            .execute(&mut *tx)
            .await
            .unwrap();
        self.revision = DraftRevision { draft: draft.last_insert_rowid(), revision: 3 };
        if at == At::Idle {
            query("DELETE FROM drafts").execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// An invitation, and the steps that brought it where it stands.
async fn invitation(
    conn: &mut SqliteConnection,
    author: i64,
    client: &Client,
    state: &str,
) -> Card {
    let insert =
        "INSERT INTO invitations (provider, author, idempotency_key, email, email_key, inn, kpp,
                      name, recipient_key, guid, not_before, created_at, changed_at, changed_by)
                  VALUES ('sbis', ?1, ?2, ?3, ?3, ?4, ?5, ?6, ?4 || '/' || ?5, ?7, 0, ?8, ?8, ?1)";
    let now = Timestamp::now().as_millisecond();
    let last = "SELECT coalesce(max(number), 0) FROM invitations";
    let last: i64 = query_scalar(last).fetch_one(&mut *conn).await.unwrap();
    let made = query(insert)
        .bind(author)
        .bind(format!("draft:{}", DRAFTS + last + 1))
        .bind(&client.email)
        .bind(&client.inn)
        .bind(&client.kpp)
        .bind(&client.name)
        .bind(uuid::Uuid::new_v4().to_string())
        .bind(now)
        .execute(&mut *conn)
        .await
        .unwrap();
    let number = made.last_insert_rowid();
    let steps = match state {
        "queued" => Vec::new(),
        // As after its author lost the access and got it back.
        "held" => vec!["UPDATE invitations SET state = 'held', version = 2".to_owned()],
        ended => {
            let refusal = if ended == "rejected" { "'data'" } else { "NULL" };
            vec![
                "INSERT INTO attempts (invitation, n, request_sha256, started_at)
                 SELECT number, 1, zeroblob(32), created_at FROM invitations"
                    .to_owned(),
                "UPDATE invitations SET state = 'sending', version = 2, body = x'00', changed_by = NULL"
                    .to_owned(),
                format!("UPDATE attempts SET outcome = '{ended}', ended_at = started_at"),
                format!("UPDATE invitations SET state = '{ended}', refusal = {refusal}, version = 3"),
            ]
        }
    };
    for step in &steps {
        let of_it = if step.contains("UPDATE attempts") { "invitation" } else { "number" };
        let step = sqlx::AssertSqlSafe(format!("{step} WHERE {of_it} = {number}"));
        query(step).execute(&mut *conn).await.unwrap();
    }
    let version = match state {
        "queued" => 1,
        "held" => 2,
        _ => 3,
    };
    Card { number: InvitationNo(number), version }
}
