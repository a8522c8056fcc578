//! `/status`: the pages of the log, newest first.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::codes::unreadable;
use super::invitations::load_all;
use super::{Reader, StoreError};
use crate::domain::{Inn, Invitation, NotSettled, PersonId, ResultWord};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// `None`: everybody's.
    pub author: Option<PersonId>,
    pub filter: Filter,
    /// Made then or later.
    pub since: Option<Timestamp>,
    /// Counted from 1.
    pub page: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    All,
    ResultWord(ResultWord),
    SameEmail(String),
    SameInn(Inn),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub items: Vec<Invitation>,
    /// The page asked for or the last, counted from 1.
    pub page: u32,
    /// At least 1 and at most [`Page::MOST`].
    pub pages: u32,
    /// The rest is found by filters.
    pub capped: bool,
}

impl Page {
    /// Invitations a page.
    pub const SIZE: u32 = 5;
    /// Counting all of a long log would take longer than reading it.
    pub const MOST: u32 = 100;
}

impl Reader {
    /// `author`: `None` is everybody.
    pub async fn not_settled(
        &mut self,
        author: Option<PersonId>,
    ) -> Result<NotSettled, StoreError> {
        let author = author.map(PersonId::get);
        let conn = self.conn().await?;
        let counted = match author {
            Some(author) => {
                sqlx::query_as!(
                    NotSettled,
                    r#"SELECT (SELECT count(*) FROM (SELECT 1 FROM invitations
                               WHERE author = ?1 AND bucket = 'waiting' LIMIT 1000)) AS "waiting!: i64",
                              (SELECT count(*) FROM (SELECT 1 FROM invitations
                               WHERE author = ?1 AND bucket = 'unknown' LIMIT 1000)) AS "unknown!: i64""#,
                    author,
                )
                .fetch_one(conn)
                .await
            }
            None => {
                sqlx::query_as!(
                    NotSettled,
                    r#"SELECT (SELECT count(*) FROM (SELECT 1 FROM invitations
                               WHERE bucket = 'waiting' LIMIT 1000)) AS "waiting!: i64",
                              (SELECT count(*) FROM (SELECT 1 FROM invitations
                               WHERE bucket = 'unknown' LIMIT 1000)) AS "unknown!: i64""#,
                )
                .fetch_one(conn)
                .await
            }
        };
        Ok(counted?)
    }

    /// How many there are of each word, as far as [`NotSettled::MOST`].
    pub async fn counts(
        &mut self,
        author: Option<PersonId>,
        since: Option<Timestamp>,
    ) -> Result<Vec<(ResultWord, i64)>, StoreError> {
        let conn = self.conn().await?;
        let (first, most) = (first_since(conn, since).await?, NotSettled::MOST);
        let words = ResultWord::ALL.map(ResultWord::slug);
        let words = serde_json::to_string(&words).map_err(|_| unreadable("list of words"))?;
        let counted: Vec<i64> = match author.map(PersonId::get) {
            Some(author) => {
                sqlx::query_scalar!(
                    r#"SELECT (SELECT count(*) FROM (
                                   SELECT 1 FROM invitations
                                   WHERE author = ?1 AND bucket = word.value AND number >= ?2
                                     AND erased_at IS NULL LIMIT ?3)) AS "count!: i64"
                       FROM json_each(?4) word ORDER BY word.key"#,
                    author,
                    first,
                    most,
                    words,
                )
                .fetch_all(conn)
                .await?
            }
            None => {
                sqlx::query_scalar!(
                    r#"SELECT (SELECT count(*) FROM (
                                   SELECT 1 FROM invitations
                                   WHERE bucket = word.value AND number >= ?1
                                     AND erased_at IS NULL LIMIT ?2)) AS "count!: i64"
                       FROM json_each(?3) word ORDER BY word.key"#,
                    first,
                    most,
                    words,
                )
                .fetch_all(conn)
                .await?
            }
        };
        Ok(ResultWord::ALL.into_iter().zip(counted).collect())
    }

    pub async fn page(&mut self, query: &Query) -> Result<Page, StoreError> {
        let conn = self.conn().await?;
        let first = first_since(conn, query.since).await?;
        let found = find(conn, query, first).await?;
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let pages = count.div_ceil(Page::SIZE).clamp(1, Page::MOST);
        let page = query.page.clamp(1, pages);
        let skip = (page - 1) * Page::SIZE;
        let shown: Vec<i64> =
            found.into_iter().skip(skip as usize).take(Page::SIZE as usize).collect();
        Ok(Page {
            items: load_all(self.conn().await?, &shown).await?,
            page,
            pages,
            capped: count > Page::MOST * Page::SIZE,
        })
    }
}

/// Numbers grow with time, and each began with a row of the journal, where an index finds it.
async fn first_since(
    conn: &mut SqliteConnection,
    since: Option<Timestamp>,
) -> Result<i64, StoreError> {
    let Some(since) = since.map(Timestamp::as_millisecond) else { return Ok(0) };
    let first = sqlx::query_scalar!(
        r#"SELECT invitation AS "number!" FROM journal
           WHERE action = 'state' AND after = 'queued' AND at >= ? AND before IS NULL
           ORDER BY at LIMIT 1"#,
        since,
    );
    Ok(first.fetch_optional(conn).await?.unwrap_or(i64::MAX))
}

/// One number more than all pages hold, to know that there are more. They come as one row of JSON,
/// for it is rows that take time; tests hold that each query walks along an index.
async fn find(
    conn: &mut SqliteConnection,
    query: &Query,
    first: i64,
) -> Result<Vec<i64>, StoreError> {
    let most = Page::MOST * Page::SIZE + 1;
    let author = query.author.map(PersonId::get);
    let found =
        match (&query.filter, author) {
            (Filter::All, None) => sqlx::query_scalar!(
                r#"SELECT json_group_array(number ORDER BY number DESC) AS "found!: String" FROM (
                       SELECT number FROM invitations WHERE number >= ? AND erased_at IS NULL
                       ORDER BY number DESC LIMIT ?)"#,
                first,
                most,
            )
            .fetch_one(conn)
            .await?,
            (Filter::All, Some(author)) => sqlx::query_scalar!(
                r#"SELECT json_group_array(number ORDER BY number DESC) AS "found!: String" FROM (
                       SELECT number FROM invitations
                       WHERE author = ? AND number >= ? AND erased_at IS NULL
                       ORDER BY number DESC LIMIT ?)"#,
                author,
                first,
                most,
            )
            .fetch_one(conn)
            .await?,
            (Filter::ResultWord(bucket), None) => {
                let bucket = bucket.slug();
                sqlx::query_scalar!(
                r#"SELECT json_group_array(number ORDER BY number DESC) AS "found!: String" FROM (
                       SELECT number FROM invitations
                       WHERE bucket = ? AND number >= ? AND erased_at IS NULL
                       ORDER BY number DESC LIMIT ?)"#,
                bucket,
                first,
                most,
            )
            .fetch_one(conn)
            .await?
            }
            (Filter::ResultWord(bucket), Some(author)) => {
                let bucket = bucket.slug();
                sqlx::query_scalar!(
                r#"SELECT json_group_array(number ORDER BY number DESC) AS "found!: String" FROM (
                       SELECT number FROM invitations
                       WHERE author = ? AND bucket = ? AND number >= ? AND erased_at IS NULL
                       ORDER BY number DESC LIMIT ?)"#,
                author,
                bucket,
                first,
                most,
            )
            .fetch_one(conn)
            .await?
            }
            (Filter::SameEmail(key), author) => sqlx::query_scalar!(
                r#"SELECT json_group_array(number ORDER BY number DESC) AS "found!: String" FROM (
                       SELECT number FROM invitations
                       WHERE email_key = ?1 AND (?2 IS NULL OR author = ?2)
                       ORDER BY number DESC LIMIT ?3)"#,
                key,
                author,
                most,
            )
            .fetch_one(conn)
            .await?,
            (Filter::SameInn(inn), author) => {
                let inn = inn.as_str();
                sqlx::query_scalar!(
                r#"SELECT json_group_array(number ORDER BY number DESC) AS "found!: String" FROM (
                       SELECT number FROM invitations
                       WHERE inn = ?1 AND (?2 IS NULL OR author = ?2)
                       ORDER BY number DESC LIMIT ?3)"#,
                inn,
                author,
                most,
            )
            .fetch_one(conn)
            .await?
            }
        };
    serde_json::from_str(&found).map_err(|_| unreadable("list of numbers"))
}
