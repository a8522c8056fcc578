//! The rescue commands: who is an admin. They work beside a running bot, and send nothing.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app;
use crate::args::Admin;
use crate::config::DatabaseConfig;
use crate::domain::{OfficeCode, Person, PersonId, Role, tidy};
use crate::failure::Failure;
use crate::store::{Actor, Allowed, Change, Refusal, Store, StoreError};

/// In characters.
const NAME_MAX: usize = 100;

/// Names the database in every answer: in a wrong folder it is another one.
pub async fn answer(config: &DatabaseConfig, asked: Admin) -> Result<String, Failure> {
    let place = Place::of(&config.path);
    let path = place.path.display();
    if !place.exists {
        match asked {
            Admin::Add { .. } => {}
            Admin::List => return Ok(place.missing(config)),
            Admin::Remove { id } => {
                return Err(Failure::Usage(format!("{id} не администратор: базы {path} ещё нет")));
            }
        }
    }
    let config = DatabaseConfig { path: place.path.clone(), admins: config.admins.clone() };
    let answer = match work(&config, asked).await {
        Err(Failure::Usage(why)) => Err(Failure::Usage(format!("{why}\nБаза данных: {path}"))),
        answer => answer,
    }?;
    let made = if place.exists { "" } else { " (создана сейчас)" };
    let warning = place.warning().map(|words| format!("\n{words}")).unwrap_or_default();
    Ok(format!("База данных: {path}{made}\n{answer}{warning}"))
}

/// Where the database is, and whether it was there before anything was made.
pub struct Place {
    pub path: PathBuf,
    pub exists: bool,
}

impl Place {
    pub fn of(path: &Path) -> Self {
        let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // What cannot be looked at is told by the opening.
        let is_missing = path.metadata().is_err_and(|it| it.kind() == ErrorKind::NotFound);
        Self { path: path.canonicalize().unwrap_or_else(|_| absolute()), exists: !is_missing }
    }

    fn missing(&self, config: &DatabaseConfig) -> String {
        let mut lines = vec![
            format!("База данных: {} — её ещё нет.", self.path.display()),
            "Проверьте, та ли это папка и DATABASE_URL; базу создаст первый запуск бота \
             или invite-bot admin add <id> [имя]"
                .to_owned(),
        ];
        lines.extend(config.admins.iter().map(|id| format!("{id} · ADMIN_IDS")));
        lines.join("\n")
    }

    pub fn warning(&self) -> Option<String> {
        let owner = |path: &Path| Some((path.to_owned(), path.metadata().ok()?.uid()));
        let (_, file) = owner(&self.path)?;
        let folders: Vec<_> = self.path.ancestors().skip(1).filter_map(owner).collect();
        foreign(&self.path, file, &folders)
    }
}

/// Whose the service is, its folder says, or one above it that root has not made. It could not open
/// what belongs to somebody else.
fn foreign(path: &Path, file: u32, folders: &[(PathBuf, u32)]) -> Option<String> {
    let name = |uid| if uid == 0 { "root".to_owned() } else { format!("uid {uid}") };
    let looked_at = if file == 0 { folders.len() } else { 1 };
    let (folder, owner) = folders.iter().take(looked_at).find(|(_, owner)| *owner != 0)?;
    let below = folder.join(path.strip_prefix(folder).ok()?.components().next()?);
    (file != *owner).then(|| {
        format!(
            "Внимание: файл базы принадлежит {}, а папка {} — {}: бот под этим пользователем её не \
             откроет. Исправить: chown -R --reference={} {}",
            name(file),
            folder.display(),
            name(*owner),
            folder.display(),
            below.display(),
        )
    })
}

async fn work(config: &DatabaseConfig, asked: Admin) -> Result<String, Failure> {
    // With the lock held no bot of another release starts meanwhile.
    let (store, _lock) = match app::lock_if_exists(&config.path) {
        Err(Failure::AlreadyRunning) => (Store::open_beside(&config.path).await, None),
        lock => (Store::open(&config.path).await, lock.ok().flatten()),
    };
    let store = store.map_err(|error| Failure::database(&config.path, &error))?;
    let answer = match asked {
        Admin::List => list(&store, config).await,
        Admin::Add { id, name } => add(&store, id, &name.join(" ")).await,
        Admin::Remove { id } => remove(&store, id, config).await,
    };
    if answer.is_ok() {
        // What is said may come from a commit of the bot that is not on the disk yet.
        store.door().settle().await.map_err(StoreError::from).map_err(internal)?;
    }
    store.close().await;
    answer
}

async fn list(store: &Store, config: &DatabaseConfig) -> Result<String, Failure> {
    let mut reader = store.reader();
    let mut ids = reader.admins().await.map_err(internal)?;
    ids.extend(&config.admins);
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok("Администраторов нет. Добавить: invite-bot admin add <id> [имя]".to_owned());
    }
    let mut lines = Vec::new();
    for id in ids {
        let name = reader.listed(id).await.map_err(internal)?.and_then(|listed| listed.person.name);
        let offices = reader.offices(id).await.map_err(internal)?;
        let offices: Vec<&str> = offices.iter().map(OfficeCode::as_str).collect();
        let offices = (!offices.is_empty()).then(|| format!("офис {}", offices.join(", ")));
        let by_config = config.admins.contains(&id).then(|| "ADMIN_IDS".to_owned());
        let parts: Vec<String> =
            [Some(id.to_string()), name, offices, by_config].into_iter().flatten().collect();
        lines.push(parts.join(" · "));
    }
    Ok(lines.join("\n"))
}

async fn add(store: &Store, id: PersonId, name: &str) -> Result<String, Failure> {
    let name = tidy(name);
    if name.chars().count() > NAME_MAX {
        return Err(Failure::Usage(format!("Имя длиннее {NAME_MAX} знаков")));
    }
    let person = Person { id, name: Some(name).filter(|name| !name.is_empty()) };
    // Making an admin leaves nobody without one: who else is an admin does not matter.
    let allow = Change::Allow { person, role: Role::Admin, fixed_admins: 0 };
    let applied = store.apply(Actor::Program, Timestamp::now(), &[allow]).await;
    Ok(match applied.map_err(internal)?.allowed {
        Some(Allowed::Same) => format!("{id} уже администратор."),
        _ => format!("{id} теперь администратор. Пусть напишет боту /start."),
    })
}

async fn remove(store: &Store, id: PersonId, config: &DatabaseConfig) -> Result<String, Failure> {
    if config.admins.contains(&id) {
        return Err(Failure::Usage(format!(
            "{id} указан в ADMIN_IDS и остаётся администратором: уберите его оттуда и перезапустите бота"
        )));
    }
    let changes = [
        Change::RequireRole(id, Some(Role::Admin)),
        Change::Revoke { person: id, fixed_admins: config.admins.len(), holds: None },
    ];
    let held = match store.apply(Actor::Program, Timestamp::now(), &changes).await {
        Ok(applied) => applied.held,
        Err(StoreError::Overtaken(Refusal::Role)) => {
            return Err(Failure::Usage(format!(
                "{id} не администратор; сотрудника отзывает администратор в боте, командой /revoke"
            )));
        }
        Err(StoreError::Overtaken(Refusal::LastAdmin)) => {
            return Err(Failure::Usage(format!(
                "{id} — последний администратор; сначала добавьте другого: invite-bot admin add <id> [имя]"
            )));
        }
        Err(error) => return Err(internal(error)),
    };
    if held.is_empty() {
        return Ok(format!("{id} больше не имеет доступа."));
    }
    let numbers: Vec<String> = held.iter().map(|number| format!("№{number}")).collect();
    Ok(format!(
        "{id} больше не имеет доступа. Его приглашения в очереди ждут решения администратора: {}.",
        numbers.join(", ")
    ))
}

fn internal(error: StoreError) -> Failure {
    Failure::Other(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_than_its_folder_is_warned_of() {
        let path = Path::new("/var/lib/bot/data/bot.db");
        let owned = |owners: [u32; 2]| {
            let folders = ["/var/lib/bot/data", "/var/lib/bot"].map(PathBuf::from);
            folders.into_iter().zip(owners).collect::<Vec<_>>()
        };
        let warning = foreign(path, 0, &owned([0, 990])).unwrap();
        for words in ["принадлежит root", "uid 990", "--reference=/var/lib/bot /var/lib/bot/data"]
        {
            assert!(warning.contains(words), "{words}: {warning}");
        }
        assert!(foreign(path, 1000, &owned([990, 990])).is_some());
        for (file, owners) in [(990, [990, 990]), (0, [0, 0]), (990, [0, 1000])] {
            assert_eq!(foreign(path, file, &owned(owners)), None, "{file} in {owners:?}");
        }
    }
}
