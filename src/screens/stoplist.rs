//! The stop-list: who asked not to be written to.

use super::html::{Html, shorten};
use super::parts::marked;
use super::press::{CardAct, Press, StopAct, StopScope};
use super::status::card_press;
use super::{Button, Screen, button, name, screen};
use crate::domain::{Invitation, Misspelt, Number, Permission, Stop, StopEntry, Viewer};

/// What came of putting something on the stop-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopDone {
    pub stops: Vec<Stop>,
    /// From the card of this invitation.
    pub card: Option<Number>,
    /// Whether anything is new.
    pub new: bool,
    /// What waited in the queue, and is held now; as many of them as this person may see.
    pub held: Vec<Number>,
    /// How many that are in all.
    pub held_count: usize,
}

/// A page of the stop-list.
#[derive(Clone, Debug)]
pub struct StopPage {
    /// The newest first.
    pub entries: Vec<StopEntry>,
    /// From 0.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
}

/// To the stop-list.
pub fn to_list() -> Button {
    button("🚫 Стоп-лист", Press::StopList(StopAct::Page(0)))
}

fn shown(stop: &Stop) -> Html {
    let value = shorten(&stop.shown(), 100);
    match stop {
        Stop::Email(_) => Html::default().code(value),
        Stop::Domain(_) => Html::default().code(value).text(" и поддомены"),
        Stop::Inn(_) => Html::new("ИНН ").code(value),
    }
}

fn all(stops: &[Stop]) -> Html {
    let mut text = Html::default();
    for (place, stop) in stops.iter().enumerate() {
        if place > 0 {
            text = text.text(", ");
        }
        text = text.join(&shown(stop));
    }
    text
}

/// Who put it there, when and why.
pub fn entry_line(viewer: &Viewer, entry: &StopEntry) -> Html {
    let date = entry.at.to_zoned(viewer.zone.clone()).strftime("%d.%m.%Y").to_string();
    let text = shown(&entry.stop)
        .text(" — в стоп-листе с ")
        .text(date)
        .text(", внёс(ла) ")
        .text(shorten(&name(&entry.by), 30));
    match &entry.reason {
        Some(reason) => text.text(". Причина: ").quote(reason, 200),
        None => text.text("."),
    }
}

/// Who may take an entry off.
pub fn who_takes_off(viewer: &Viewer) -> &'static str {
    match viewer.may(Permission::ManageStopList) {
        true => "Если это ошибка, уберите запись из стоп-листа.",
        false => "Если это ошибка, запись уберёт администратор.",
    }
}

/// Who is it that asked? `company`: what stands for all of it, where more than the address is
/// known.
pub fn choose_stop(invitation: &Invitation, company: Option<&[Stop]>) -> Screen {
    let mut text = Html::new("🚫 ").bold("Кто просил не писать?").line().text(
        "Приглашения туда не уйдут больше ни у кого: ни новые, ни повторы, ни те, что в очереди.",
    );
    let to = |label: &str, scope| button(label, card_press(invitation, CardAct::ChooseStop(scope)));
    let address = format!("✉️ {}", shorten(invitation.recipient.email().as_str(), 40));
    let mut rows = vec![vec![to(&address, StopScope::Address)]];
    if let Some(company) = company {
        text = text.line().text("Вся компания — это ").join(&all(company)).text(".");
        rows.push(vec![to("🏢 Вся компания", StopScope::Company)]);
    }
    rows.push(vec![button("◀️ Назад", card_press(invitation, CardAct::Open))]);
    screen(text, rows)
}

/// Asks once more, naming what goes on the list.
pub fn ask_stop(
    viewer: &Viewer,
    invitation: &Invitation,
    scope: StopScope,
    stops: &[Stop],
) -> Screen {
    let text = Html::new("🚫 Внести в стоп-лист: ").join(&all(stops)).text("?");
    let text = match viewer.may(Permission::ManageStopList) {
        true => text.line().text("Убрать запись можно будет в /stoplist."),
        false => text.line().text("Убрать запись сможет только администратор."),
    };
    let rows = vec![
        vec![button("🚫 Да, внести", card_press(invitation, CardAct::Stop(scope)))],
        vec![button("◀️ Назад", card_press(invitation, CardAct::Open))],
    ];
    screen(text, rows)
}

/// How many numbers are named at most.
const NAMED: usize = 20;

/// It stands on the list.
pub fn stopped(viewer: &Viewer, done: &StopDone) -> Screen {
    let head = if done.new {
        "🚫 Внесено в стоп-лист: "
    } else {
        "🚫 Уже в стоп-листе: "
    };
    let mut text = Html::new(head).join(&all(&done.stops)).text(".");
    if !done.held.is_empty() {
        let numbers: Vec<String> =
            done.held.iter().take(NAMED).map(|number| format!("№{number}")).collect();
        let more = if done.held.len() > NAMED { " и другие" } else { "" };
        text =
            text.line().text(format!("Ждали в очереди и не уйдут: {}{more}.", numbers.join(", ")));
    }
    if let Some(others) = done.held_count.checked_sub(done.held.len()).filter(|&n| n > 0) {
        text = text.line().text(format!("Ждали в очереди у коллег и не уйдут: {others}."));
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

/// A page of the list.
pub fn stop_list(viewer: &Viewer, list: &StopPage) -> Screen {
    let mut text = Html::new("🚫 ").bold("Стоп-лист");
    let mut take_off = Vec::new();
    for (place, entry) in list.entries.iter().enumerate() {
        let place = place + 1;
        text = text.line().text(format!("{place}. ")).join(&entry_line(viewer, entry));
        take_off.push(button(
            format!("✖️ Убрать {place}"),
            Press::StopList(StopAct::AskRemove(entry.id)),
        ));
    }
    if list.entries.is_empty() {
        text = text.line().text("Пока пусто.");
    }
    text = text.line().line().text("Добавить: ").code("/stoplist romashka.ru просили не писать");
    text = text.text(". Можно адрес, домен или ИНН.");
    let mut rows: Vec<Vec<Button>> = take_off.chunks(3).map(<[Button]>::to_vec).collect();
    if list.pages > 1 {
        let to = |label: &str, page| button(label, Press::StopList(StopAct::Page(page)));
        let mut turn = Vec::new();
        if let Some(previous) = list.page.checked_sub(1) {
            turn.push(to("◀️", previous));
        }
        turn.push(button(format!("{}/{}", list.page + 1, list.pages), Press::Label));
        if list.page + 1 < list.pages {
            turn.push(to("▶️", list.page + 1));
        }
        rows.push(turn);
    }
    rows.push(vec![button("🏠 Начало", Press::Home)]);
    screen(text, rows)
}

/// Before an entry is taken off.
pub fn ask_unstop(viewer: &Viewer, entry: &StopEntry) -> Screen {
    let text = Html::new("Убрать из стоп-листа?")
        .line()
        .join(&entry_line(viewer, entry))
        .line()
        .text("Приглашать туда снова смогут все.");
    let rows = vec![
        vec![button("✅ Да, убрать", Press::StopList(StopAct::Remove(entry.id)))],
        vec![button("◀️ Назад", Press::StopList(StopAct::Page(0)))],
    ];
    screen(text, rows)
}

/// It is off the list, and so many that it held wait for a word.
pub fn unstopped(entry: &StopEntry, held: u32) -> Screen {
    let mut text = Html::new("✅ Убрано из стоп-листа: ").join(&shown(&entry.stop)).text(".");
    if held > 0 {
        text = text.line().text(format!(
            "Отложенных из-за стоп-листа: {held}. Само ничего не уйдёт: отправить или отменить их можно на карточках."
        ));
    }
    screen(text, vec![vec![to_list(), button("🏠 Начало", Press::Home)]])
}

/// A domain at which anybody may have a mailbox.
pub fn public_domain(domain: &str) -> Screen {
    let text = Html::default()
        .code(shorten(domain, 100))
        .text(" — общий почтовый домен: запрет закрыл бы всех, у кого там почта. Ничего не внесено. Пришлите адрес целиком: ")
        .code(format!("/stoplist i@{}", shorten(domain, 100)));
    screen(text, vec![vec![to_list()]])
}

/// A name that was probably meant otherwise. `stands`: it may be put on the list as it is, if
/// somebody insists.
pub fn stop_misspelt(name: &Misspelt, reason: Option<&str>, stands: bool) -> Screen {
    let command = |words: &str| match reason {
        Some(reason) => format!("/stoplist {words} {reason}"),
        None => format!("/stoplist {words}"),
    };
    let written = shorten(&name.written, 100);
    let text = match (name.cyrillic.is_empty(), &name.meant) {
        (true, meant) => {
            let meant = shorten(meant.as_deref().unwrap_or_default(), 100);
            Html::new("Похоже на опечатку: ").code(written).text(" вместо ").code(meant)
        }
        (false, _) => marked(Html::new("Латинские и русские буквы вперемешку: "), &written)
            .text(format!(". Русские здесь: {}", spaced(&name.cyrillic))),
    };
    let mut text = text.text(". Ничего не внесено.");
    if let Some(meant) = &name.meant {
        let meant = shorten(meant, 100);
        text = match name.public {
            true => text
                .line()
                .code(&meant)
                .text(" — общий почтовый домен, нужен адрес целиком. Пришлите: ")
                .code(command(&format!("адрес@{meant}"))),
            false => text.line().text("Пришлите: ").code(command(&meant)),
        };
    } else {
        text = text.line().text("Проверьте буквы и пришлите ещё раз.");
    }
    if stands {
        let exactly = format!("{SURE} {}", shorten(&name.written, 100));
        text = text.line().text("Если всё верно: ").code(command(&exactly));
    }
    screen(text, vec![vec![to_list()]])
}

/// The word before a name that is put on the list as it is written.
pub const SURE: &str = "точно";

/// Letters, a comma between them.
fn spaced(letters: &str) -> String {
    let letters: Vec<String> = letters.chars().map(String::from).collect();
    letters.join(", ")
}

/// `/stoplist` with a number that looks like an ИНН and is none.
pub fn stop_checksum(digits: &str) -> Screen {
    let text = Html::new(format!(
        "ИНН {digits} не проходит проверку контрольной суммы: похоже, опечатка. Ничего не внесено."
    ));
    screen(text, vec![vec![to_list()]])
}

/// `/stoplist` with several entries.
pub fn one_stop_at_a_time() -> Screen {
    let text = "Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.";
    screen(Html::new(text), vec![vec![to_list()]])
}

/// What `/stoplist` takes.
pub fn stop_usage() -> Screen {
    let text = Html::new("Кому не писать? Нужен e-mail, домен или ИНН, после него можно причину: ")
        .code("/stoplist i@romashka.ru")
        .text(", ")
        .code("/stoplist romashka.ru просили не писать")
        .text(", ")
        .code("/stoplist 1215107651")
        .text(". Ничего не внесено.");
    screen(text, vec![vec![to_list()]])
}

/// `/stoplist` with too long a reason.
pub fn reason_too_long(max: usize) -> Screen {
    let text = format!("Причина слишком длинная: можно до {max} знаков. Ничего не внесено.");
    screen(Html::new(text), vec![vec![to_list()]])
}
