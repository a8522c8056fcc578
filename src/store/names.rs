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
    /// The last invited come first, at most so many; each once, by its ИНН. `author`: `None` is
    /// everybody.
    pub async fn named(
        &mut self,
        search: &NameSearch,
        author: Option<PersonId>,
        most: usize,
    ) -> Result<Vec<Named>, StoreError> {
        // The words have no quotation marks in them.
        let of_name = search.words().iter().map(|word| format!("name : \"{word}\""));
        let of_author = author.map(|author| format!("author : \"a{author}z\""));
        let question = of_name.chain(of_author).collect::<Vec<_>>().join(" AND ");
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = sqlx::query!(
            r#"SELECT max(number) AS "number!: i64", name AS "name!: String", inn AS "inn!: String"
               FROM (SELECT i.number, i.name, i.inn
                     FROM names JOIN invitations i ON i.number = names.rowid
                     WHERE names MATCH ? ORDER BY names.rowid DESC LIMIT ?)
               GROUP BY inn ORDER BY max(number) DESC LIMIT ?"#,
            question,
            LOOKED_AT,
            most,
        );
        let found = rows.fetch_all(self.conn().await?).await?.into_iter().map(|row| {
            let inn = Inn::parse(&row.inn).map_err(|_| unreadable("ИНН"))?;
            Ok(Named { newest: InvitationNo(row.number), name: row.name, inn })
        });
        found.collect()
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
