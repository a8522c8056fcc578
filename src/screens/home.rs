//! The first screen, help, hints, and what strangers are told.

use super::html::{html, person};
use super::parts::{draft_line, home_rows};
use super::{Screen, draft_button, holds, name, policy, screen};
use crate::dialogue::facts::Facts;
use crate::dialogue::session::{DraftAct, Session};
use crate::domain::{Permission, PersonId, Viewer};

/// The id is the stranger's own, to forward to an admin; nothing else is learnt.
pub fn stranger(id: PersonId) -> Screen {
    let text = html!(
        "🔒 Это рабочий бот. Доступ выдаёт администратор.\nВаш id: <code>{}</code> — перешлите ему это сообщение.",
        id
    );
    screen(text, vec![])
}

pub fn group_only() -> Screen {
    screen(html!("Работаю только в личных сообщениях."), vec![])
}

pub const OPEN_BOT: &str = "Открыть бота";

/// Strangers may get it too, so it says nothing of the bot's purpose.
pub fn bot_failed() -> Screen {
    let text = html!(
        "Не получилось ответить: внутренняя ошибка. Прежде чем повторять, проверьте, что уже сделано: ничего из записанного не пропало."
    );
    screen(text, vec![])
}

pub fn cannot_store() -> Screen {
    let text = html!(
        "⚠️ Сейчас я ничего не могу записать: на сервере нет места, или база данных занята. Ваше сообщение ещё не обработано, по нему ничего не отправлено. Как только запишу, отвечу; нажатие кнопки может пропасть, тогда нажмите ещё раз."
    );
    screen(text, vec![])
}

pub fn home(facts: &Facts, session: &Session) -> Screen {
    let mut text = match &facts.viewer.me.name {
        Some(name) => html!("Здравствуйте, {}!", name),
        None => html!("Здравствуйте!"),
    };
    let mut rows = home_rows(&facts.viewer);
    text = html!(
        "{}\nПришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status.",
        text
    );
    text = html!("{}\n{}", text, policy::today(&facts.usage));
    if let Some(unfinished) = session.begun().filter(|draft| !draft.is_empty()) {
        text = html!("{}\n\nЕсть незаконченный черновик: {}", text, draft_line(unfinished));
        rows.insert(
            0,
            vec![
                draft_button("▶️ Продолжить", DraftAct::ShowDraft),
                draft_button("🗑 Удалить", DraftAct::Cancel),
            ],
        );
    }
    for hold in &facts.holds {
        if let Some(standing) = holds::standing(&facts.viewer, hold) {
            text = html!("{}\n\n{}", text, standing);
        }
        if facts.viewer.may(Permission::Resume) {
            rows.extend(holds::ways_out(hold));
        }
    }
    screen(text, rows)
}

pub fn hint(viewer: &Viewer) -> Screen {
    let text = html!(
        "Не вижу в тексте ни ИНН, ни КПП, ни e-mail, а картинки и файлы не открываю. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help."
    );
    screen(text, home_rows(viewer))
}

pub fn send_again(viewer: &Viewer) -> Screen {
    let text = "Ничего не создано. Пришлите ещё раз или нажмите «Пригласить».";
    screen(html!("{}", text), home_rows(viewer))
}

pub fn unknown_command(viewer: &Viewer) -> Screen {
    screen(html!("Такой команды нет. Ничего не сделано. Все команды — /help."), home_rows(viewer))
}

pub fn help(facts: &Facts) -> Screen {
    let mut text = html!(
        "Приглашаю клиентов зарегистрироваться в Invoicebox и СБИС.\nПришлите реквизиты одним сообщением, как они есть: из письма, договора, CRM. Например: <code>МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, iam@mail.ru</code>\n/invite — новое приглашение по вопросам; хватит начать и с одного ИНН или e-mail\n/status — приглашения; /status 12, /status iam@mail.ru или /status 1215107651 — найти\n/cancel — закрыть черновик или остановить то, что ещё не ушло · /start — начало и черновик\nПринято — сервис взял запрос и отправит письмо; дошло ли оно, сервисы не сообщают.\nНеизвестно — ответа не было, письмо могло уйти: спросите клиента и отметьте на карточке. Второй раз сам не отправлю."
    );
    if facts.viewer.may(Permission::ManageStaff) {
        text = html!(
            "{}\n/staff — кто имеет доступ; /staff 123456789 30 — лимит в день\n/allow 123456789 Анна — дать доступ (в конце «админ» — админу); можно ответом на пересланное сообщение или контакт\n/revoke 123456789 — отозвать доступ\n/stoplist romashka.ru — никому туда не писать; /stoplist — весь стоп-лист",
            text
        );
    } else {
        text = html!("{}\nВопросы — админу", text);
        text = match &facts.admin {
            Some(admin) => html!("{}: {}", text, person(admin.id, &name(admin))),
            None => html!("{}.", text),
        };
    }
    if let Some(me) = facts.viewer.me.name.as_ref().map(|_| name(&facts.viewer.me)) {
        text = html!("{}\nВы: {}, id <code>{}</code>", text, me, facts.viewer.me.id.to_string());
    }
    screen(text, home_rows(&facts.viewer))
}

/// The draft is too old, or of another shape.
pub fn draft_lost() -> Screen {
    let text = html!(
        "Незаконченный черновик устарел и удалён. По нему ничего не отправлялось. Начните заново: /invite"
    );
    screen(text, vec![])
}
