//! The rescue commands: who is an admin. They work beside a running bot, and send nothing.

use jiff::Timestamp;

use crate::app;
use crate::args::Admin;
use crate::config::DatabaseConfig;
use crate::domain::{OfficeCode, Person, PersonId, Role, tidy};
use crate::failure::Failure;
use crate::store::{Actor, Allowed, Change, Refusal, Store, StoreError};

/// In characters.
const NAME_MAX: usize = 100;

pub async fn answer(config: &DatabaseConfig, asked: Admin) -> Result<String, Failure> {
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
    }?;
    // What is said may come from a commit of the bot that is not on the disk yet.
    store.door().settle().await.map_err(StoreError::from).map_err(internal)?;
    store.close().await;
    Ok(answer)
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
