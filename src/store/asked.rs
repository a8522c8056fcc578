//! Requests, read: what waits for whose answer, and what was granted.

use jiff::{SignedDuration, Timestamp};

use super::codes::{person, request_kind, request_kind_slug, request_state, time};
use super::{Reader, StoreError};
use crate::domain::{
    ACCESS_REQUESTS_MAX, EXPIRES_AFTER, GRANT_LASTS, MayAsk, PersonId, REFUSED_FOR, REMIND_AFTER,
    Recipient, Request, RequestKind,
};

struct Row {
    id: i64,
    kind: String,
    asker: i64,
    name: Option<String>,
    username: Option<String>,
    subject: Option<String>,
    stop: Option<i64>,
    at: i64,
    state: String,
    extra: Option<u32>,
    decided_by: Option<i64>,
    decider: Option<String>,
    decided_at: Option<i64>,
}

impl TryFrom<Row> for Request {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            kind: request_kind(&row.kind)?,
            asker: person(row.asker, row.name)?,
            username: row.username,
            subject: row.subject,
            stop: row.stop,
            at: time(row.at)?,
            state: request_state(&row.state)?,
            extra: row.extra,
            decided_by: row.decided_by.map(|id| person(id, row.decider)).transpose()?,
            decided_at: row.decided_at.map(time).transpose()?,
        })
    }
}

pub(super) fn before(now: Timestamp, age: SignedDuration) -> i64 {
    now.checked_sub(age).unwrap_or(Timestamp::MIN).as_millisecond()
}

impl Reader {
    pub async fn request(&mut self, id: i64) -> Result<Option<Request>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT r.id, r.kind, r.asker, coalesce(a.name, r.name) AS name, r.username, r.subject,
                      r.stop, r.at, r.state, r.extra AS "extra: u32", r.decided_by,
                      d.name AS decider, r.decided_at
               FROM requests r LEFT JOIN people a ON a.id = r.asker
               LEFT JOIN people d ON d.id = r.decided_by WHERE r.id = ?"#,
            id,
        );
        row.fetch_optional(self.conn().await?).await?.map(Request::try_from).transpose()
    }

    /// The open ones and those of who was shut out, oldest first.
    pub async fn requests(&mut self, most: u32) -> Result<Vec<Request>, StoreError> {
        let ids = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM requests WHERE state IN ('open', 'blocked')
               ORDER BY id LIMIT ?"#,
            most,
        );
        let ids = ids.fetch_all(self.conn().await?).await?;
        let mut requests = Vec::new();
        for id in ids {
            requests.extend(self.request(id).await?);
        }
        Ok(requests)
    }

    pub async fn may_ask_for_access(
        &mut self,
        asker: PersonId,
        now: Timestamp,
    ) -> Result<MayAsk, StoreError> {
        let (asker, refused) = (asker.get(), before(now, REFUSED_FOR));
        let row = sqlx::query!(
            r#"SELECT EXISTS (SELECT 1 FROM requests WHERE asker = ?1 AND kind = 'access'
                              AND state = 'open') AS "open!: bool",
                      EXISTS (SELECT 1 FROM requests WHERE asker = ?1 AND kind = 'access'
                              AND state = 'blocked') AS "blocked!: bool",
                      (SELECT max(decided_at) FROM requests WHERE asker = ?1 AND kind = 'access'
                       AND state = 'refused' AND decided_at > ?2) AS "refused: i64",
                      (SELECT count(*) FROM requests WHERE state = 'open' AND kind = 'access')
                          AS "all!: u32""#,
            asker,
            refused,
        );
        let row = row.fetch_one(self.conn().await?).await?;
        Ok(match row.refused.map(time).transpose()? {
            _ if row.blocked => MayAsk::Blocked,
            _ if row.open => MayAsk::Waits,
            Some(at) => MayAsk::Later(at.checked_add(REFUSED_FOR).unwrap_or(at)),
            None if row.all >= ACCESS_REQUESTS_MAX => MayAsk::TooMany,
            None => MayAsk::Yes,
        })
    }

    pub async fn has_asked(
        &mut self,
        asker: PersonId,
        kind: RequestKind,
    ) -> Result<bool, StoreError> {
        let (asker, kind) = (asker.get(), request_kind_slug(kind));
        let open = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM requests WHERE asker = ? AND kind = ?
                              AND state = 'open') AS "open!: bool""#,
            asker,
            kind,
        );
        Ok(open.fetch_one(self.conn().await?).await?)
    }

    /// Whether somebody allowed this person one letter more to this recipient.
    pub async fn is_granted(
        &mut self,
        asker: PersonId,
        to: &Recipient,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (asker, since) = (asker.get(), before(now, GRANT_LASTS));
        let (provider, key) = (to.provider().slug(), to.key());
        let granted = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM requests WHERE asker = ? AND kind = 'repeat'
                              AND state = 'granted' AND used_at IS NULL AND decided_at > ?
                              AND provider = ? AND recipient_key = ?) AS "granted!: bool""#,
            asker,
            since,
            provider,
            key,
        );
        Ok(granted.fetch_one(self.conn().await?).await?)
    }

    /// When somebody was granted how many letters more, since then.
    pub(super) async fn grants(
        &mut self,
        asker: PersonId,
        since: i64,
    ) -> Result<Vec<(i64, u32)>, StoreError> {
        let asker = asker.get();
        let grants = sqlx::query!(
            r#"SELECT decided_at AS "at!", extra AS "extra!: u32" FROM requests
               WHERE asker = ? AND kind = 'limit' AND state = 'granted' AND decided_at >= ?"#,
            asker,
            since,
        );
        let grants = grants.fetch_all(self.conn().await?).await?;
        Ok(grants.into_iter().map(|grant| (grant.at, grant.extra)).collect())
    }

    /// Nobody decided them for a day, and nobody was reminded.
    pub async fn requests_to_remind(&mut self, now: Timestamp) -> Result<Vec<Request>, StoreError> {
        let since = before(now, REMIND_AFTER);
        let ids = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM requests
               WHERE state = 'open' AND at <= ? AND reminded_at IS NULL ORDER BY at"#,
            since,
        );
        let ids = ids.fetch_all(self.conn().await?).await?;
        self.requests_of(ids).await
    }

    pub async fn requests_to_expire(&mut self, now: Timestamp) -> Result<Vec<Request>, StoreError> {
        let since = before(now, EXPIRES_AFTER);
        let ids = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM requests WHERE state = 'open' AND at <= ? ORDER BY at"#,
            since,
        );
        let ids = ids.fetch_all(self.conn().await?).await?;
        self.requests_of(ids).await
    }

    async fn requests_of(&mut self, ids: Vec<i64>) -> Result<Vec<Request>, StoreError> {
        let mut requests = Vec::new();
        for id in ids {
            requests.extend(self.request(id).await?);
        }
        Ok(requests)
    }
}
