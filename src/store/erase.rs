//! Takes a client's data out of every table in one transaction. What happened and when stays; so
//! does what keeps the client from being written to.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::journal::{Action, Entry};
use super::{StoreError, Tx};
use crate::domain::{Email, Inn, InvitationNo, PersonId, Recipient};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub email: Option<Email>,
    /// An organisation, whatever its КПП.
    pub inn: Option<Inn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erased {
    Done(Erasure),
    /// Nothing changed: these are not settled.
    Unsettled(Vec<InvitationNo>),
    /// Nothing changed: an update or a message that waits names the client; later it does not.
    Awaited,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    pub rows: Vec<(&'static str, u64)>,
    /// Entries of the stop-list that stand: without them the client would be written to again.
    pub kept: Vec<i64>,
    /// They share an address or an ИНН with an erased one, and may be of another client.
    pub related: Vec<InvitationNo>,
}

impl From<&Recipient> for Client {
    fn from(recipient: &Recipient) -> Self {
        Self { email: Some(recipient.email().clone()), inn: recipient.inn().cloned() }
    }
}

#[derive(Debug, Default)]
struct Known {
    numbers: Vec<i64>,
    unsettled: Vec<InvitationNo>,
    /// The keys of addresses and of recipients, and ИНН.
    keys: Vec<String>,
    inns: Vec<String>,
    /// Folded: these keys, names, addresses in every form.
    words: Vec<String>,
}

impl Known {
    fn add(&mut self, word: &str) {
        let word = folded(word);
        if !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    fn add_email(&mut self, email: &Email) {
        for form in [Some(email.as_str().to_owned()), Some(email.key()), email.other_form()] {
            form.iter().for_each(|form| self.add(form));
        }
        self.keys.push(email.key());
    }

    fn add_inn(&mut self, inn: &str) {
        self.add(inn);
        self.inns.push(inn.to_owned());
    }

    /// A word does not count within a longer one.
    fn are_in(&self, text: &str) -> bool {
        let text = folded(text);
        let is_apart = |part: Option<char>| part.is_none_or(|c| !c.is_alphanumeric());
        self.words.iter().any(|word| {
            text.match_indices(word.as_str()).any(|(at, _)| {
                let (before, rest) = text.split_at(at);
                is_apart(before.chars().next_back())
                    && is_apart(rest.chars().nth(word.chars().count()))
            })
        })
    }

    /// JSON may write a string in several ways, and these hold HTML.
    fn are_in_json(&self, text: &str) -> bool {
        match serde_json::from_str(text) {
            Ok(json) => self.are_in_value(&json),
            Err(_) => self.are_in(text),
        }
    }

    fn are_in_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.are_in(text) || self.are_in(&plain(text)),
            Value::Array(values) => values.iter().any(|value| self.are_in_value(value)),
            Value::Object(values) => values.values().any(|value| self.are_in_value(value)),
            Value::Number(_) | Value::Null | Value::Bool(_) => false,
        }
    }
}

/// In lower case, with quotes of one kind and single spaces.
fn folded(text: &str) -> String {
    let quotes = ['«', '»', '“', '”', '„', '\''];
    let text = text.to_lowercase().replace(quotes, "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(html: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    signs.iter().fold(html.to_owned(), |text, (written, sign)| text.replace(written, sign))
}

impl Tx {
    pub(super) async fn erase(
        &mut self,
        client: &Client,
        by: Option<PersonId>,
        now: Timestamp,
    ) -> Result<Erased, StoreError> {
        let known = self.known_of(client).await?;
        if !known.unsettled.is_empty() {
            return Ok(Erased::Unsettled(known.unsettled));
        }
        if self.is_awaited(&known).await? {
            return Ok(Erased::Awaited);
        }
        let at = now.as_millisecond();
        self.names_are_erased_at_once().await?;
        let (stops, kept) = self.erase_stops(&known, at).await?;
        let rows = [
            ("invitations", self.erase_invitations(&known, at).await?),
            ("attempts", self.erase_attempts(&known, at).await?),
            ("exceptions", self.erase_exceptions(&known, at).await?),
            ("requests", self.erase_requests(&known).await?),
            ("drafts", self.erase_drafts(&known).await?),
            ("inbox", self.erase_updates(&known, at).await?),
            ("directory", self.erase_answers(&known).await?),
            ("holds", self.erase_holds(&known).await?),
            ("stoplist", stops),
        ];
        let rows: Vec<_> = rows.into_iter().filter(|(_, count)| *count > 0).collect();
        if !rows.is_empty() {
            let count = known.numbers.len().to_string();
            let entry =
                Entry { actor: by, action: Action::Erase, before: None, after: Some(&count) };
            self.journal(entry, now).await?;
        }
        let related = self.related_to(&known).await?;
        Ok(Erased::Done(Erasure { rows, kept, related }))
    }
}

impl Tx {
    async fn known_of(&mut self, client: &Client) -> Result<Known, StoreError> {
        let mut known = Known::default();
        client.email.iter().for_each(|email| known.add_email(email));
        client.inn.iter().for_each(|inn| known.add_inn(inn.as_str()));
        let key = client.email.as_ref().map(Email::key);
        let inn = client.inn.as_ref().map(Inn::as_str);
        let rows = sqlx::query!(
            r#"SELECT number AS "number!", email, inn, name, recipient_key,
                   state IN ('queued', 'held', 'sending', 'unknown') AS "in_flight!: bool"
               FROM invitations
               WHERE number IN (SELECT number FROM invitations WHERE email_key = ?1
                                UNION SELECT number FROM invitations WHERE inn = ?2)
               ORDER BY number"#,
            key,
            inn,
        )
        .fetch_all(self.conn().await?)
        .await?;
        for row in rows {
            known.numbers.push(row.number);
            known.unsettled.extend(row.in_flight.then_some(InvitationNo(row.number)));
            match row.email.as_deref().map(Email::parse) {
                Some(Ok(email)) => known.add_email(&email),
                // What cannot be read as an address is erased as the text that it is.
                _ => row.email.iter().for_each(|email| known.add(email)),
            }
            row.inn.iter().for_each(|inn| known.add_inn(inn));
            row.name.iter().for_each(|name| known.add(name));
            known.keys.extend(row.recipient_key);
        }
        Ok(known)
    }

    async fn is_awaited(&mut self, known: &Known) -> Result<bool, StoreError> {
        let updates = sqlx::query_scalar!(
            r#"SELECT raw AS "raw!" FROM inbox WHERE done_at IS NULL AND parked_at IS NULL"#
        );
        let updates = updates.fetch_all(self.conn().await?).await?;
        let messages =
            sqlx::query_scalar!("SELECT body FROM outbox").fetch_all(self.conn().await?).await?;
        Ok(updates.iter().chain(&messages).any(|text| known.are_in_json(text)))
    }

    async fn erase_invitations(&mut self, known: &Known, at: i64) -> Result<u64, StoreError> {
        let numbers = json!(known.numbers).to_string();
        let erased = sqlx::query!(
            "UPDATE invitations SET email = NULL, email_key = NULL, inn = NULL, kpp = NULL,
                 name = NULL, recipient_key = NULL, body = NULL, erased_at = ?, notified_version = version
             WHERE number IN (SELECT value FROM json_each(?))",
            at,
            numbers,
        );
        Ok(erased.execute(self.conn().await?).await?.rows_affected())
    }

    async fn erase_attempts(&mut self, known: &Known, at: i64) -> Result<u64, StoreError> {
        let numbers = json!(known.numbers).to_string();
        let erased = sqlx::query!(
            "UPDATE attempts SET request_sha256 = NULL, message = NULL, erased_at = ?
             WHERE invitation IN (SELECT value FROM json_each(?))",
            at,
            numbers,
        );
        Ok(erased.execute(self.conn().await?).await?.rows_affected())
    }

    async fn erase_exceptions(&mut self, known: &Known, at: i64) -> Result<u64, StoreError> {
        let keys = json!(known.keys).to_string();
        let erased = sqlx::query!(
            "UPDATE exceptions SET recipient_key = NULL, erased_at = ?
             WHERE recipient_key IN (SELECT value FROM json_each(?))",
            at,
            keys,
        );
        Ok(erased.execute(self.conn().await?).await?.rows_affected())
    }

    /// Only those that wait, or whose letter was granted, name a client.
    async fn erase_requests(&mut self, known: &Known) -> Result<u64, StoreError> {
        let requests = sqlx::query!(
            "SELECT id, subject, recipient_key FROM requests
             WHERE subject IS NOT NULL OR recipient_key IS NOT NULL"
        );
        let requests = requests.fetch_all(self.conn().await?).await?;
        let named = requests.iter().filter(|request| {
            request.subject.as_ref().is_some_and(|subject| known.are_in(subject))
                || request.recipient_key.as_ref().is_some_and(|key| known.keys.contains(key))
        });
        let ids = json!(named.map(|request| request.id).collect::<Vec<_>>()).to_string();
        let erased = sqlx::query!(
            "UPDATE requests SET subject = NULL, recipient_key = NULL
             WHERE id IN (SELECT value FROM json_each(?))",
            ids,
        );
        Ok(erased.execute(self.conn().await?).await?.rows_affected())
    }

    async fn erase_drafts(&mut self, known: &Known) -> Result<u64, StoreError> {
        let drafts =
            sqlx::query!("SELECT id, body FROM drafts").fetch_all(self.conn().await?).await?;
        let named = drafts.iter().filter(|draft| known.are_in_json(&draft.body));
        let ids = json!(named.map(|draft| draft.id).collect::<Vec<_>>()).to_string();
        let gone =
            sqlx::query!("DELETE FROM drafts WHERE id IN (SELECT value FROM json_each(?))", ids,);
        Ok(gone.execute(self.conn().await?).await?.rows_affected())
    }

    /// Only updates that were given up keep what people wrote.
    async fn erase_updates(&mut self, known: &Known, at: i64) -> Result<u64, StoreError> {
        let parked = sqlx::query!(
            r#"SELECT update_id, raw AS "raw!" FROM inbox
               WHERE parked_at IS NOT NULL AND raw IS NOT NULL"#
        );
        let parked = parked.fetch_all(self.conn().await?).await?;
        let named = parked.iter().filter(|update| known.are_in_json(&update.raw));
        let ids = json!(named.map(|update| update.update_id).collect::<Vec<_>>()).to_string();
        let erased = sqlx::query!(
            "UPDATE inbox SET raw = NULL, erased_at = ?
             WHERE update_id IN (SELECT value FROM json_each(?))",
            at,
            ids,
        );
        Ok(erased.execute(self.conn().await?).await?.rows_affected())
    }

    async fn erase_answers(&mut self, known: &Known) -> Result<u64, StoreError> {
        let inns = json!(known.inns).to_string();
        let gone = sqlx::query!(
            "DELETE FROM directory WHERE inn IN (SELECT value FROM json_each(?))",
            inns,
        );
        Ok(gone.execute(self.conn().await?).await?.rows_affected())
    }

    /// A provider may name the client when it refuses the key.
    async fn erase_holds(&mut self, known: &Known) -> Result<u64, StoreError> {
        let holds = sqlx::query!(
            r#"SELECT id, detail AS "message!" FROM holds
               WHERE kind = 'bad_credentials' AND detail IS NOT NULL"#
        );
        let holds = holds.fetch_all(self.conn().await?).await?;
        let named = holds.iter().filter(|hold| known.are_in(&hold.message));
        let named = json!(named.map(|hold| hold.id).collect::<Vec<_>>()).to_string();
        let erased = sqlx::query!(
            "UPDATE holds SET detail = NULL WHERE id IN (SELECT value FROM json_each(?))",
            named,
        );
        Ok(erased.execute(self.conn().await?).await?.rows_affected())
    }

    /// Entries that stand lose their reason only. Returns how many changed, and which stand.
    async fn erase_stops(&mut self, known: &Known, at: i64) -> Result<(u64, Vec<i64>), StoreError> {
        let entries = sqlx::query!(
            r#"SELECT id AS "id!", value AS "value!", kind = 'domain' AS "is_domain!: bool", reason,
                   removed_at IS NULL AS "stands!: bool"
               FROM stoplist WHERE value IS NOT NULL"#
        );
        let (mut changed, mut whole, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries.fetch_all(self.conn().await?).await? {
            let is_theirs = !entry.is_domain
                && (known.keys.contains(&entry.value) || known.inns.contains(&entry.value));
            let names = entry.reason.as_deref().is_some_and(|reason| known.are_in(reason));
            match (is_theirs, entry.stands) {
                (true, false) => whole.push(entry.id),
                (true, true) => kept.push(entry.id),
                (false, _) => {}
            }
            if names || is_theirs && (!entry.stands || entry.reason.is_some()) {
                changed.push(entry.id);
            }
        }
        let (changed, whole) = (json!(changed).to_string(), json!(whole).to_string());
        let erased = sqlx::query!(
            "UPDATE stoplist SET reason = NULL, erased_at = ?1,
                 value = iif(id IN (SELECT value FROM json_each(?2)), NULL, value)
             WHERE id IN (SELECT value FROM json_each(?3))",
            at,
            whole,
            changed,
        );
        Ok((erased.execute(self.conn().await?).await?.rows_affected(), kept))
    }

    async fn related_to(&mut self, known: &Known) -> Result<Vec<InvitationNo>, StoreError> {
        let (keys, inns) = (json!(known.keys).to_string(), json!(known.inns).to_string());
        let numbers = sqlx::query_scalar!(
            r#"SELECT number AS "number!" FROM invitations
               WHERE email_key IN (SELECT value FROM json_each(?1))
               UNION SELECT number FROM invitations
               WHERE inn IN (SELECT value FROM json_each(?2)) ORDER BY 1"#,
            keys,
            inns,
        );
        let numbers = numbers.fetch_all(self.conn().await?).await?;
        Ok(numbers.into_iter().map(InvitationNo).collect())
    }
}
