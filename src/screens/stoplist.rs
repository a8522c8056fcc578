//! The stop-list: who asked not to be written to.

use super::html::{Html, html, quote, shorten};
use super::parts::marked;
use super::press::{CardAct, Press, StopAct, StopScope};
use super::status::card_press;
use super::{Button, Screen, button, screen, you_or_name};
use crate::domain::{
    Invitation, InvitationNo, Misspelt, Permission, StopEntry, StopTarget, Viewer,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopResult {
    pub stops: Vec<StopTarget>,
    pub card: Option<InvitationNo>,
    pub new: bool,
    /// Held now, and visible to this person.
    pub held: Vec<InvitationNo>,
    /// Held now in all.
    pub held_count: usize,
}

#[derive(Clone, Debug)]
pub struct StopPage {
    pub entries: Vec<StopEntry>,
    /// From 0.
    pub page: u32,
    pub pages: u32,
}

pub fn to_list() -> Button {
    button("🚫 Стоп-лист", Press::StopList(StopAct::Page(0)))
}

fn shown(stop: &StopTarget) -> Html {
    let value = shorten(&stop.shown(), 100);
    match stop {
        StopTarget::Email(_) => html!("<code>{}</code>", value),
        StopTarget::Domain(_) => html!("<code>{}</code> и поддомены", value),
        StopTarget::Inn(_) => html!("ИНН <code>{}</code>", value),
    }
}

fn all(stops: &[StopTarget]) -> Html {
    let mut text = Html::default();
    for (place, stop) in stops.iter().enumerate() {
        if place > 0 {
            text = html!("{}, ", text);
        }
        text = html!("{}{}", text, shown(stop));
    }
    text
}

pub fn entry_line(viewer: &Viewer, entry: &StopEntry) -> Html {
    let date = entry.at.to_zoned(viewer.zone.clone()).strftime("%d.%m.%Y").to_string();
    let by = shorten(&you_or_name(viewer, &entry.by), 30);
    let text = html!("{} — в стоп-листе, добавлено: {}, {}", shown(&entry.stop), by, date);
    match &entry.reason {
        Some(reason) => html!("{}. Причина: {}", text, quote(reason, 200)),
        None => html!("{}.", text),
    }
}

pub fn who_takes_off(viewer: &Viewer) -> &'static str {
    match viewer.may(Permission::ManageStopList) {
        true => "Если это ошибка, уберите запись из стоп-листа.",
        false => "Если это ошибка, запись уберёт админ.",
    }
}

/// `company` is `None` if only the address is known.
pub fn choose_stop(invitation: &Invitation, company: Option<&[StopTarget]>) -> Screen {
    let mut text = html!(
        "🚫 <b>Кто просил не писать?</b>\nБольше никто не сможет отправить туда приглашение. То, что ждёт, тоже не уйдёт."
    );
    let to = |label: &str, scope| button(label, card_press(invitation, CardAct::ChooseStop(scope)));
    let address = format!("✉️ {}", shorten(invitation.recipient.email().as_str(), 40));
    let mut rows = vec![vec![to(&address, StopScope::Address)]];
    if let Some(company) = company {
        text = html!("{}\nВся компания — это {}.", text, all(company));
        rows.push(vec![to("🏢 Вся компания", StopScope::Company)]);
    }
    rows.push(vec![button("◀️ Назад", card_press(invitation, CardAct::Open))]);
    screen(text, rows)
}

pub fn ask_stop(
    viewer: &Viewer,
    invitation: &Invitation,
    scope: StopScope,
    stops: &[StopTarget],
) -> Screen {
    let text = html!("🚫 Внести в стоп-лист: {}?", all(stops));
    let text = match viewer.may(Permission::ManageStopList) {
        true => html!("{}\nУбрать запись можно будет в /stoplist.", text),
        false => html!("{}\nУбрать запись сможет только админ.", text),
    };
    let rows = vec![
        vec![button("🚫 Да, внести", card_press(invitation, CardAct::Stop(scope)))],
        vec![button("◀️ Назад", card_press(invitation, CardAct::Open))],
    ];
    screen(text, rows)
}

const NAMED_MAX: usize = 20;

pub fn stopped(viewer: &Viewer, done: &StopResult) -> Screen {
    let head = if done.new {
        "🚫 Внесено в стоп-лист: "
    } else {
        "🚫 Уже в стоп-листе: "
    };
    let mut text = html!("{}{}.", head, all(&done.stops));
    if !done.held.is_empty() {
        let numbers: Vec<String> =
            done.held.iter().take(NAMED_MAX).map(|number| format!("№{number}")).collect();
        let more = if done.held.len() > NAMED_MAX { " и другие" } else { "" };
        text = html!("{}\nЖдали в очереди и не уйдут: {}{}.", text, numbers.join(", "), more);
    }
    if let Some(others) = done.held_count.checked_sub(done.held.len()).filter(|&n| n > 0) {
        text = html!("{}\nЖдали в очереди у коллег и не уйдут: {}.", text, others);
    }
    let card = done.card.map(|number| {
        let card = Press::Card(number, 0, CardAct::Open);
        vec![button(format!("🔎 К карточке №{number}"), card)]
    });
    let home = button("🏠 Начало", Press::Home);
    let rest =
        if viewer.may(Permission::ManageStopList) { vec![to_list(), home] } else { vec![home] };
    screen(text, card.into_iter().chain([rest]).collect())
}

pub fn stop_list(viewer: &Viewer, list: &StopPage) -> Screen {
    let mut text = html!("🚫 <b>Стоп-лист</b>");
    let mut take_off = Vec::new();
    for (place, entry) in list.entries.iter().enumerate() {
        let place = place + 1;
        text = html!("{}\n{}. {}", text, place, entry_line(viewer, entry));
        take_off.push(button(
            format!("❌ Убрать {place}"),
            Press::StopList(StopAct::AskRemove(entry.id)),
        ));
    }
    if list.entries.is_empty() {
        text = html!("{}\nПока пусто.", text);
    }
    text = html!("{}\n\nДобавить: <code>/stoplist romashka.ru просили не писать</code>", text);
    text = html!("{}. Можно адрес, домен или ИНН.", text);
    let mut rows: Vec<Vec<Button>> = take_off.chunks(3).map(<[Button]>::to_vec).collect();
    if list.pages > 1 {
        let to = |label: &str, page| button(label, Press::StopList(StopAct::Page(page)));
        let mut turn = Vec::new();
        if let Some(previous) = list.page.checked_sub(1) {
            turn.push(to("◀️", previous));
        }
        turn.push(button(format!("{}/{}", list.page + 1, list.pages), Press::Caption));
        if list.page + 1 < list.pages {
            turn.push(to("▶️", list.page + 1));
        }
        rows.push(turn);
    }
    rows.push(vec![button("🏠 Начало", Press::Home)]);
    screen(text, rows)
}

pub fn ask_unstop(viewer: &Viewer, entry: &StopEntry) -> Screen {
    let text = html!(
        "Убрать из стоп-листа?\n{}\nПриглашать туда снова смогут все.",
        entry_line(viewer, entry)
    );
    let rows = vec![
        vec![button("✅ Да, убрать", Press::StopList(StopAct::Remove(entry.id)))],
        vec![button("◀️ Назад", Press::StopList(StopAct::Page(0)))],
    ];
    screen(text, rows)
}

pub fn unstopped(entry: &StopEntry, held: u32) -> Screen {
    let mut text = html!("✅ Убрано из стоп-листа: {}.", shown(&entry.stop));
    if held > 0 {
        text = html!(
            "{}\nОтложенных из-за стоп-листа: {}. Само ничего не уйдёт: отправить или отменить их можно на карточках.",
            text,
            held
        );
    }
    screen(text, vec![vec![to_list(), button("🏠 Начало", Press::Home)]])
}

pub fn public_domain(domain: &str) -> Screen {
    let text = html!(
        "<code>{}</code> — общий почтовый домен: запрет закрыл бы всех, у кого там почта. Ничего не внесено. Пришлите адрес целиком: <code>/stoplist i@{}</code>",
        shorten(domain, 100),
        shorten(domain, 100)
    );
    screen(text, vec![vec![to_list()]])
}

/// `stands`: somebody who insists may list it as written.
pub fn stop_misspelt(name: &Misspelt, reason: Option<&str>, stands: bool) -> Screen {
    let command = |words: &str| match reason {
        Some(reason) => format!("/stoplist {words} {reason}"),
        None => format!("/stoplist {words}"),
    };
    let written = shorten(&name.written, 100);
    let text = match (name.cyrillic.is_empty(), &name.meant) {
        (true, meant) => {
            let meant = shorten(meant.as_deref().unwrap_or_default(), 100);
            html!("Похоже на опечатку: <code>{}</code> вместо <code>{}</code>", written, meant)
        }
        (false, _) => html!(
            "Латинские и русские буквы вперемешку: {}. Русские здесь: {}",
            marked(&written),
            spaced(&name.cyrillic)
        ),
    };
    let mut text = html!("{}. Ничего не внесено.", text);
    if let Some(meant) = &name.meant {
        let meant = shorten(meant, 100);
        text = match name.public {
            true => html!(
                "{}\n<code>{}</code> — общий почтовый домен, нужен адрес целиком. Пришлите: <code>{}</code>",
                text,
                meant,
                command(&format!("адрес@{meant}"))
            ),
            false => html!("{}\nПришлите: <code>{}</code>", text, command(&meant)),
        };
    } else {
        text = html!("{}\nПроверьте буквы и пришлите ещё раз.", text);
    }
    if stands {
        let exactly = format!("{EXACT_WORD} {}", shorten(&name.written, 100));
        text = html!("{}\nЕсли всё верно: <code>{}</code>", text, command(&exactly));
    }
    screen(text, vec![vec![to_list()]])
}

/// Insists on a name as written.
pub const EXACT_WORD: &str = "точно";

/// May stand before the number.
pub const INN_WORD: &str = "инн";

fn spaced(letters: &str) -> String {
    let letters: Vec<String> = letters.chars().map(String::from).collect();
    letters.join(", ")
}

pub fn stop_checksum(digits: &str) -> Screen {
    let text =
        html!("В ИНН {} опечатка: контрольная цифра не сходится. Ничего не внесено.", digits);
    screen(text, vec![vec![to_list()]])
}

pub fn one_stop_at_a_time() -> Screen {
    let text = "Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.";
    screen(html!("{}", text), vec![vec![to_list()]])
}

pub fn stop_usage() -> Screen {
    let text = html!(
        "Кому не писать? Нужен e-mail, домен или ИНН, после него можно причину: <code>/stoplist i@romashka.ru</code>, <code>/stoplist romashka.ru просили не писать</code>, <code>/stoplist 1215107651</code>. Ничего не внесено."
    );
    screen(text, vec![vec![to_list()]])
}

pub fn reason_too_long(max: usize) -> Screen {
    let text = format!("Причина слишком длинная: можно до {max} знаков. Ничего не внесено.");
    screen(html!("{}", text), vec![vec![to_list()]])
}
