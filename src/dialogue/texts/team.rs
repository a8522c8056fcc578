//! The allow-list.

use super::super::html::shorten;
use super::super::press::{Press, StaffAct};
use super::super::{Allowed, Html, Reply, Revoked, StaffPage};
use super::{button, name, plural, reply};
use crate::domain::{Person, PersonId, Role};

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => "админ",
        Role::Staff => "сотрудник",
    }
}

fn to_list() -> Vec<super::Button> {
    vec![button("👥 Сотрудники", Press::Staff(StaffAct::Page(0))), button("🏠 Начало", Press::Home)]
}

/// A page of the allow-list with a button to revoke each.
pub fn staff(desk: &super::super::Desk, page: &StaffPage) -> Reply {
    let mut text = Html::new("👥 ").bold("Сотрудники");
    for person in &page.fixed {
        text = text.line().text(format!("👑 {} · ", name(person))).code(person.id.to_string());
        text = text.text(" · админ по настройке ADMIN_IDS");
    }
    let mut rows = Vec::new();
    for (person, role) in &page.people {
        let sign = if *role == Role::Admin { "👑" } else { "👤" };
        text = text.line().text(format!("{sign} {} · ", name(person))).code(person.id.to_string());
        text = text.text(format!(" · {}", role_word(*role)));
        if !desk.fixed_admins.contains(&person.id) {
            let label = format!("⛔️ Отозвать: {}", shorten(&name(person), 30));
            rows.push(vec![button(label, Press::Staff(StaffAct::AskRevoke(person.id)))]);
        }
    }
    if page.people.is_empty() {
        text = text.line().text("Кроме админов по настройке, никого нет.");
    }
    text = text.line().line().text("Добавить: ").code("/allow 123456789 Анна");
    text = text.text(" или ответом /allow на пересланное сообщение или контакт.");
    if page.pages > 1 {
        let to = |label: &str, page| button(label, Press::Staff(StaffAct::Page(page)));
        let mut turn = Vec::new();
        if let Some(previous) = page.page.checked_sub(1) {
            turn.push(to("◀️", previous));
        }
        turn.push(button(format!("{}/{}", page.page + 1, page.pages), Press::Label));
        if page.page + 1 < page.pages {
            turn.push(to("▶️", page.page + 1));
        }
        rows.push(turn);
    }
    rows.push(vec![button("🏠 Начало", Press::Home)]);
    reply(text, rows)
}

/// Before a person is taken off the list by a button.
pub fn ask_revoke(person: &Person) -> Reply {
    let text = Html::new("Отозвать доступ: ")
        .bold(name(person))
        .text(", id ")
        .code(person.id.to_string())
        .text("?")
        .line()
        .text("Доступ закроется сразу, черновик удалится, неотправленные приглашения дождутся вашего решения.");
    let rows = vec![
        vec![button("⛔️ Да, отозвать", Press::Staff(StaffAct::Revoke(person.id)))],
        vec![button("◀️ Назад", Press::Staff(StaffAct::Page(0)))],
    ];
    reply(text, rows)
}

/// What `/allow` did.
pub fn allowed(person: &Person, role: Role, allowed: Allowed) -> Reply {
    let who = name(person);
    let text = match allowed {
        Allowed::Added => Html::new("✅ Доступ открыт: ").bold(who),
        Allowed::Changed => Html::new("✅ Роль изменена: ").bold(who),
        Allowed::Same => Html::new("Уже есть доступ, ничего не изменено: ").bold(who),
        Allowed::LastAdmin => {
            return reply(
                Html::new("Это последний админ: роль не изменена. Сначала назначьте другого: ")
                    .code("/allow 123456789 админ"),
                vec![to_list()],
            );
        }
    };
    let mut text = text.text(", id ").code(person.id.to_string()).text(", ").text(role_word(role));
    if role == Role::Admin && allowed != Allowed::Same {
        text = text.line().text("Админ видит всех клиентов и выдаёт доступ.");
    }
    reply(text, vec![to_list()])
}

/// What a person who was just allowed gets.
pub fn welcome(role: Role) -> Reply {
    let text =
        Html::new("✅ Вам открыт доступ, роль: ").text(role_word(role)).text(". Начать — /start");
    reply(text, vec![])
}

/// What a person who was just revoked gets.
pub fn farewell() -> Reply {
    reply(Html::new("🔒 Доступ закрыт. Вопросы — администратору."), vec![])
}

/// What `/revoke` did.
pub fn revoked(id: PersonId, revoked: &Revoked) -> Reply {
    let id = id.to_string();
    let text = match revoked {
        Revoked::Done(held) if held.is_empty() => Html::new("⛔️ Доступ отозван: id ")
            .code(id)
            .text(". Неотправленных приглашений не было."),
        Revoked::Done(held) => {
            let numbers: Vec<String> =
                held.iter().take(20).map(|number| format!("№{number}")).collect();
            let n = held.len();
            Html::new("⛔️ Доступ отозван: id ")
                .code(id)
                .text(format!(
                    ". {n} {} вашего решения: {}{}. Откройте по номеру: ",
                    plural(n, "приглашение ждёт", "приглашения ждут", "приглашений ждут"),
                    numbers.join(", "),
                    if n > 20 { " и другие" } else { "" },
                ))
                .code(format!("/status {}", held.first().map_or(0, |number| number.0)))
        }
        Revoked::NotListed => {
            Html::new("Этого id нет среди сотрудников: ").code(id).text(". Ничего не изменено.")
        }
        Revoked::LastAdmin => {
            Html::new("Это последний админ: его нельзя убрать. Сначала назначьте другого: ")
                .code("/allow 123456789 админ")
        }
    };
    reply(text, vec![to_list()])
}

/// An admin by configuration is neither revoked nor made staff from the chat.
pub fn fixed_admin(id: PersonId) -> Reply {
    let text = Html::new("id ")
        .code(id.to_string())
        .text(
            " стоит в настройке ADMIN_IDS и остаётся админом, пока стоит там. Ничего не изменено. ",
        )
        .text("Уберите его из ADMIN_IDS и перезапустите бота.");
    reply(text, vec![to_list()])
}

/// What `/allow` takes.
pub fn allow_usage() -> Reply {
    let text = Html::new("Кому дать доступ? Нужен числовой id: ")
        .code("/allow 123456789 Анна")
        .text(" (для администратора добавьте в конце «админ»). Или ответьте командой /allow на пересланное от человека сообщение или на его контакт. ")
        .text("Имена и @username не подходят: их меняют.");
    reply(text, vec![to_list()])
}

/// What `/revoke` takes.
pub fn revoke_usage() -> Reply {
    let text = Html::new("У кого отозвать доступ? Нужен числовой id: ")
        .code("/revoke 123456789")
        .text(". Или выберите в списке.");
    reply(text, vec![to_list()])
}

/// `/allow` as a reply to a message whose author Telegram hides.
pub fn author_hidden() -> Reply {
    let text = Html::new("Telegram скрыл автора этого сообщения, доступ не выдан. ")
        .text("Попросите человека прислать свой числовой id и наберите ")
        .code("/allow 123456789 Анна");
    reply(text, vec![to_list()])
}

/// `/allow` with too long a name.
pub fn name_too_long(max: usize) -> Reply {
    let text =
        format!("Имя слишком длинное: можно до {max} знаков. Доступ не выдан, пришлите короче.");
    reply(Html::new(text), vec![to_list()])
}
