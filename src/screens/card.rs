//! The card of one invitation with its history.

use super::html::{Html, html, quote, shorten};
use super::press::{CardAct, List, Press};
use super::status::{
    STOPPED, action_buttons, button_label, card_press, extra_actions, result_word, waiting_reason,
    without_field_names,
};
use super::{
    Button, Copied, Screen, button, copy_button, hour_and_minute, name, provider, screen,
    to_the_second, you_or_name,
};
use crate::domain::{
    Attempt, AttemptOutcome, Event, Inn, Invitation, InvitationNo, Permission, PersonId, Provider,
    Repeats, State, Viewer, Wait, WaitReason,
};

/// In characters after escaping; the rest of a message holds the longest names.
const HISTORY_MAX: usize = 1200;
const DETAILS_MAX: usize = 600;

/// For one button, which shows what it copies.
const COPIED_LABEL_MAX: usize = 24;

/// `page`: where it leads back.
pub fn card(
    viewer: &Viewer,
    invitation: &Invitation,
    history: &[Event],
    repeats: &Repeats,
    page: List,
) -> Screen {
    let recipient = &invitation.recipient;
    let mut text = html!(
        "<b>№{}</b> · {} · <b>{}</b>",
        invitation.number,
        provider(recipient.provider()),
        result_word(invitation.state.result_word())
    );
    if let Some(company) = recipient.company() {
        text = html!(
            "{}\n{} · ИНН <code>{}</code>",
            text,
            company.name.as_str(),
            company.inn.as_str()
        );
        if let Some(kpp) = &company.kpp {
            text = html!("{} · КПП <code>{}</code>", text, kpp.as_str());
        }
    }
    text = html!("{}\n<code>{}</code>", text, recipient.email().as_str());
    if let Some(office) = recipient.company().and_then(|company| company.office.as_ref()) {
        text = html!("{} · офис {}", text, office.as_str());
    }
    if invitation.author.id != viewer.me.id {
        text = html!("{}\nАвтор: {}", text, name(&invitation.author));
    }
    text = html!("{}{}\n{}", text, repeat_lines(viewer, repeats), history_lines(viewer, history));
    if (invitation.state == State::Held || invitation.waits == Some(WaitReason::UntrustedDatabase))
        && let Some(why) = waiting_reason(invitation, &viewer.zone)
    {
        text = html!("{}\n⏸ {}", text, why);
    }
    if invitation.stopped && invitation.state != State::Held {
        text = html!("{}\n🚫 Получатель в стоп-листе.", text);
    }
    if viewer.may(Permission::SeeDetails)
        && let Some(details) = details(invitation, history)
    {
        text = html!("{}\n<blockquote expandable>{}</blockquote>", text, details);
    }
    let mut rows = action_buttons(invitation, viewer.role);
    rows.extend(
        extra_actions(invitation)
            .into_iter()
            .map(|act| vec![button(button_label(invitation, act), card_press(invitation, act))]),
    );
    rows.push(copies(invitation));
    rows.push(vec![button("◀️ К списку", Press::List(page))]);
    screen(text, rows)
}

/// The address, the ИНН, and the link that opens this card.
fn copies(invitation: &Invitation) -> Vec<Button> {
    let recipient = &invitation.recipient;
    let texts = [Some(recipient.email().as_str()), recipient.inn().map(Inn::as_str)];
    let text = |text: &str| {
        let label = format!("📋 {}", shorten(text, COPIED_LABEL_MAX));
        copy_button(label, Copied::Text(text.to_owned()))
    };
    let link = copy_button("🔗 Ссылка", Copied::LinkTo(invitation.number.0));
    texts.into_iter().flatten().map(text).chain([link]).collect()
}

/// A colleague's number is named to nobody who may not see it.
fn repeat_lines(viewer: &Viewer, repeats: &Repeats) -> Html {
    let may_see = |author: PersonId| viewer.may(Permission::SeeAll) || author == viewer.me.id;
    let mut text = match repeats.of {
        Some((number, author)) if may_see(author) => html!("\n🔁 Повтор №{}", number),
        Some(_) => html!("\n🔁 Повтор приглашения коллеги"),
        None => Html::default(),
    };
    let seen = repeats.by.iter().filter(|(_, author)| may_see(*author));
    let numbers: Vec<String> = seen.map(|(number, _)| format!("№{number}")).collect();
    if !numbers.is_empty() {
        text = html!("{}\n🔁 Повтор: {}", text, numbers.join(", "));
    } else if !repeats.by.is_empty() {
        text = html!("{}\n🔁 Повтор оформил коллега", text);
    }
    text
}

fn history_lines(viewer: &Viewer, history: &[Event]) -> Html {
    let shown: Vec<(&Event, Html)> =
        history.iter().filter_map(|event| Some((event, event_line(viewer, event)?))).collect();
    let alike = |(one, _): &(&Event, Html), (next, _): &(&Event, Html)| {
        failed(one).is_some() && failed(one) == failed(next)
    };
    let lines: Vec<Html> = shown
        .chunk_by(alike)
        .flat_map(|run| match run {
            [(Event::Called(first), _), .., (Event::Called(last), _)] => {
                vec![attempts_line(viewer, first, last)]
            }
            _ => run.iter().map(|(_, line)| line.clone()).collect(),
        })
        .collect();
    newest(&lines, HISTORY_MAX)
}

/// Each on a line of its own, as many of the last as there is room for.
fn newest(lines: &[Html], mut room: usize) -> Html {
    let fits = |line: &&Html| {
        room = room.saturating_sub(line.length() + 1);
        room > 0
    };
    let shown = lines.iter().rev().take_while(fits).count();
    let text = match lines.len() - shown {
        0 => Html::default(),
        left => html!("\n… и раньше: {}", left),
    };
    lines.iter().skip(lines.len() - shown).fold(text, |text, line| html!("{}\n{}", text, line))
}

fn event_line(viewer: &Viewer, event: &Event) -> Option<Html> {
    let zone = &viewer.zone;
    match event {
        Event::Changed { at, by, from, to } => {
            let who = by.as_ref().map_or_else(String::new, |by| you_or_name(viewer, by));
            let what = match (from, to) {
                (None, _) => format!("подтверждение: {who}"),
                (Some(State::Held), State::Queued) => format!("отправка разрешена: {who}"),
                (_, State::ConfirmedSent) => format!("письмо дошло: {who}"),
                (_, State::ConfirmedNotSent) => format!("письма нет: {who}"),
                (_, State::Cancelled) => format!("отменено: {who}"),
                (_, State::Held) if by.is_some() => {
                    "доступ автора отзывали, ждёт решения админа".to_owned()
                }
                (_, State::Held) => "отложено, ждёт решения админа".to_owned(),
                (_, State::NotSent) => "не отправлено: попытки закончились".to_owned(),
                (Some(State::Sending), _) | (_, State::Sending) => return None,
                (_, State::Queued) => format!("отправить ещё раз: {who}"),
                (_, to) => result_word(to.result_word()).to_owned(),
            };
            Some(html!("{} {}", to_the_second(*at, zone), what))
        }
        Event::Called(attempt) => Some(attempt_line(viewer, attempt)),
    }
}

/// Why nothing came of it, where it is tried again without a word.
fn failed(event: &Event) -> Option<Wait> {
    match event {
        Event::Called(Attempt { outcome: Some(AttemptOutcome::NotAccepted(wait)), .. }) => {
            Some(*wait).filter(|wait| *wait != Wait::Config)
        }
        _ => None,
    }
}

/// Several in a row with the same result.
fn attempts_line(viewer: &Viewer, first: &Attempt, last: &Attempt) -> Html {
    html!(
        "{} попытки {}–{} до {} · {}",
        to_the_second(first.started_at, &viewer.zone),
        first.n,
        last.n,
        hour_and_minute(last.started_at, &viewer.zone),
        attempt_result(last)
    )
}

fn attempt_result(attempt: &Attempt) -> &'static str {
    match attempt.outcome {
        None => "идёт",
        Some(AttemptOutcome::Accepted) => "принято",
        Some(AttemptOutcome::Rejected) => "отказ",
        Some(AttemptOutcome::NotAccepted(Wait::Connect)) => "нет связи, не отправлено",
        Some(AttemptOutcome::NotAccepted(Wait::Throttled)) => {
            "сервис просит подождать, не отправлено"
        }
        Some(AttemptOutcome::NotAccepted(Wait::Config)) => {
            "сервис не принимает наши приглашения, не отправлено"
        }
        Some(AttemptOutcome::Unknown) if attempt.message.as_deref() == Some(STOPPED) => {
            "неизвестно: я остановился посреди отправки"
        }
        Some(AttemptOutcome::Unknown) => "неизвестно, ушло ли письмо",
    }
}

fn attempt_line(viewer: &Viewer, attempt: &Attempt) -> Html {
    let line = html!(
        "{} попытка {}: {}",
        to_the_second(attempt.started_at, &viewer.zone),
        attempt.n,
        attempt_result(attempt)
    );
    if let (
        Some(message),
        Some(AttemptOutcome::Rejected | AttemptOutcome::NotAccepted(Wait::Config)),
    ) = (&attempt.message, attempt.outcome)
    {
        return html!("{} · {}", line, quote(&without_field_names(message), 160));
    }
    line
}

/// For a provider's support: admins only.
fn details(invitation: &Invitation, history: &[Event]) -> Option<Html> {
    let called = history.iter().filter_map(|event| match event {
        Event::Called(attempt) => attempt_details(attempt),
        Event::Changed { .. } => None,
    });
    let mut lines: Vec<Html> = called.collect();
    if invitation.recipient.provider() == Provider::Sbis {
        let guid = invitation.guid.to_string();
        lines.push(html!("GUID приглашения для СБИС: <code>{}</code>", guid));
    }
    (!lines.is_empty()).then(|| html!("Для поддержки сервиса{}", newest(&lines, DETAILS_MAX)))
}

fn attempt_details(attempt: &Attempt) -> Option<Html> {
    let took = attempt.ended_at.map(|ended| {
        let took = ended.duration_since(attempt.started_at).as_secs_f64();
        format!("{took:.1} с").replace('.', ",")
    });
    let code = |what: &str, it: &String| html!("{} <code>{}</code>", what, shorten(it, 64));
    let parts = [
        match (attempt.http_status, took) {
            (Some(status), Some(took)) => Some(html!("ответ HTTP {} за {}", status, took)),
            (Some(status), None) => Some(html!("ответ HTTP {}", status)),
            (None, Some(took)) => Some(html!("без ответа, {}", took)),
            (None, None) => None,
        },
        attempt.reference.as_ref().map(|it| code("номер у сервиса", it)),
        attempt.request_id.as_ref().map(|it| code("номер запроса", it)),
    ];
    let told = parts.into_iter().flatten().reduce(|text, part| html!("{} · {}", text, part))?;
    Some(html!("попытка {}: {}", attempt.n, told))
}

/// `minute` (Unix) is when it was asked; the answer is good for 15 minutes.
pub fn ask_repeat(invitation: &Invitation, minute: i64) -> Screen {
    let text = html!(
        "🔁 №{}: отправить ещё раз на <code>{}</code>?\n{} Отозвать его нельзя.",
        invitation.number.to_string(),
        invitation.recipient.email().as_str(),
        second_letter(invitation)
    );
    let rows = vec![
        vec![button(
            "🔁 Да, отправить ещё раз",
            card_press(invitation, CardAct::Resend(Some(minute))),
        )],
        vec![button("◀️ Назад", card_press(invitation, CardAct::Open))],
    ];
    screen(text, rows)
}

/// What somebody said of the first letter counts.
pub(super) fn second_letter(invitation: &Invitation) -> Html {
    match invitation.state {
        State::ConfirmedNotSent => html!(
            "Отмечено, что письма нет. Если первое ещё дойдёт, клиент получит <b>второе письмо</b>."
        ),
        _ => html!("Первое письмо могло уйти, тогда клиент получит <b>второе письмо</b>."),
    }
}

pub fn done_toast(act: CardAct, number: InvitationNo) -> String {
    match act {
        CardAct::Arrived => format!("№{number}: отмечено, письмо дошло."),
        CardAct::Missing => format!("№{number}: отмечено, письма нет."),
        CardAct::Cancel => format!("№{number}: не отправляю."),
        _ => format!("№{number}: отправляю. Итог — на карточке и в /status."),
    }
}
