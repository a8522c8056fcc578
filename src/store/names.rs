//! Companies found by parts of their names.

use super::codes::unreadable;
use super::{Reader, StoreError, Tx};
use crate::domain::{Inn, InvitationNo, NameSearch, PersonId};

/// A company that was invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub newest: InvitationNo,
    pub name: String,
    pub inn: Inn,
}

/// Invitations that are looked at: one company may have many.
const LOOKED_AT: u32 = 200;

impl Reader {
    /// The last invited come first, at most so many, each once, by its ИНН; and whether there are
    /// more, or may be. `author`: `None` is everybody.
    pub async fn named(
        &mut self,
        search: &NameSearch,
        author: Option<PersonId>,
        most: usize,
    ) -> Result<(Vec<Named>, bool), StoreError> {
        // The words have no quotation marks in them.
        let of_name = search.words().iter().map(|word| format!("name : \"{word}\""));
        let of_author = author.map(|author| format!("author : \"a{author}z\""));
        let question = of_name.chain(of_author).collect::<Vec<_>>().join(" AND ");
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = sqlx::query!(
            r#"SELECT max(number) AS "number!: i64", name AS "name!: String", inn AS "inn!: String",
                      sum(count(*)) OVER () AS "looked_at!: u32", count(*) OVER () AS "count!: i64"
               FROM (SELECT i.number, i.name, i.inn
                     FROM names JOIN invitations i ON i.number = names.rowid
                     WHERE names MATCH ? ORDER BY names.rowid DESC LIMIT ?)
               GROUP BY inn ORDER BY max(number) DESC LIMIT ?"#,
            question,
            LOOKED_AT,
            most,
        );
        let rows = rows.fetch_all(self.conn().await?).await?;
        let more = rows.first().is_some_and(|row| row.looked_at >= LOOKED_AT || row.count > most);
        let found = rows.into_iter().map(|row| {
            let inn = Inn::parse(&row.inn).map_err(|_| unreadable("ИНН"))?;
            Ok(Named { newest: InvitationNo(row.number), name: row.name, inn })
        });
        Ok((found.collect::<Result<_, StoreError>>()?, more))
    }
}

impl Tx {
    /// What is erased from then on leaves the index at once, and not with some later merge.
    pub(super) async fn names_are_erased_at_once(&mut self) -> Result<(), StoreError> {
        let at_once = sqlx::query("INSERT INTO names (names, rank) VALUES ('secure-delete', 1)");
        at_once.execute(self.conn().await?).await?;
        Ok(())
    }
}
