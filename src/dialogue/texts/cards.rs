//! The cards of invitations and the list of them.

use jiff::tz::TimeZone;

use super::super::html::shorten;
use super::super::press::{CardAct, List, ListWhat, Press};
use super::super::{Button, Deed, Desk, Html, Listing, Reply};
use super::{button, day, day_and_time, field, name, provider, reply, to_the_second};
use crate::domain::{
    Attempt, AttemptOutcome, Bucket, Event, Field, Invitation, Person, Provider, Recipient,
    Refusal, Role, State, Verdict, Wait,
};

/// How much of a provider's words a card shows, in characters after escaping.
const MESSAGE_MAX: usize = 600;

/// How much of a card its history takes, in characters after escaping: the rest of a message is
/// enough for the longest names.
const HISTORY_MAX: usize = 1800;

/// The message of an attempt that a crash interrupted.
const STOPPED: &str = "stopped";

fn word(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Accepted => "принято",
        Bucket::Refused => "отказ",
        Bucket::Client => "уже клиент",
        Bucket::NotSent => "не отправлено",
        Bucket::Unknown => "неизвестно",
        Bucket::Waiting => "в очереди",
    }
}

/// The one message that shows an author how an invitation stands, from «отправляю…» on.
pub fn status_card(invitation: &Invitation, zone: &TimeZone) -> Reply {
    let mut rows = acts(invitation, Role::Staff);
    if invitation.state != State::Sending {
        rows.push(vec![
            button("🔎 Открыть", card_press(invitation, CardAct::Details)),
            button("➕ Ещё одно", Press::Another),
        ]);
    }
    reply(standing(invitation, zone), rows)
}

/// Where it stands, what that means, and what to do.
fn standing(invitation: &Invitation, zone: &TimeZone) -> Html {
    let number = format!("№{}", invitation.number);
    let who = recipient_line(&invitation.recipient);
    let at = day_and_time(invitation.changed_at, zone);
    let head = |sign: &str, word: &str| Html::new(sign).text(&number).text(": ").bold(word);
    let said = |html: Html| match invitation.last.as_ref().and_then(|last| last.message.as_deref())
    {
        Some(message) => html.line().text("Ответ сервиса: ").quote(message, MESSAGE_MAX),
        None => html,
    };
    let signed = |html: Html| {
        let html = html.line().join(&who).text(" · ").text(&at);
        match invitation.last.as_ref().and_then(|last| last.request_id.as_deref()) {
            Some(id) => html.line().text("Номер запроса у сервиса: ").code(shorten(id, 80)),
            None => html,
        }
    };
    let by = || invitation.changed_by.as_ref().map_or_else(String::new, name);
    match invitation.state {
        State::Queued => waiting(invitation, zone, head("⏳ ", "в очереди")).line().join(&who),
        State::Held => head("⏸ ", "в очереди")
            .text(
                " — ждёт решения администратора: у автора отозван доступ. Письмо не отправлялось.",
            )
            .line()
            .join(&who),
        State::Sending => Html::new("⏳ ").text(&number).text(": отправляю…").line().join(&who),
        State::Accepted => {
            let (what, next) = match invitation.recipient.provider() {
                Provider::Sbis => {
                    (" — поставлено в очередь СБИС", "Письмо уходит из очереди в течение минуты.")
                }
                Provider::Invoicebox => (
                    " Инвойсбоксом",
                    "Письмо отправляет Invoicebox; дошло ли оно, сервис не сообщает.",
                ),
            };
            signed(head("✅ ", "принято").text(what)).line().text(next)
        }
        State::ConfirmedSent => {
            signed(head("✅ ", "принято").text(" — письмо дошло, отметил(а) ").text(by()))
        }
        State::ConfirmedNotSent => signed(
            head("📭 ", "не отправлено").text(" — письма у клиента нет, отметил(а) ").text(by()),
        )
        .line()
        .text("Можно отправить ещё раз."),
        State::Cancelled => signed(head("✖️ ", "не отправлено").text(" — отменил(а) ").text(by())),
        State::Rejected(Refusal::AlreadyClient) => signed(said(
            head("ℹ️ ", "уже клиент")
                .text(". У организации есть авторизованный или платный аккаунт СБИС. ")
                .bold("Письмо не отправлялось."),
        )),
        State::Rejected(Refusal::Data) => signed(said(
            head("❌ ", "отказ")
                .text(". ")
                .text(provider(invitation.recipient.provider()))
                .text(" не принял данные, ")
                .bold("письмо не отправлялось.")
                .text(" Исправьте и отправьте снова."),
        )),
        State::Rejected(Refusal::Other) => signed(said(
            head("❌ ", "отказ")
                .text(". ")
                .text(provider(invitation.recipient.provider()))
                .text(" вернул ошибку и приглашение не создал. Можно попробовать ещё раз."),
        )),
        State::NotSent => signed(
            head("📡 ", "не отправлено")
                .text(match wait(invitation) {
                    Some(Wait::Throttled) => ". Сервис всё время просит подождать. ",
                    _ => ". Нет связи с сервисом. ",
                })
                .bold("Письмо не отправлялось."),
        ),
        State::Unknown => signed(
            head("⚠️ ", "неизвестно")
                .text(
                    ", принят ли запрос. Сервис не ответил как должно, но запрос мог быть принят. ",
                )
                .text("Сам я повторять не буду, чтобы письмо не ушло дважды. Уточните у клиента."),
        ),
    }
}

fn wait(invitation: &Invitation) -> Option<Wait> {
    match invitation.last.as_ref()?.outcome? {
        AttemptOutcome::NotAccepted(wait) => Some(wait),
        _ => None,
    }
}

/// Why a queued one does not go at once.
fn waiting(invitation: &Invitation, zone: &TimeZone, head: Html) -> Html {
    if invitation.paused {
        return head.text(
            ". Сервис не принимает ключ. Администратор извещён, приглашение ждёт в очереди. Письмо не отправлялось.",
        );
    }
    let at = invitation
        .not_before
        .map(|at| at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string())
        .unwrap_or_default();
    match wait(invitation) {
        Some(Wait::Connect) => head
            .text(". Нет связи с сервисом, попробую ещё в ")
            .text(at)
            .text(". Письмо не отправлялось."),
        Some(Wait::Throttled) => {
            head.text(". Сервис просит подождать до ").text(at).text(". Отправлю сам.")
        }
        _ => head.text(". Отправляю…"),
    }
}

/// The recipient on one line: the company, the address.
fn recipient_line(recipient: &Recipient) -> Html {
    match recipient.company() {
        Some(company) => {
            Html::new(company.name.as_str()).text(" · ").code(recipient.email().as_str())
        }
        None => Html::default().code(recipient.email().as_str()),
    }
}

fn card_press(invitation: &Invitation, act: CardAct) -> Press {
    Press::Card(invitation.number, invitation.seq, act)
}

/// What may be done with an invitation as it stands.
fn acts(invitation: &Invitation, role: Role) -> Vec<Vec<Button>> {
    let act = |label: &str, act| button(label, card_press(invitation, act));
    let edit = |known: Field| act(&format!("✏️ {}", field(known)), CardAct::Edit(known));
    match invitation.state {
        State::Queued => vec![vec![act("✖️ Не отправлять", CardAct::Cancel)]],
        State::Held if role == Role::Admin => {
            vec![vec![
                act("▶️ Отправить", CardAct::Release),
                act("✖️ Не отправлять", CardAct::Cancel),
            ]]
        }
        State::Held => vec![vec![act("✖️ Не отправлять", CardAct::Cancel)]],
        State::Unknown => vec![
            vec![act("✅ Письмо дошло", CardAct::Arrived), act("📭 Письма нет", CardAct::Missing)],
            vec![act("🔁 Отправить ещё раз", CardAct::AskRepeat)],
        ],
        State::ConfirmedNotSent => vec![vec![act("🔁 Отправить ещё раз", CardAct::AskRepeat)]],
        State::NotSent | State::Rejected(Refusal::Other) => {
            vec![vec![act("🔁 Попробовать ещё раз", CardAct::Repeat)]]
        }
        State::Rejected(Refusal::AlreadyClient) => {
            vec![vec![act("✏️ Другой ИНН", CardAct::Edit(Field::Inn))]]
        }
        State::Rejected(Refusal::Data) => match &invitation.recipient {
            Recipient::Invoicebox { .. } => vec![vec![edit(Field::Email)]],
            Recipient::Sbis(company) if company.kpp.is_some() => {
                vec![vec![edit(Field::Kpp), edit(Field::Inn)]]
            }
            Recipient::Sbis(_) => vec![vec![edit(Field::Inn)]],
        },
        State::Sending | State::Accepted | State::ConfirmedSent | State::Cancelled => vec![],
    }
}

/// The card of an invitation with its history.
pub fn card(desk: &Desk, invitation: &Invitation, history: &[Event]) -> Reply {
    let recipient = &invitation.recipient;
    let mut text = Html::default()
        .bold(format!("№{}", invitation.number))
        .text(" · ")
        .text(provider(recipient.provider()))
        .text(" · ")
        .bold(word(invitation.state.bucket()));
    if let Some(company) = recipient.company() {
        text = text.line().text(company.name.as_str()).text(" · ИНН ").code(company.inn.as_str());
        if let Some(kpp) = &company.kpp {
            text = text.text(" · КПП ").code(kpp.as_str());
        }
    }
    text = text.line().code(recipient.email().as_str());
    if let Some(office) = recipient.company().and_then(|company| company.office.as_ref()) {
        text = text.text(" · офис ").text(office.as_str());
    }
    if invitation.author.id != desk.me.id {
        text = text.line().text("Автор: ").text(name(&invitation.author));
    }
    text = text.line().join(&history_lines(history, &desk.zone));
    if recipient.provider() == Provider::Sbis {
        text = text.line().text("GUID ").code(invitation.guid.to_string());
    }
    let mut rows = acts(invitation, desk.role);
    if matches!(
        invitation.state,
        State::Accepted | State::ConfirmedSent | State::Cancelled | State::Rejected(_)
    ) {
        rows.push(vec![button("📄 Повторить новым", card_press(invitation, CardAct::Copy))]);
    }
    rows.push(vec![button(
        "◀️ К списку",
        Press::List(List { what: ListWhat::All(None, None), page: 0 }),
    )]);
    reply(text, rows)
}

/// The newest lines of the history that a message has room for.
fn history_lines(history: &[Event], zone: &TimeZone) -> Html {
    let lines: Vec<Html> = history.iter().filter_map(|event| event_line(event, zone)).collect();
    let mut room = HISTORY_MAX;
    let fits = |line: &&Html| {
        room = room.saturating_sub(line.len() + 1);
        room > 0
    };
    let shown = lines.iter().rev().take_while(fits).count();
    let text = match lines.len() - shown {
        0 => Html::default(),
        left => Html::default().line().text(format!("… и раньше: {left}")),
    };
    lines.iter().skip(lines.len() - shown).fold(text, |text, line| text.line().join(line))
}

/// One line of the history, or nothing where another line says it.
fn event_line(event: &Event, zone: &TimeZone) -> Option<Html> {
    match event {
        Event::Changed { at, by, from, to } => {
            let who = by.as_ref().map_or_else(String::new, name);
            let what = match (from, to) {
                (None, _) => format!("{who} подтвердил(а)"),
                (Some(State::Held), State::Queued) => format!("{who} разрешил(а) отправку"),
                (_, State::ConfirmedSent) => format!("{who}: письмо дошло"),
                (_, State::ConfirmedNotSent) => format!("{who}: письма нет"),
                (_, State::Cancelled) => format!("{who} отменил(а)"),
                (_, State::Held) => "доступ автора отозван, ждёт решения администратора".to_owned(),
                (_, State::NotSent) => "не отправлено: попытки закончились".to_owned(),
                (Some(State::Sending), _) | (_, State::Sending) => return None,
                (_, State::Queued) => format!("{who} просит отправить ещё раз"),
                (_, to) => word(to.bucket()).to_owned(),
            };
            Some(Html::new(to_the_second(*at, zone)).text(" ").text(what))
        }
        Event::Called(attempt) => Some(attempt_line(attempt, zone)),
    }
}

fn attempt_line(attempt: &Attempt, zone: &TimeZone) -> Html {
    let result = match attempt.outcome {
        None => "идёт",
        Some(AttemptOutcome::Accepted) => "принято",
        Some(AttemptOutcome::Rejected) => "отказ",
        Some(AttemptOutcome::NotAccepted(Wait::Connect)) => "нет связи, не отправлено",
        Some(AttemptOutcome::NotAccepted(Wait::Throttled)) => {
            "сервис просит подождать, не отправлено"
        }
        Some(AttemptOutcome::NotAccepted(Wait::Config)) => {
            "сервис не принимает ключ, не отправлено"
        }
        Some(AttemptOutcome::Unknown) if attempt.message.as_deref() == Some(STOPPED) => {
            "неизвестно: бот остановился посреди отправки"
        }
        Some(AttemptOutcome::Unknown) => "неизвестно, принят ли запрос",
    };
    let mut line = Html::new(to_the_second(attempt.started_at, zone))
        .text(format!(" попытка {}: {result}", attempt.n));
    if let Some(status) = attempt.http_status {
        line = line.text(format!(" · HTTP {status}"));
    }
    if let Some(ended) = attempt.ended_at {
        let took = ended.duration_since(attempt.started_at).as_secs_f64();
        line = line.text(format!(" · {took:.1} с"));
    }
    if let Some(reference) = &attempt.reference {
        line = line.text(" · id ").code(shorten(reference, 64));
    }
    if let Some(id) = &attempt.request_id {
        line = line.text(" · запрос ").code(shorten(id, 64));
    }
    if let (
        Some(message),
        Some(AttemptOutcome::Rejected | AttemptOutcome::NotAccepted(Wait::Config)),
    ) = (&attempt.message, attempt.outcome)
    {
        line = line.text(" · ").quote(message, 160);
    }
    line
}

/// «Отправить ещё раз» asks once more, naming the address and the risk.
pub fn ask_repeat(invitation: &Invitation) -> Reply {
    let text = Html::new("🔁 №")
        .text(invitation.number.to_string())
        .text(": отправить ещё раз на ")
        .code(invitation.recipient.email().as_str())
        .text("?")
        .line()
        .text("Первый запрос мог быть принят, тогда клиент получит ")
        .bold("второе письмо")
        .text(". Отозвать его нельзя.");
    let rows = vec![
        vec![button("🔁 Да, отправить ещё раз", card_press(invitation, CardAct::Repeat))],
        vec![button("◀️ Назад", card_press(invitation, CardAct::Open))],
    ];
    reply(text, rows)
}

/// The toast of a deed on an invitation.
pub fn done_toast(deed: &Deed) -> String {
    match deed {
        Deed::Resolve(number, _, Verdict::Arrived) => format!("№{number}: отмечено, письмо дошло."),
        Deed::Resolve(number, _, Verdict::Missing) => format!("№{number}: отмечено, письма нет."),
        Deed::Cancel(number, _) => format!("№{number}: не отправляю."),
        Deed::Release(number, _) | Deed::Repeat(number, _) => {
            format!("№{number}: отправляю. Итог — на карточке и в /status.")
        }
        Deed::Resume(known) => format!("{}: отправка возобновлена.", provider(*known)),
        _ => "Готово.".to_owned(),
    }
}

/// A page of the log.
pub fn list(desk: &Desk, listing: &Listing) -> Reply {
    let List { what, page } = listing.list;
    let title = match (what, desk.role, &listing.author) {
        (ListWhat::SameEmail(_) | ListWhat::SameInn(_), ..) => "🔎 Найдено".to_owned(),
        (_, _, Some(author)) => format!("🔎 Приглашения: {}", name(author)),
        (_, Role::Admin, None) => "🔎 Все приглашения".to_owned(),
        (_, Role::Staff, None) => "🔎 Мои приглашения".to_owned(),
    };
    let filter = match what {
        ListWhat::All(bucket, _) => Some(bucket.map_or("все", word)),
        _ => None,
    };
    if listing.items.is_empty() {
        let text = match filter {
            Some("все") if listing.author.is_none() => Html::new("Пока пусто."),
            Some(_) => Html::new(title).line().text("С таким фильтром ничего нет."),
            None => Html::new(
                "Ничего не найдено. Ищу по номеру, e-mail и ИНН среди приглашений, которые вам видны.",
            ),
        };
        let mut rows = vec![vec![button("✉️ Пригласить", Press::Invite)]];
        if filter.is_some_and(|filter| filter != "все") || listing.author.is_some() {
            rows.push(vec![button(
                "Показать все",
                Press::List(List { what: ListWhat::All(None, None), page: 0 }),
            )]);
        }
        return reply(text, rows);
    }
    let mut text = Html::new(title);
    for (place, invitation) in listing.items.iter().enumerate() {
        text = text.line().text(format!("{}. ", place + 1)).join(&list_line(desk, invitation));
    }
    let numbers = listing.items.iter().enumerate().map(|(place, invitation)| {
        button((place + 1).to_string(), card_press(invitation, CardAct::Open))
    });
    let mut rows = vec![numbers.collect()];
    if listing.pages > 1 {
        let to = |label: &str, page| button(label, Press::List(List { what, page }));
        let more = if listing.more { "+" } else { "" };
        let mut turn = Vec::new();
        if let Some(previous) = page.checked_sub(1) {
            turn.push(to("◀️", previous));
        }
        turn.push(button(format!("{}/{}{more}", page + 1, listing.pages), Press::Label));
        if page + 1 < listing.pages {
            turn.push(to("▶️", page + 1));
        }
        rows.push(turn);
    }
    if let Some(filter) = filter {
        let mut row = vec![button(format!("Фильтр: {filter} ▾"), Press::Filter(what))];
        if desk.role == Role::Admin {
            let author = listing.author.as_ref().map_or_else(|| "все".to_owned(), name);
            row.push(button(
                format!("Сотрудник: {} ▾", shorten(&author, 20)),
                Press::Authors(what),
            ));
        }
        rows.push(row);
    }
    rows.push(vec![button("✉️ Пригласить", Press::Invite), button("🏠 Начало", Press::Home)]);
    reply(text, rows)
}

fn list_line(desk: &Desk, invitation: &Invitation) -> Html {
    let recipient = &invitation.recipient;
    let who = match recipient.company() {
        Some(company) => shorten(company.name.as_str(), 40),
        None => shorten(recipient.email().as_str(), 40),
    };
    let mut line = Html::new(format!("№{} {who} · ", invitation.number))
        .text(provider(recipient.provider()))
        .text(" · ")
        .text(day(invitation.created_at, &desk.zone))
        .text(" · ")
        .text(word(invitation.state.bucket()));
    if desk.role == Role::Admin && invitation.author.id != desk.me.id {
        line = line.text(" · ").text(shorten(&name(&invitation.author), 24));
    }
    line
}

/// The choice of a result word.
pub fn filters(desk: &Desk, what: ListWhat) -> Reply {
    let author = match what {
        ListWhat::All(_, author) if desk.role == Role::Admin => author,
        _ => None,
    };
    let choice = |label: &str, bucket| {
        button(label, Press::List(List { what: ListWhat::All(bucket, author), page: 0 }))
    };
    let mut buttons = vec![choice("все", None)];
    buttons.extend(Bucket::ALL.into_iter().map(|bucket| choice(word(bucket), Some(bucket))));
    let mut rows: Vec<Vec<Button>> = buttons.chunks(2).map(<[Button]>::to_vec).collect();
    rows.push(vec![button("◀️ К списку", Press::List(List { what, page: 0 }))]);
    reply(Html::new("Какие показать?"), rows)
}

/// The choice of an author, for admins.
pub fn authors(desk: &Desk, what: ListWhat, people: &[Person]) -> Reply {
    let bucket = match what {
        ListWhat::All(bucket, _) => bucket,
        _ => None,
    };
    let choice = |label: String, author| {
        button(label, Press::List(List { what: ListWhat::All(bucket, author), page: 0 }))
    };
    let mut buttons = vec![choice("все".to_owned(), None)];
    buttons.extend(people.iter().map(|person| {
        let own = if person.id == desk.me.id { " (я)" } else { "" };
        choice(format!("{}{own}", shorten(&name(person), 30)), Some(person.id))
    }));
    let mut rows: Vec<Vec<Button>> = buttons.chunks(2).map(<[Button]>::to_vec).collect();
    rows.push(vec![button("◀️ К списку", Press::List(List { what, page: 0 }))]);
    reply(Html::new("Чьи приглашения показать?"), rows)
}

/// A number that is not there, or not the person's own.
pub fn not_found() -> Reply {
    let text =
        Html::new("Такого приглашения нет. Ищу по номеру, e-mail и ИНН среди тех, что вам видны.");
    let all = Press::List(List { what: ListWhat::All(None, None), page: 0 });
    reply(text, vec![vec![button("🔎 Показать все", all)]])
}

/// What `/status` takes.
pub fn status_usage() -> Reply {
    let text = Html::new("Не понял, что искать. Можно номер, ИНН или e-mail: ")
        .code("/status 12")
        .text(", ")
        .code("/status 1215107651")
        .text(", ")
        .code("/status iam@mail.ru");
    let all = Press::List(List { what: ListWhat::All(None, None), page: 0 });
    reply(text, vec![vec![button("🔎 Показать все", all)]])
}
