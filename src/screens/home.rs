//! The first screen, help, hints, and what strangers are told.

use super::html::{html, person};
use super::parts::{all_unknown, at_most, draft_line, home_rows};
use super::{Screen, button, draft_button, holds, name, policy, requests, screen};
use crate::dialogue::facts::Facts;
use crate::dialogue::session::{DraftAct, Session};
use crate::domain::{NotSettled, Permission, PersonId, Viewer};

/// The id is the stranger's own, to forward to an admin; nothing else is learnt.
pub fn stranger(id: PersonId, may_ask: bool) -> Screen {
    let text = html!(
        "🔒 Это рабочий бот. Доступ выдаёт администратор.\nВаш id: <code>{}</code> — перешлите ему это сообщение.",
        id
    );
    screen(text, if may_ask { requests::ask_for_access() } else { vec![] })
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
    if facts.viewer.may(Permission::Send) {
        text = html!(
            "{}\nПришлите ИНН, e-mail или вставьте реквизиты клиента — начну приглашение. Отправленное — /status.\n{}",
            text,
            policy::today(&facts.usage)
        );
    } else {
        text = html!("{}\n{}", text, ONLY_LOOKS);
    }
    let NotSettled { waiting, unknown } = facts.looked_up.not_settled;
    if waiting + unknown > 0 {
        let wait = match facts.viewer.may(Permission::SeeAll) {
            true => "Всего ждут отправки",
            false => "Ждут отправки",
        };
        let (waiting, unknown) = (at_most(waiting), at_most(unknown));
        text = html!("{}\n{}: {} · неизвестно: {}", text, wait, waiting, unknown);
    }
    if unknown > 0 {
        let label = format!("⚠️ Разобрать неизвестные ({})", at_most(unknown));
        rows.push(vec![button(label, all_unknown())]);
    }
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

/// Of an observer.
const ONLY_LOOKS: &str = "Вы видите все приглашения, сами не отправляете. Пришлите номер, ИНН, e-mail или часть названия — найду. Все — /status.";

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

/// `near`: the command that was probably meant.
pub fn unknown_command(viewer: &Viewer, near: Option<&str>) -> Screen {
    let text = match near {
        Some(near) => html!("Такой команды нет. Возможно, /{}? Ничего не сделано.", near),
        None => html!("Такой команды нет. Ничего не сделано. Все команды — /help."),
    };
    screen(text, home_rows(viewer))
}

pub fn help(facts: &Facts) -> Screen {
    let invite = match facts.viewer.may(Permission::Send) {
        true => html!(
            "<b>Пригласить</b>\nПришлите реквизиты одним сообщением, как они есть: из письма, договора, CRM. Хватит начать и с одного ИНН или e-mail. Например: <code>МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, iam@mail.ru</code>\n/invite — по вопросам · /cancel — закрыть черновик или остановить то, что ещё не ушло\n"
        ),
        false => html!("{}\n", ONLY_LOOKS),
    };
    let unknown = match facts.viewer.may(Permission::Send) {
        true => "спросите клиента и отметьте на карточке. Второй раз сам не отправлю.",
        false => "автор спрашивает клиента и отмечает на карточке. Второй раз сам не отправлю.",
    };
    let mut text = html!(
        "{}<b>Найти</b>\n/status — приглашения; №12, /status iam@mail.ru, /status 1215107651, /status чайка — найти\n<b>Что значит итог</b>\nПринято — сервис взял запрос и отправит письмо; дошло ли оно, сервисы не сообщают.\nНеизвестно — ответа не было, письмо могло уйти: {}",
        invite,
        unknown
    );
    let stops = html!("/stoplist romashka.ru — никому туда не писать; /stoplist — весь стоп-лист");
    if facts.viewer.may(Permission::ManageStaff) {
        text = html!(
            "{}\n<b>Админу</b>\n/staff — кто имеет доступ; /staff Анна · /allow 123456789 Анна — дать доступ (роль — в конце: «старший», «наблюдатель», «админ»), можно ответом на пересланное сообщение или контакт · /link — ссылка, по которой войдут сами · /revoke 123456789 — отозвать\n{}",
            text,
            stops
        );
    } else if facts.viewer.may(Permission::SeeStaff) {
        text = html!("{}\n<b>Старшему</b>\n/staff — кто имеет доступ\n{}", text, stops);
    }
    if facts.viewer.may(Permission::SeeReports) {
        let before = if facts.viewer.may(Permission::SeeStaff) {
            " · "
        } else {
            "
"
        };
        text = html!("{}{}/report — что отправлено и что вышло", text, before);
    }
    let questions = match &facts.admin {
        _ if facts.viewer.may(Permission::ManageStaff) => html!(""),
        Some(admin) => html!("Вопросы — админу: {}. ", person(admin.id, &name(admin))),
        None => html!("Вопросы — админу. "),
    };
    let me = match &facts.viewer.me.name {
        Some(_) => html!("Вы: {}, id ", name(&facts.viewer.me)),
        None => html!("Ваш id: "),
    };
    let id = facts.viewer.me.id.to_string();
    text = html!("{}\n{}{}<code>{}</code>", text, questions, me, id);
    screen(text, home_rows(&facts.viewer))
}

/// The draft is too old, or of another shape.
pub fn draft_lost() -> Screen {
    let text = html!(
        "Незаконченный черновик устарел и удалён. По нему ничего не отправлялось. Начните заново: /invite"
    );
    screen(text, vec![])
}
