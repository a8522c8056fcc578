//! Repeating: what is to go once more, and what is said where a recipient has had enough letters.

use super::super::press::{CardAct, DraftAct};
use super::super::{Button, Desk, Html, Reply};
use super::standing::{card_press, recipient_line};
use super::stoplist::{entry_line, to_list, who_takes_off};
use super::{button, day_and_time, draft, field, name, plural, provider, reply};
use crate::domain::{Draft, Field, Invitation, Room, StopEntry};

/// «Повторить» asks what: the same, the same but for one field, or through the other provider.
pub fn repeat_menu(desk: &Desk, invitation: &Invitation, room: Room) -> Reply {
    let act = |label: &str, act| button(label, card_press(invitation, act));
    let known = invitation.recipient.provider();
    let mut text = Html::new(format!("🔁 Повторить №{} · ", invitation.number))
        .text(provider(known))
        .line()
        .join(&recipient_line(&invitation.recipient));
    if let Some(why) = refusal(desk, room) {
        text = text.line().line().text("⚠️ ").text(why);
    }
    let mut rows = Vec::new();
    if room == Room::Free || desk.is_admin() {
        let as_it_is = match (invitation.state.is_settled(), invitation.needs_asking()) {
            (true, _) => CardAct::Copy,
            (false, true) => CardAct::AskRepeat,
            (false, false) => CardAct::Repeat(None),
        };
        rows.push(vec![act("📄 Как есть", as_it_is)]);
    }
    let fields = Draft::from(&invitation.recipient).fields();
    let edits: Vec<Button> = fields
        .iter()
        .filter(|&&known| known != Field::Provider)
        .filter(|&&known| known != Field::Office || !super::super::office::is_fixed(desk))
        .map(|&known| act(&format!("✏️ {}", field(known)), CardAct::Edit(known)))
        .collect();
    rows.extend(edits.chunks(3).map(<[Button]>::to_vec));
    if let Some(other) = desk.providers.iter().find(|other| **other != known) {
        rows.push(vec![act(&format!("🔀 Через {}", provider(*other)), CardAct::Switch)]);
    }
    rows.push(vec![act("◀️ Назад", CardAct::Open)]);
    reply(text, rows)
}

/// «Повторить» where the recipient asked not to be written to: another address may be free.
pub fn repeat_stopped(desk: &Desk, invitation: &Invitation, entry: &StopEntry) -> Reply {
    let text = Html::new(format!("🔁 Повторить №{} · ", invitation.number))
        .text(provider(invitation.recipient.provider()))
        .line()
        .join(&recipient_line(&invitation.recipient))
        .line()
        .line()
        .text("🚫 ")
        .bold("Сюда просили не писать")
        .line()
        .join(&entry_line(desk, entry))
        .line()
        .text(who_takes_off(desk));
    let mut rows = Vec::new();
    if entry.is_mail() {
        let edit = card_press(invitation, CardAct::Edit(Field::Email));
        rows.push(vec![button(format!("✏️ {}", field(Field::Email)), edit)]);
    }
    if desk.is_admin() {
        rows.push(vec![to_list()]);
    }
    rows.push(vec![button("◀️ Назад", card_press(invitation, CardAct::Open))]);
    reply(text, rows)
}

/// Why no more letters go to a recipient, from when they may, and who may send one all the same.
pub(super) fn refusal(desk: &Desk, room: Room) -> Option<String> {
    let why = match room {
        Room::Free => return None,
        Room::From(at) => format!(
            "Этому получателю меньше суток назад уже отправляли повтор. Следующий можно с {}.",
            day_and_time(at, &desk.zone)
        ),
        Room::Spent => {
            let most = Room::REPEATS;
            let times = plural(usize::try_from(most).unwrap_or(0), "повтор", "повтора", "повторов");
            format!("Этому получателю уже отправили приглашение и {most} {times}: больше нельзя.")
        }
    };
    let who = match (desk.is_admin(), &desk.admin) {
        (true, _) => {
            "Вы администратор и можете отправить сверх правила: это попадёт в журнал.".to_owned()
        }
        (false, Some(admin)) => {
            format!("Сверх правила может отправить администратор: {}.", name(admin))
        }
        (false, None) => "Сверх правила может отправить администратор.".to_owned(),
    };
    Some(format!("{why} {who}"))
}

/// What confirms a draft: nothing, where the recipient has had enough letters and the person is no
/// admin.
pub fn confirm(desk: &Desk, room: Room) -> Option<Button> {
    match room {
        Room::Free => Some(draft("🚀 Отправить", DraftAct::Send)),
        _ if desk.is_admin() => Some(draft("⚠️ Отправить сверх правила", DraftAct::SendBeyond)),
        _ => None,
    }
}

/// The same for one more attempt of an invitation. The answer is good for a quarter of an hour
/// from this minute (Unix).
pub fn no_room_to_repeat(desk: &Desk, invitation: &Invitation, room: Room, minute: i64) -> Reply {
    let mut text = Html::new(format!("⚠️ №{}: ", invitation.number))
        .bold("ещё раз не отправлено")
        .text(". ")
        .text(refusal(desk, room).unwrap_or_default())
        .line()
        .join(&recipient_line(&invitation.recipient));
    if desk.is_admin() && invitation.needs_asking() {
        text = text
            .line()
            .text("Прежний запрос мог быть принят: клиент может получить ")
            .bold("второе письмо")
            .text(".");
    }
    let mut rows = Vec::new();
    if desk.is_admin() {
        let beyond = card_press(invitation, CardAct::Beyond(minute));
        rows.push(vec![button("⚠️ Отправить сверх правила", beyond)]);
    }
    rows.push(vec![button("🔎 Открыть", card_press(invitation, CardAct::Details))]);
    reply(text, rows)
}
