//! The first screen, help, hints, and what strangers are told.

use super::html::{html, person, quote};
use super::parts::draft_line;
use super::press::{List, ListWhat, Press, StaffAct, StopAct};
use super::{Button, Screen, button, clock, draft_button, holds, name, policy, provider, screen};
use crate::dialogue::facts::Facts;
use crate::dialogue::session::{DraftAct, Session};
use crate::domain::{Bucket, Permission, Provider, Viewer};

pub fn stranger() -> Screen {
    screen(html!("🔒 Это рабочий бот. Доступ выдаёт администратор."), vec![])
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

fn home_row() -> Vec<Button> {
    vec![button("✉️ Пригласить", Press::Invite), button("🔎 Статус", Press::List(List::ALL))]
}

fn home_rows(viewer: &Viewer) -> Vec<Vec<Button>> {
    let mut rows = vec![home_row()];
    if viewer.may(Permission::ManageStaff) {
        rows.push(vec![
            button("👥 Сотрудники", Press::Staff(StaffAct::Page(0))),
            button("🚫 Стоп-лист", Press::StopList(StopAct::Page(0))),
        ]);
    }
    rows
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
                draft_button("▶️ Продолжить", DraftAct::Resume),
                draft_button("🗑 Удалить", DraftAct::Cancel),
            ],
        );
    }
    for (troubled, until) in
        facts.holds.outages.iter().filter(|_| facts.viewer.may(Permission::Resume))
    {
        text = html!("{}\n\n⏳ {}", text, provider(*troubled));
        text = html!(
            "{} отвечает с ошибками. {}",
            text,
            if *until > facts.viewer.now {
                format!(
                    "Попробую в {}, приглашения ждут в очереди.",
                    clock(*until, &facts.viewer.zone)
                )
            } else {
                "Проверю следующим приглашением, остальные подождут его ответа.".to_owned()
            }
        );
    }
    for paused in &facts.holds.paused {
        text = html!("{}\n\n⏸ {}", text, provider(*paused));
        text = html!(
            "{} на паузе: сервис не принимает ключ или адрес. Приглашения ждут в очереди.",
            text
        );
        if facts.viewer.may(Permission::Resume) {
            rows.push(vec![resume(*paused)]);
        }
    }
    if facts.holds.rival {
        text = html!(
            "{}\n\n⏸ Отправка остановлена: с токеном бота работает ещё одна программа. Приглашения ждут в очереди.",
            text
        );
        if facts.viewer.may(Permission::Resume) {
            rows.push(vec![go_on()]);
        }
    }
    if let Some(embargo) = &facts.holds.embargo {
        text = html!("{}\n\n{}", text, holds::standing(&facts.viewer, embargo));
        if facts.viewer.may(Permission::Resume) {
            rows.extend(holds::ways_out(embargo));
        }
    }
    screen(text, rows)
}

fn go_on() -> Button {
    button("▶️ Другой нет, продолжить отправку", Press::Alone)
}

pub fn rival_notice() -> Screen {
    let text = html!(
        "⏸ <b>Отправка остановлена</b>: с токеном этого бота работает ещё одна программа, и часть сообщений и нажатий достаётся ей. Приглашения ждут в очереди, ничего не потеряно.\nНайдите её и остановите: второй запуск бота, прежний сервер, копия для проверки, чужая программа. Не нашли — перевыпустите токен у @BotFather и впишите новый в TELOXIDE_TOKEN.\nЕсли у неё была копия базы, ожидающие приглашения могла отправить и она. Проверьте их и снимите те, что ушли. Потом нажмите «Другой нет, продолжить отправку»: сам я отправку не возобновлю."
    );
    let waiting = Press::List(List::of(ListWhat::All(Some(Bucket::Waiting), None)));
    screen(text, vec![vec![button("⏳ Что ждёт в очереди", waiting)], vec![go_on()]])
}

pub fn alone(viewer: &Viewer) -> (Screen, String) {
    let text = html!(
        "▶️ <b>Отправка возобновлена</b>: {}, {}.",
        name(&viewer.me),
        super::day_and_time(viewer.now, &viewer.zone)
    );
    (screen(text, home_rows(viewer)), "Отправка возобновлена.".to_owned())
}

fn resume(paused: Provider) -> Button {
    button(format!("▶️ Возобновить {}", provider(paused)), Press::Resume(paused))
}

pub fn paused_notice(paused: Provider, message: Option<&str>) -> Screen {
    let mut text = html!(
        "⏸ <b>{}</b> не принимает ключ или адрес. Отправка через него остановлена, приглашения ждут в очереди, ничего не потеряно.",
        provider(paused)
    );
    if let Some(message) = message {
        text = html!("{}\nОтвет сервиса: {}", text, quote(message, 600));
    }
    let setting = match paused {
        Provider::Invoicebox => "INVOICEBOX_TOKEN и INVOICEBOX_PARTNER_ID",
        Provider::Sbis => "SBIS_API_URL",
    };
    text = html!(
        "{}\nПроверьте {}, при необходимости исправьте их и перезапустите бота, затем нажмите «Возобновить».",
        text,
        setting
    );
    screen(text, vec![vec![resume(paused)]])
}

pub fn outage_notice(troubled: Provider) -> Screen {
    let text = html!(
        "⏳ <b>{}</b> больше 15 минут отвечает с ошибками или не отвечает. Раз в минуту пробую одним приглашением, остальные ждут в очереди, ничего не потеряно. Когда сервис ответит как должно, продолжу сам.\nКаждая неудачная проба может оставить одно приглашение неизвестным: их авторам я пишу.",
        provider(troubled)
    );
    screen(text, vec![vec![button("⚠️ Все неизвестные", all_unknown())]])
}

pub fn all_unknown() -> Press {
    Press::List(List::of(ListWhat::All(Some(Bucket::Unknown), None)))
}

pub fn resumed(viewer: &Viewer, resumed: Provider) -> (Screen, String) {
    let text = html!(
        "▶️ <b>{}</b>: отправка возобновлена, {}, {}.",
        provider(resumed),
        name(&viewer.me),
        super::day_and_time(viewer.now, &viewer.zone)
    );
    (screen(text, home_rows(viewer)), format!("{}: отправка возобновлена.", provider(resumed)))
}

pub fn hint(viewer: &Viewer) -> Screen {
    let text = html!(
        "Не вижу здесь ни ИНН, ни КПП, ни e-mail. Пришлите реквизиты клиента или нажмите «Пригласить»; все команды — /help."
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
        "Приглашаю клиентов зарегистрироваться в Invoicebox и СБИС.\nПришлите реквизиты одним сообщением, как они есть: из письма, договора, CRM. Например: <code>МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, iam@mail.ru</code>\n/invite — новое приглашение по вопросам; хватит начать и с одного ИНН или e-mail\n/status — приглашения; /status 12, /status iam@mail.ru или /status 1215107651 — найти\n/cancel — закрыть черновик · /start — начало и черновик\nПринято — сервис взял запрос и отправит письмо; дошло ли оно, сервисы не сообщают.\nНеизвестно — ответа не было, письмо могло уйти: уточните у клиента и отметьте на карточке. Сам я не повторяю."
    );
    if facts.viewer.may(Permission::ManageStaff) {
        text = html!(
            "{}\n/staff — кто имеет доступ; /staff 123456789 30 — лимит в день\n/allow 123456789 Анна — дать доступ (в конце «админ» — администратору); можно ответом на пересланное сообщение или контакт\n/revoke 123456789 — отозвать доступ\n/stoplist romashka.ru — никому туда не писать; /stoplist — весь стоп-лист",
            text
        );
    } else {
        text = html!("{}\nВопросы — администратору", text);
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
