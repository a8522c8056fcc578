//! What is asked of those who may decide: the card, its end, and what the asker is told.

use jiff::Timestamp;

use super::html::{Html, html, shorten};
use super::parts::home_rows;
use super::press::{Press, RequestAct};
use super::staff::role_word;
use super::{Button, Screen, button, clock, day_and_time, name, plural, screen};
use crate::domain::{
    InvitationNo, MayAsk, Permission, Person, Request, RequestKind, RequestState, Role, Viewer,
};

/// What one press adds for today.
pub const MORE: u32 = 10;

pub const ASK: &str = "🙋 Попросить";
pub const ASKED: &str = "Запрос отправлен. Отвечу, как только решат.";
pub const ASKED_ALREADY: &str = "Запрос уже отправлен. Отвечу, как только решат.";
pub const NOBODY: &str = "Сейчас некому решить: других админов нет. Запрос не отправлен.";
pub const NOTHING_TO_ASK: &str = "Просить больше не о чем. Ничего не отправлено.";
pub const DECIDED_BY_OTHERS: &str = "Это решают старшие и админы. Запрос ждёт их.";
const DECIDED_BY_ADMINS: &str = "Это решают админы. Запрос ждёт их.";

pub fn ask(kind: RequestKind) -> Vec<Button> {
    vec![button(ASK, Press::Request(RequestAct::Ask(kind)))]
}

pub fn ask_of(kind: RequestKind, number: InvitationNo) -> Vec<Button> {
    vec![button(ASK, Press::Request(RequestAct::AskOf(kind, number)))]
}

pub fn ask_for_access() -> Vec<Vec<Button>> {
    vec![vec![button("🙋 Запросить доступ", Press::Request(RequestAct::Ask(RequestKind::Access)))]]
}

/// To a stranger, over the chat; `None`: as to any stranger.
pub fn access_asked(may: MayAsk, viewer: &Viewer) -> Option<String> {
    Some(match may {
        MayAsk::Yes => ASKED.to_owned(),
        MayAsk::Waits => ASKED_ALREADY.to_owned(),
        MayAsk::Later(at) => {
            format!("Вам отказали. Попросить снова можно {}.", day_and_time(at, &viewer.zone))
        }
        MayAsk::TooMany => {
            "Запросов сейчас слишком много. Перешлите администратору свой id.".to_owned()
        }
        MayAsk::Blocked => return None,
    })
}

pub fn may_not_decide(kind: RequestKind) -> &'static str {
    match kind.decided_by() {
        Permission::OverrideRules => DECIDED_BY_ADMINS,
        _ => DECIDED_BY_OTHERS,
    }
}

fn who(request: &Request) -> Html {
    let asker = html!("<b>{}</b>", shorten(&name(&request.asker), 60));
    match (&request.username, request.kind) {
        (_, kind) if kind != RequestKind::Access => asker,
        (Some(username), _) => {
            html!("{} · @{} · id <code>{}</code>", asker, username, request.asker.id)
        }
        (None, _) => html!("{} · id <code>{}</code>", asker, request.asker.id),
    }
}

/// For who may decide; what was decided has no buttons.
pub fn card(viewer: &Viewer, request: &Request) -> Screen {
    if request.state != RequestState::Open {
        return screen(decided(viewer, request), vec![]);
    }
    let subject = |text: Html| match &request.subject {
        Some(subject) => html!("{}\n{}", text, shorten(subject, 200)),
        None => text,
    };
    let text = match request.kind {
        RequestKind::Access => html!("🙋 <b>Запрос доступа</b>\n{}", who(request)),
        RequestKind::Limit => {
            subject(html!("🎚 {} просит поднять лимит: он исчерпан, черновик ждёт", who(request)))
        }
        RequestKind::Repeat => subject(html!(
            "🔁 {} просит разрешить повтор: сверх правила клиент получит ещё одно письмо",
            who(request)
        )),
        RequestKind::Stop => subject(html!(
            "🚫 {} просит убрать запись из стоп-листа: тогда туда снова можно писать",
            who(request)
        )),
    };
    let text = html!("{}\n{}", text, day_and_time(request.at, &viewer.zone));
    screen(text, answers(viewer, request))
}

fn answers(viewer: &Viewer, request: &Request) -> Vec<Vec<Button>> {
    let id = request.id;
    let to = |label: &str, act| button(label, Press::Request(act));
    let refuse = to("🚫 Отказать", RequestAct::Refuse(id));
    match request.kind {
        RequestKind::Access => vec![
            vec![
                to("✅ Сотрудник", RequestAct::Admit(id, Role::Staff)),
                to("👤 Другая роль", RequestAct::Roles(id)),
            ],
            vec![refuse, to("⛔️ Блокировать", RequestAct::Block(id))],
        ],
        RequestKind::Limit => vec![
            vec![
                to(&format!("+{MORE} на сегодня"), RequestAct::Extra(id, MORE)),
                to("На одно приглашение", RequestAct::Extra(id, 1)),
            ],
            vec![refuse],
        ],
        RequestKind::Repeat => vec![vec![to("✅ Разрешить", RequestAct::Grant(id)), refuse]],
        RequestKind::Stop if viewer.may(Permission::ManageStopList) => {
            vec![vec![to("✅ Убрать из стоп-листа", RequestAct::Grant(id)), refuse]]
        }
        RequestKind::Stop => vec![],
    }
}

/// Which somebody may give: nobody makes others more than a senior but an admin.
pub fn may_give(viewer: &Viewer, role: Role) -> bool {
    viewer.may(Permission::ManageStaff) || matches!(role, Role::Staff | Role::Observer)
}

pub fn roles(viewer: &Viewer, request: &Request) -> Screen {
    let text = html!("🙋 <b>Запрос доступа</b>\n{}\nКакую роль дать?", who(request));
    let roles = [Role::Staff, Role::Observer, Role::Senior, Role::Admin].into_iter();
    let give = |role| {
        let word = role_word(role);
        vec![button(format!("✅ {word}"), Press::Request(RequestAct::Admit(request.id, role)))]
    };
    let mut rows: Vec<Vec<Button>> =
        roles.filter(|role| may_give(viewer, *role)).map(give).collect();
    rows.push(vec![button("◀️ Назад", Press::Request(RequestAct::Open(request.id)))]);
    screen(text, rows)
}

fn decided(viewer: &Viewer, request: &Request) -> Html {
    let asker = who(request);
    let what = match (request.state, request.kind, request.extra) {
        (RequestState::Granted, RequestKind::Access, _) => html!("✅ {} — доступ открыт", asker),
        (RequestState::Granted, RequestKind::Limit, Some(more)) => {
            html!("✅ {} — +{} на сегодня", asker, more)
        }
        (RequestState::Granted, RequestKind::Stop, _) => {
            html!("✅ {} — запись убрана из стоп-листа", asker)
        }
        (RequestState::Granted, ..) => html!("✅ {} — повтор разрешён", asker),
        (RequestState::Blocked, ..) => html!("⛔️ {} — больше не может просить", asker),
        (RequestState::Expired, ..) => html!("⌛️ {} — истекло без ответа", asker),
        (RequestState::Closed, ..) => html!("{} — запрос снят", asker),
        (RequestState::Refused | RequestState::Open, ..) => html!("🚫 {} — отказано", asker),
    };
    match decision(viewer, request) {
        Some(decision) => html!("{}. Решение: {}", what, decision),
        None => what,
    }
}

fn decision(viewer: &Viewer, request: &Request) -> Option<String> {
    let by = request.decided_by.as_ref()?;
    Some(format!("{}, {}", shorten(&name(by), 40), at(viewer, request.decided_at?)))
}

fn at(viewer: &Viewer, at: Timestamp) -> String {
    let day = |at: Timestamp| at.to_zoned(viewer.zone.clone()).date();
    match day(at) == day(viewer.now) {
        true => clock(at, &viewer.zone).to_string(),
        false => day_and_time(at, &viewer.zone).to_string(),
    }
}

pub fn decided_already(viewer: &Viewer, request: &Request) -> String {
    match decision(viewer, request) {
        Some(decision) => format!("Уже решено: {decision}."),
        None => "Запрос уже не ждёт ответа.".to_owned(),
    }
}

/// `by`: `None` of one that nobody answered.
pub fn answer(request: &Request, granted: bool, by: Option<&Person>, more: Option<u32>) -> Screen {
    let Some(by) = by else {
        return screen(
            html!("⌛️ На ваш запрос никто не ответил за трое суток. Можно попросить снова."),
            home(request),
        );
    };
    let by = shorten(&name(by), 40);
    let text = match (request.kind, granted) {
        (RequestKind::Access, _) => html!("🚫 В доступе отказано."),
        (RequestKind::Limit, true) => html!(
            "✅ {}: ещё {} на сегодня. Черновик цел, можно отправлять.",
            by,
            letters(more.unwrap_or(1))
        ),
        (RequestKind::Repeat, true) => html!(
            "✅ {}: этому получателю можно отправить ещё одно письмо, в течение суток. Черновик цел.",
            by
        ),
        (RequestKind::Stop, true) => {
            html!("✅ {}: запись убрана из стоп-листа. Черновик цел, можно отправлять.", by)
        }
        (_, false) => html!("🚫 {}: нет. Ничего не отправлено, черновик цел.", by),
    };
    screen(text, home(request))
}

fn letters(count: u32) -> String {
    let many = usize::try_from(count).unwrap_or(0);
    format!("{count} {}", plural(many, "приглашение", "приглашения", "приглашений"))
}

fn home(request: &Request) -> Vec<Vec<Button>> {
    match request.kind {
        RequestKind::Access => vec![],
        _ => vec![vec![button("🏠 К черновику", Press::Home)]],
    }
}

pub fn list(viewer: &Viewer, requests: &[Request]) -> Screen {
    let mut text = html!("🙋 <b>Запросы</b>");
    let mut rows = Vec::new();
    for request in requests {
        let what = match (request.state, request.kind) {
            (RequestState::Blocked, _) => "заблокирован",
            (_, RequestKind::Access) => "доступ",
            (_, RequestKind::Limit) => "лимит",
            (_, RequestKind::Repeat) => "повтор",
            (_, RequestKind::Stop) => "стоп-лист",
        };
        let asker = shorten(&name(&request.asker), 30);
        let time = at(viewer, request.decided_at.unwrap_or(request.at));
        text = html!("{}\n{} · {} · {}", text, asker, what, time);
        let (label, act) = match request.state {
            RequestState::Blocked => (format!("↩️ {asker}"), RequestAct::Unblock(request.id)),
            _ => (format!("🙋 {asker}"), RequestAct::Open(request.id)),
        };
        rows.push(vec![button(label, Press::Request(act))]);
    }
    if requests.is_empty() {
        text = html!("{}\nНикто ни о чём не просит.", text);
    } else {
        text = html!("{}\n\n🙋 открывает запрос, ↩️ снова разрешает просить.", text);
    }
    rows.extend(home_rows(viewer));
    screen(text, rows)
}
