//! Counts what was confirmed within some time.

use jiff::Timestamp;

use super::codes::{person, provider, unreadable};
use super::{Reader, StoreError};
use crate::domain::{Counted, OfficeCode, ResultWord};

impl Reader {
    /// From the first instant to before the second, by author, provider, office and result.
    pub async fn counted(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Counted>, StoreError> {
        let (from, until) = (from.as_millisecond(), until.as_millisecond());
        let rows = sqlx::query!(
            r#"SELECT i.author, p.name AS "name?", i.provider, i.office, i.bucket,
                      count(*) AS "count!: u32",
                      count(*) FILTER (WHERE f.mark = 'registered') AS "registered!: u32"
               FROM invitations i LEFT JOIN people p ON p.id = i.author
               LEFT JOIN follow_ups f ON f.invitation = i.number
               WHERE i.created_at >= ? AND i.created_at < ?
               GROUP BY i.author, i.provider, i.office, i.bucket
               ORDER BY i.author, i.provider, i.office"#,
            from,
            until,
        );
        let rows = rows.fetch_all(self.conn().await?).await?.into_iter();
        rows.map(|row| {
            let office = row.office.map(|code| OfficeCode::parse(&code)).transpose();
            Ok(Counted {
                author: person(row.author, row.name)?,
                provider: provider(&row.provider)?,
                office: office.map_err(|_| unreadable("office code"))?,
                word: ResultWord::from_slug(&row.bucket).ok_or(unreadable("result"))?,
                count: row.count,
                registered: row.registered,
            })
        })
        .collect()
    }
}
