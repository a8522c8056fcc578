//! A look at a database that changes nothing, for `check`.

use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::check::{has_migrations, is_foreign};
use super::connection::connect;
use super::open::newest_schema;
use super::trust::doubt;
use super::{OpenError, Store};
use crate::domain::{DatabaseDoubt, PersonId};
use crate::door::mark::Mark;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    pub schema: Schema,
    /// Why a start would send nothing.
    pub doubt: Option<DatabaseDoubt>,
    pub admins: Vec<PersonId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// There are no tables yet.
    None,
    /// The next start brings it up to date.
    Older,
    Current,
}

impl Store {
    /// Also beside a running bot.
    pub async fn inspect(path: &Path) -> Result<Inspected, OpenError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let mut conn = connect(options).await?;
        if is_foreign(&mut conn).await? {
            return Err(OpenError::Foreign);
        }
        let (mut schema, mut found, mut admins) = (Schema::None, None, Vec::new());
        if has_migrations(&mut conn).await? {
            let applied = "SELECT max(version) FROM _sqlx_migrations";
            let applied: Option<i64> = sqlx::query_scalar(applied).fetch_one(&mut conn).await?;
            schema = match (applied, newest_schema()) {
                (Some(applied), newest) if applied > newest => {
                    return Err(OpenError::NewerSchema(applied));
                }
                (Some(applied), newest) if applied == newest => Schema::Current,
                _ => Schema::Older,
            };
        }
        if schema == Schema::Current {
            let (named, own) =
                Mark::beside(path).and_then(|mut mark| mark.read()).map_err(OpenError::Mark)?;
            found = doubt(&mut conn, named.as_ref(), own).await?;
            let ids = sqlx::query_scalar!("SELECT id FROM people WHERE role = 'admin' ORDER BY id");
            admins = ids.fetch_all(&mut conn).await?;
        }
        conn.close().await?;
        let admins = admins.into_iter().filter_map(PersonId::new).collect();
        Ok(Inspected { schema, doubt: found, admins })
    }
}
