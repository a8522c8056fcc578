//! The rescue commands: who is an admin. They work beside a running bot, and send nothing.

use jiff::Timestamp;

use crate::app;
use crate::args::Admin;
use crate::config::DatabaseConfig;
use crate::domain::{OfficeCode, PersonId, Role, tidy};
use crate::failure::Failure;
use crate::store::{Allowed, Revoked, Store, StoreError, Tx};

/// In characters.
const NAME_MAX: usize = 100;

pub async fn answer(config: &DatabaseConfig, asked: Admin) -> Result<String, Failure> {
    // With the lock held no bot of another release starts meanwhile.
    let (store, _lock) = match app::idle(&config.path) {
        Err(Failure::AlreadyRunning) => (Store::open_beside(&config.path).await, None),
        lock => (Store::open(&config.path).await, lock.ok().flatten()),
    };
    let store = store.map_err(|error| Failure::database(&config.path, &error))?;
    let mut tx = store.begin().await.map_err(internal)?;
    let answer = match asked {
        Admin::List => list(&mut tx, config).await,
        Admin::Add { id, name } => add(&mut tx, id, &name.join(" ")).await,
        Admin::Remove { id } => remove(&mut tx, id, config).await,
    }?;
    tx.commit().await.map_err(internal)?;
    store.close().await;
    Ok(answer)
}

async fn list(tx: &mut Tx, config: &DatabaseConfig) -> Result<String, Failure> {
    let mut ids = tx.admins().await.map_err(internal)?;
    ids.extend(&config.admins);
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok("Администраторов нет. Добавить: invite-bot admin add <id> [имя]".to_owned());
    }
    let mut lines = Vec::new();
    for id in ids {
        let name = tx.listed(id).await.map_err(internal)?.and_then(|listed| listed.person.name);
        let offices = tx.offices(id).await.map_err(internal)?;
        let offices: Vec<&str> = offices.iter().map(OfficeCode::as_str).collect();
        let offices = (!offices.is_empty()).then(|| format!("офис {}", offices.join(", ")));
        let by_config = config.admins.contains(&id).then(|| "ADMIN_IDS".to_owned());
        let parts: Vec<String> =
            [Some(id.to_string()), name, offices, by_config].into_iter().flatten().collect();
        lines.push(parts.join(" · "));
    }
    Ok(lines.join("\n"))
}

async fn add(tx: &mut Tx, id: PersonId, name: &str) -> Result<String, Failure> {
    let name = tidy(name);
    if name.chars().count() > NAME_MAX {
        return Err(Failure::Usage(format!("Имя длиннее {NAME_MAX} знаков")));
    }
    let name = Some(name.as_str()).filter(|name| !name.is_empty());
    // Adding an admin removes none, so other admins do not matter.
    let allowed = tx.allow(None, id, name, Role::Admin, 0, Timestamp::now()).await;
    Ok(match allowed.map_err(internal)? {
        Allowed::Same => format!("{id} уже администратор."),
        Allowed::Added | Allowed::Changed { .. } => {
            format!("{id} теперь администратор. Пусть напишет боту /start.")
        }
        Allowed::LastAdmin => return Err(last_admin(id)),
    })
}

async fn remove(tx: &mut Tx, id: PersonId, config: &DatabaseConfig) -> Result<String, Failure> {
    if config.admins.contains(&id) {
        return Err(Failure::Usage(format!(
            "{id} указан в ADMIN_IDS и остаётся администратором: уберите его оттуда и перезапустите бота"
        )));
    }
    if tx.listed(id).await.map_err(internal)?.and_then(|listed| listed.role) != Some(Role::Admin) {
        return Err(Failure::Usage(format!(
            "{id} не администратор; сотрудника отзывает администратор в боте, командой /revoke"
        )));
    }
    let revoked = tx.revoke(None, id, config.admins.len(), Timestamp::now()).await;
    match revoked.map_err(internal)? {
        Revoked::Done { held } if held.is_empty() => Ok(format!("{id} больше не имеет доступа.")),
        Revoked::Done { held } => {
            let numbers: Vec<String> = held.iter().map(|number| format!("№{number}")).collect();
            Ok(format!(
                "{id} больше не имеет доступа. Его приглашения в очереди ждут решения администратора: {}.",
                numbers.join(", ")
            ))
        }
        Revoked::NotListed => Ok(format!("{id} и так не имеет доступа.")),
        Revoked::LastAdmin => Err(last_admin(id)),
    }
}

fn last_admin(id: PersonId) -> Failure {
    Failure::Usage(format!(
        "{id} — последний администратор; сначала добавьте другого: invite-bot admin add <id> [имя]"
    ))
}

fn internal(error: StoreError) -> Failure {
    Failure::Other(error.into())
}
