//! Repeats, and what is said when a recipient has had enough letters.

use super::card::second_letter;
use super::html::{Html, html};
use super::press::CardAct;
use super::status::{card_press, recipient_line};
use super::stoplist::{entry_line, to_list, who_takes_off};
use super::{
    Button, Screen, button, day_and_time, draft_button, field, name, plural, provider, requests,
    screen,
};
use crate::dialogue::facts::Facts;
use crate::dialogue::session::DraftAct;
use crate::domain::{
    Draft, Field, Invitation, Permission, RequestKind, ResendQuota, State, StopEntry,
};

pub fn repeat_menu(
    facts: &Facts,
    invitation: &Invitation,
    quota: ResendQuota,
    may_override: bool,
) -> Screen {
    let act = |label: &str, act| button(label, card_press(invitation, act));
    let known = invitation.recipient.provider();
    let mut text = html!(
        "🔁 Повторить №{} · {}\n{}",
        invitation.number,
        provider(known),
        recipient_line(&invitation.recipient)
    );
    if let Some(why) = resend_refusal(facts, quota, may_override) {
        text = html!("{}\n\n⚠️ {}", text, why);
    }
    let mut rows = Vec::new();
    if quota == ResendQuota::Available || may_override {
        let as_it_is = match (invitation.state.repeat_is_new(), invitation.retry_needs_consent()) {
            (true, _) => CardAct::Copy,
            (false, true) => CardAct::AskResend,
            (false, false) => CardAct::Resend(None),
        };
        rows.push(vec![act("📄 Как есть", as_it_is)]);
    } else {
        rows.push(requests::ask_of(RequestKind::Repeat, invitation.number));
    }
    let fields = Draft::from(&invitation.recipient).fields();
    let edits: Vec<Button> = fields
        .iter()
        .filter(|&&known| known != Field::Provider)
        .filter(|&&known| known != Field::Office || !facts.is_office_fixed())
        .map(|&known| act(&format!("✏️ {}", field(known)), CardAct::Edit(known)))
        .collect();
    rows.extend(edits.chunks(3).map(<[Button]>::to_vec));
    if let Some(other) = facts.setup.providers.iter().find(|other| **other != known) {
        rows.push(vec![act(&format!("🔀 Через {}", provider(*other)), CardAct::Switch)]);
    }
    rows.push(vec![act("◀️ Назад", CardAct::Open)]);
    screen(text, rows)
}

pub fn repeat_stopped(facts: &Facts, invitation: &Invitation, entry: &StopEntry) -> Screen {
    let text = html!(
        "🔁 Повторить №{} · {}\n{}\n\n🚫 <b>Сюда просили не писать</b>\n{}\n{}",
        invitation.number,
        provider(invitation.recipient.provider()),
        recipient_line(&invitation.recipient),
        entry_line(&facts.viewer, entry),
        who_takes_off(&facts.viewer)
    );
    let mut rows = Vec::new();
    if entry.is_mail() {
        let edit = card_press(invitation, CardAct::Edit(Field::Email));
        rows.push(vec![button(format!("✏️ {}", field(Field::Email)), edit)]);
    }
    match facts.viewer.may(Permission::ManageStopList) {
        true => rows.push(vec![to_list()]),
        false => rows.push(requests::ask_of(RequestKind::Stop, invitation.number)),
    }
    rows.push(vec![button("◀️ Назад", card_press(invitation, CardAct::Open))]);
    screen(text, rows)
}

pub(super) fn resend_refusal(facts: &Facts, quota: ResendQuota, may: bool) -> Option<String> {
    let why = match quota {
        ResendQuota::Available => return None,
        ResendQuota::AvailableAt(at) => format!(
            "Этому получателю меньше суток назад уже отправляли повтор. Следующий можно с {}.",
            day_and_time(at, &facts.viewer.zone)
        ),
        ResendQuota::Exhausted => {
            let most = ResendQuota::REPEATS;
            let times = plural(usize::try_from(most).unwrap_or(0), "повтор", "повтора", "повторов");
            format!("Этому получателю уже отправили приглашение и {most} {times}: больше нельзя.")
        }
    };
    let who = match (may, &facts.admin) {
        (true, _) if !facts.viewer.may(Permission::OverrideRules) => {
            "Вам разрешили отправить ещё одно: это попадёт в журнал.".to_owned()
        }
        (true, _) => "Вы админ и можете отправить сверх правила: это попадёт в журнал.".to_owned(),
        (false, Some(admin)) => {
            format!("Сверх правила может отправить админ: {}.", name(admin))
        }
        (false, None) => "Сверх правила может отправить админ.".to_owned(),
    };
    Some(format!("{why} {who}"))
}

/// What the client gets once more, or may get.
pub(super) fn repeated(facts: &Facts, filled: &Draft) -> Option<Html> {
    let earlier = facts.repeated(filled)?;
    let what = match earlier.state {
        State::Unknown => "если то письмо дошло, клиент получит второе",
        _ => "клиент получит второе письмо",
    };
    Some(match facts.viewer.may_see(earlier) {
        true => html!("🔁 <b>Повтор №{}</b>: {}.", earlier.number, what),
        false => html!("🔁 <b>Повтор</b>: {}.", what),
    })
}

pub fn confirm_button(quota: ResendQuota, may: bool) -> Option<Button> {
    match quota {
        ResendQuota::Available => Some(draft_button("🚀 Отправить", DraftAct::Send)),
        _ if may => Some(draft_button("⚠️ Отправить сверх правила", DraftAct::SendOverLimit)),
        _ => None,
    }
}

/// `minute` (Unix) is when it was asked; the answer is good for 15 minutes.
pub fn resend_not_available(
    facts: &Facts,
    invitation: &Invitation,
    (quota, may): (ResendQuota, bool),
    minute: i64,
) -> Screen {
    let mut text = html!(
        "⚠️ №{}: <b>повтор не отправлен</b>. {}\n{}",
        invitation.number,
        resend_refusal(facts, quota, may).unwrap_or_default(),
        recipient_line(&invitation.recipient)
    );
    if may && invitation.retry_needs_consent() {
        text = html!("{}\n{}", text, second_letter(invitation));
    }
    let mut rows = Vec::new();
    if may {
        let over_limit = card_press(invitation, CardAct::ResendOverLimit(minute));
        rows.push(vec![button("⚠️ Отправить сверх правила", over_limit)]);
    } else {
        rows.push(requests::ask_of(RequestKind::Repeat, invitation.number));
    }
    rows.push(vec![button("🔎 Открыть", card_press(invitation, CardAct::OpenBelow))]);
    screen(text, rows)
}
