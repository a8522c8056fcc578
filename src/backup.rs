//! The command that makes a backup. It works beside a running bot, sends nothing, and changes
//! nothing in the database, whatever release has made it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::backups;
use crate::config::BackupPlace;
use crate::failure::Failure;
use crate::store::{self, BackupError};

pub async fn answer(place: &BackupPlace, file: Option<PathBuf>) -> Result<String, Failure> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let database = &place.database;
    let database = database.canonicalize().unwrap_or_else(|_| absolute(database));
    if database.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Err(Failure::Database(format!(
            "Базы данных {} ещё нет. Проверьте, та ли это папка и DATABASE_URL",
            database.display()
        )));
    }
    let to = absolute(&file.clone().unwrap_or_else(|| default(place, &database)));
    let failed = |error: BackupError| Failure::backup(&database, &to, &error);
    if file.is_none()
        && let Some(folder) = &place.folder
    {
        backups::make(folder).map_err(BackupError::from).map_err(failed)?;
    }
    let backup = store::back_up(&database, &to).await.map_err(failed)?;
    Ok(format!(
        "База данных: {}\nКопия сделана и проверена: {} ({} КБ)",
        database.display(),
        backup.path.display(),
        backup.bytes.div_ceil(1024)
    ))
}

fn default(place: &BackupPlace, database: &Path) -> PathBuf {
    let beside = database.parent().map(Path::to_owned).unwrap_or_default();
    place.folder.clone().unwrap_or(beside).join(backups::name(Timestamp::now()))
}
