//! What stands against an invitation, and how much a person may send.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::html::{Html, html, quote, shorten};
use super::parts::{draft_line, edits, edits_of, way_out};
use super::press::{CardAct, Press};
use super::status::{result_word, without_field_names};
use super::stoplist::{entry_line, to_list, who_takes_off};
use super::{
    Button, Screen, button, clock, day_and_time, draft_button, field, invitations, name, provider,
    requests, screen, you_or_name,
};
use crate::dialogue::facts::{Blocker, Facts, PolicyCheck, fingerprint};
use crate::dialogue::session::DraftAct;
use crate::domain::{
    Draft, Earlier, Email, Field, Invitation, LimitKind, LimitPeriod, LimitReached, Permission,
    Person, Provider, RequestKind, ResultWord, State, StopEntry, Usage, Viewer,
};

const FEW_LEFT: u32 = 5;

pub fn blocked(facts: &Facts, filled: &Draft, blocker: Blocker<'_>) -> Screen {
    match blocker {
        Blocker::Stop(entry) => stop(facts, filled, entry),
        Blocker::InFlight(other) => in_flight(facts, filled, other),
        Blocker::Earlier(found) => earlier(facts, filled, found),
        Blocker::LimitReached(full) => limit_reached_screen(facts, filled, &full),
    }
}

fn stop(facts: &Facts, filled: &Draft, entry: &StopEntry) -> Screen {
    let text = html!(
        "🚫 <b>Сюда просили не писать</b>\n{}\n\n{}\nПриглашение не создано, письмо не отправлено. {}",
        draft_line(filled),
        entry_line(&facts.viewer, entry),
        who_takes_off(&facts.viewer)
    );
    let mut rows = Vec::new();
    // Another address does not help if the whole company asked.
    if entry.is_mail() {
        rows.push(vec![draft_button(
            format!("✏️ {}", field(Field::Email)),
            DraftAct::Edit(Field::Email),
        )]);
    }
    rows.push(again());
    match facts.viewer.may(Permission::ManageStopList) {
        true => rows.push(vec![to_list()]),
        false => rows.push(requests::ask(RequestKind::Stop)),
    }
    rows.push(way_out(true));
    screen(text, rows)
}

fn again() -> Vec<Button> {
    vec![draft_button("🔄 Проверить ещё раз", DraftAct::ShowDraft)]
}

fn in_flight(facts: &Facts, filled: &Draft, other: &Invitation) -> Screen {
    let mut text = html!(
        "⏳ <b>У этого получателя уже есть приглашение, и его итог ещё не известен</b>\n{}\n\nСейчас: {}\nПока не ясно, дошло ли первое, второе не отправлю. Черновик цел. ",
        earlier_line(facts, other),
        draft_line(filled)
    );
    let mut rows = Vec::new();
    if facts.viewer.may_see(other) {
        text = html!(
            "{}{}",
            text,
            match other.state {
                State::Unknown => "Спросите клиента и отметьте на карточке, дошло ли письмо.",
                _ => "Дождитесь итога; что ещё не ушло, можно отменить на карточке.",
            }
        );
        rows.push(open(other));
    } else {
        text = html!("{}Подробности знают коллега и админ.", text);
    }
    if other.author.id != facts.viewer.me.id {
        rows.push(write_to(&other.author));
    }
    rows.push(again());
    let key: &[Field] = match filled.provider {
        Some(Provider::Sbis) => &[Field::Inn, Field::Kpp],
        _ => &[Field::Email],
    };
    rows.extend(edits_of(facts, filled, key));
    rows.push(way_out(true));
    screen(text, rows)
}

fn open(invitation: &Invitation) -> Vec<Button> {
    let number = invitation.number;
    vec![button(format!("🔎 Открыть №{number}"), Press::Card(number, 0, CardAct::OpenBelow))]
}

fn earlier(facts: &Facts, filled: &Draft, found: &Earlier) -> Screen {
    // Nothing was sent to an existing client.
    let is_client = found.numbers.len() == found.newest.len() && found.newest.iter().all(is_client);
    let mut text =
        html!("{}\n\nСейчас: {}\n", earlier_lines(facts, filled, found), draft_line(filled));
    let mut rows = Vec::new();
    rows.extend(found.newest.iter().filter(|known| facts.viewer.may_see(known)).map(open));
    let mut colleagues: Vec<&Person> = Vec::new();
    for invitation in &found.newest {
        let author = &invitation.author;
        if author.id != facts.viewer.me.id && !colleagues.iter().any(|known| known.id == author.id)
        {
            colleagues.push(author);
        }
    }
    rows.extend(colleagues.into_iter().map(write_to));
    if facts.may_confirm_repeat(filled) {
        text = html!(
            "{}{}",
            text,
            match is_client {
                true => "Если продолжить, сервис может отказать ещё раз.",
                false => "Если продолжить, клиент может получить второе письмо.",
            }
        );
        let anyway = DraftAct::ConfirmRepeat(fingerprint(&found.numbers));
        rows.push(vec![draft_button("➡️ Всё равно продолжить", anyway)]);
    } else {
        text = html!("{}Повторное приглашение может отправить только админ.", text);
        rows.push(requests::ask(RequestKind::Repeat));
    }
    rows.extend(edits(facts, filled));
    rows.push(way_out(true));
    screen(text, rows)
}

fn is_client(known: &Invitation) -> bool {
    known.state.result_word() == ResultWord::Client
}

/// The strongest fact is the title, whatever else there was.
fn earlier_lines(facts: &Facts, filled: &Draft, found: &Earlier) -> Html {
    let same = |known: &Invitation| {
        known.recipient.company().is_some_and(|company| Some(&company.inn) == filled.inn.as_ref())
    };
    let mut clients = found.newest.iter().filter(|known| is_client(known)).peekable();
    let head = match clients.peek().is_some() {
        true => (true, clients.any(same)),
        false => (false, found.newest.iter().any(same)),
    };
    let head = match head {
        (true, true) => "Эта компания уже клиент",
        (true, false) => "По этому адресу уже есть клиент",
        (false, true) => "Эту компанию уже приглашали",
        (false, false) => "Этот адрес уже приглашали",
    };
    let mut text = html!("⚠️ <b>{}</b>", head);
    for invitation in &found.newest {
        text = html!("{}\n{}", text, earlier_line(facts, invitation));
    }
    match found.numbers.len().checked_sub(found.newest.len()).filter(|&n| n > 0) {
        Some(more) => html!("{}\n… и раньше: {}", text, more),
        None => text,
    }
}

/// Of an address or an ИНН alone, before the person fills in the rest in vain.
pub fn known_lines(facts: &Facts, known: &Draft, check: &PolicyCheck) -> Option<Html> {
    if let Some(entry) = &check.stop {
        let entry = entry_line(&facts.viewer, entry);
        let who = who_takes_off(&facts.viewer);
        return Some(html!("🚫 <b>Сюда просили не писать</b>\n{}\n{}", entry, who));
    }
    (!check.known.newest.is_empty()).then(|| earlier_lines(facts, known, &check.known))
}

fn write_to(person: &Person) -> Vec<Button> {
    let label = format!("💬 Написать: {}", shorten(&name(person), 30));
    vec![button(label, Press::Write(person.id))]
}

/// A colleague's invitation shows only who, when and the result.
fn earlier_line(facts: &Facts, invitation: &Invitation) -> Html {
    let email = invitation.recipient.email();
    let own = invitation.author.id == facts.viewer.me.id;
    let mut parts = Vec::new();
    if facts.viewer.may_see(invitation) {
        parts.push(format!("№{}", invitation.number));
    }
    parts.push(provider(invitation.recipient.provider()).to_owned());
    parts.push(date(invitation.changed_at, facts.viewer.now, &facts.viewer.zone));
    parts.push(if own { "вы".to_owned() } else { shorten(&name(&invitation.author), 30) });
    parts.push(if facts.viewer.may_see(invitation) {
        email.as_str().to_owned()
    } else {
        masked(email)
    });
    html!("{} · <b>{}</b>", parts.join(" · "), result_word(invitation.state.result_word()))
}

/// It bars nothing: the author may have put right what was wrong.
pub fn refused_line(facts: &Facts, refused: &Invitation) -> Html {
    let who = you_or_name(&facts.viewer, &refused.author);
    let who = shorten(&who, 30);
    if !facts.viewer.may_see(refused) {
        return html!("Раньше: {}, отказ.", who);
    }
    let text = html!("Раньше: №{}, {}, отказ", refused.number, who);
    match refused.last.as_ref().and_then(|last| last.message.as_deref()) {
        Some(said) => html!("{} — {}", text, quote(&without_field_names(said), 160)),
        None => html!("{}.", text),
    }
}

fn date(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let shape = if at.year() == now.year() { "%d.%m" } else { "%d.%m.%Y" };
    at.strftime(shape).to_string()
}

/// `i***@romashka.ru`
fn masked(email: &Email) -> String {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    // One letter would hide nothing.
    let first = local.chars().next().filter(|_| local.chars().nth(1).is_some());
    shorten(&format!("{}***@{domain}", first.map(String::from).unwrap_or_default()), 60)
}

fn limit_reached_screen(facts: &Facts, filled: &Draft, full: &LimitReached) -> Screen {
    let until = until(&facts.viewer, full.until);
    let text = html!(
        "⏳ <b>{}</b>\n{}\n\nПриглашение не отправлено, черновик сохранён. Продолжить можно {}.",
        limit_reached_words(&facts.usage, full),
        draft_line(filled),
        until
    );
    let text = match full.kind {
        LimitKind::Day if !facts.viewer.may(Permission::ManageStaff) => {
            html!("{} Лимит меняет админ.", text)
        }
        LimitKind::Day => html!("{} Лимит меняют в /staff.", text),
        LimitKind::Hour if facts.viewer.may(Permission::ManageStaff) => {
            html!("{} Лимит в час меняют в /staff.", text)
        }
        LimitKind::Hour => html!("{} Лимит в час меняет админ.", text),
        LimitKind::Domain | LimitKind::Provider(_) => text,
    };
    let mut rows = vec![again()];
    if matches!(full.kind, LimitKind::Day | LimitKind::Hour)
        && !facts.viewer.may(Permission::ManageStaff)
    {
        rows.push(requests::ask(RequestKind::Limit));
    }
    rows.extend(edits(facts, filled));
    rows.push(way_out(true));
    screen(text, rows)
}

fn limit_reached_words(usage: &Usage, full: &LimitReached) -> String {
    let limit = full.limit;
    match full.kind {
        LimitKind::Day if usage.today > limit => {
            format!("Лимит на сегодня исчерпан: {limit}, приглашений уже {}", usage.today)
        }
        LimitKind::Day => format!("Лимит на сегодня исчерпан: {limit}"),
        LimitKind::Hour => format!("Лимит на час исчерпан: {limit}"),
        LimitKind::Domain => format!("Лимит на этот домен на сегодня исчерпан: {limit}"),
        LimitKind::Provider(known) => {
            format!("Лимит {} на сегодня исчерпан: {limit}", provider(known))
        }
    }
}

fn until(viewer: &Viewer, at: Timestamp) -> String {
    let date = |at: Timestamp| at.to_zoned(viewer.zone.clone()).date();
    match date(at) == date(viewer.now) {
        true => format!("в {}", clock(at, &viewer.zone)),
        false => format!("с {}", day_and_time(at, &viewer.zone)),
    }
}

pub fn limit_reached_toast(facts: &Facts, full: &LimitReached) -> String {
    let until = until(&facts.viewer, full.until);
    format!("{}. Не отправляю. Можно {until}.", limit_reached_words(&facts.usage, full))
}

/// Counts what was confirmed, whatever came of it.
pub fn confirmed(usage: &Usage, period: LimitPeriod) -> String {
    let when = match period {
        LimitPeriod::Day => "Сегодня",
        LimitPeriod::Hour => "За последний час",
    };
    let (count, limit) = (usage.count(period), usage.limit(period));
    let confirmed = format!("{when}: {}", invitations(count));
    match limit {
        0 => confirmed,
        _ if count < limit => format!("{confirmed} из {limit}"),
        _ if count == limit => format!("{confirmed} из {limit}, лимит исчерпан"),
        _ => format!("{confirmed}, лимит {limit} исчерпан"),
    }
}

pub fn today(usage: &Usage) -> String {
    let today = confirmed(usage, LimitPeriod::Day);
    match usage.limit(LimitPeriod::Hour) {
        0 => today,
        _ => format!("{today}\n{}", confirmed(usage, LimitPeriod::Hour)),
    }
}

/// Told where an invitation begins, before the person has filled it in.
pub fn used_up(facts: &Facts) -> Option<String> {
    let full = facts.usage.limit_reached()?;
    let until = until(&facts.viewer, full.until);
    let words = limit_reached_words(&facts.usage, &full);
    Some(format!("{words}. Заполнить можно сейчас, отправить — {until}."))
}

pub fn left(usage: &Usage) -> Option<String> {
    let left = usage.remaining().filter(|&left| left <= FEW_LEFT)?;
    let of_day = usage.day_limit.saturating_sub(usage.today);
    let period = if usage.day_limit > 0 && of_day <= left {
        "Сегодня"
    } else {
        "В этом часе"
    };
    Some(format!("{period} осталось приглашений: {left}, считая это"))
}
