//! The screens of one invitation, up to its confirmation.

use super::super::invite::before;
use super::super::office::{is_fixed, is_free, offered};
use super::super::press::{DraftAct, Press};
use super::super::rules::bar;
use super::super::{Button, Desk, Html, Reply, State};
use super::again::{confirm, refusal};
use super::paste::{address, between, choice, offer, open_part};
use super::{button, draft, field as field_name, plural, provider, reply};
use crate::domain::{
    CompanyName, Draft, Email, EmailError, Field, FieldError, Inn, InnError, Kpp, KppError,
    NameError, Number, Office, Provider, State as Standing,
};

/// The screen of a state: the question, or the summary.
pub fn screen(desk: &Desk, state: &State) -> Reply {
    match state {
        State::Idle => super::home(desk, state),
        State::Asking { draft, field, editing } => question(desk, draft, *field, *editing),
        State::Company { draft, branches, editing } => company(desk, draft, *branches, *editing),
        State::Reviewing { draft } => match (bar(desk, draft), draft.missing()) {
            (Some(bar), _) => super::rules::barred(desk, draft, bar),
            (None, Some(field)) => question(desk, draft, field, false),
            (None, None) => summary(desk, draft),
        },
        State::Offered { draft } => offer(desk, draft),
        State::Between { draft, pasted } => between(draft, pasted),
        State::NamingLimit { name, .. } => super::name_limit(name),
        State::NamingOffice { name, .. } => super::name_office(name),
    }
}

/// The organisation that was found. A draft without one is read from no database of ours.
fn company(desk: &Desk, filled: &Draft, branches: Option<u16>, editing: bool) -> Reply {
    match (filled.found(), branches) {
        (Some(found), None) => super::company::card(filled, found),
        (Some(found), Some(page)) => super::company::branches(found, page),
        (None, _) => question(desk, filled, Field::Inn, editing),
    }
}

fn question(desk: &Desk, filled: &Draft, field: Field, editing: bool) -> Reply {
    let (text, mut rows) = match filled.choices(field) {
        Some(open) => choice(open),
        None => (asked(desk, filled, field), ways_to_answer(desk, filled, field)),
    };
    if let Some(value) = value(filled, field).filter(|_| field != Field::Provider) {
        let label = super::super::html::shorten(&value, 40);
        rows.push(vec![draft(format!("➡️ Оставить: {label}"), DraftAct::Keep)]);
    }
    let back = editing || before(desk, filled, field).is_some();
    rows.push(way_out(back));
    let text = match collected(filled, field) {
        Some(known) => known.line().line().join(&text),
        None => text,
    };
    match super::company::by_hand(filled, field) {
        Some(why) => noted(why, reply(text, rows)),
        None => reply(text, rows),
    }
}

/// The words of a question.
fn asked(desk: &Desk, filled: &Draft, field: Field) -> Html {
    match field {
        Field::Provider => Html::new("✉️ Новое приглашение. Куда приглашаем?"),
        Field::Inn => Html::new("Пришлите ")
            .bold("ИНН")
            .text(" (10 или 12 цифр) или вставьте реквизиты целиком."),
        Field::Kpp => Html::new("Пришлите ")
            .bold("КПП")
            .text(": 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы."),
        Field::Name => Html::new("Пришлите ")
            .bold("название")
            .text(", как оно должно стоять в приглашении, например: ")
            .text(match filled.inn.as_ref().is_none_or(Inn::is_organisation) {
                true => "ООО „Ромашка“",
                false => "ИП Иванов Иван Иванович",
            }),
        Field::Email => Html::new("На какой ").bold("e-mail").text(" отправить приглашение?"),
        Field::Office if !is_free(desk) => {
            Html::new("Код ").bold("офиса").text(", за которым закрепится клиент. Выберите из своих.")
        }
        Field::Office => Html::new("Код ")
            .bold("офиса")
            .text(", за которым закрепится клиент (4 или 5 цифр). ")
            .text(match offered(desk, filled).is_empty() {
                true => "Пришлите его или нажмите «Без кода».",
                false => "Пришлите или выберите.",
            }),
    }
}

/// The buttons that answer a question.
fn ways_to_answer(desk: &Desk, filled: &Draft, field: Field) -> Vec<Vec<Button>> {
    let mut rows = Vec::new();
    match field {
        Field::Provider => rows.extend(desk.providers.iter().map(|&known| {
            let label = match known {
                Provider::Invoicebox => "💳 Invoicebox — нужен только e-mail",
                Provider::Sbis => "📑 СБИС — компания и e-mail",
            };
            vec![draft(label, DraftAct::Choose(known))]
        })),
        Field::Office => {
            let codes = offered(desk, filled).into_iter();
            let mut row: Vec<Button> =
                codes.map(|code| draft(code.as_str(), DraftAct::Office(code.clone()))).collect();
            if is_free(desk) {
                row.push(draft("Без кода", DraftAct::WithoutOffice));
            }
            rows.extend(row.chunks(4).map(<[Button]>::to_vec));
        }
        Field::Kpp => {
            rows.extend(filled.found().and_then(super::company::others).map(|it| vec![it]))
        }
        _ => {}
    }
    rows
}

/// The way back, and the way out.
pub fn way_out(back: bool) -> Vec<Button> {
    let cancel = draft("✖️ Отмена", DraftAct::Cancel);
    if back { vec![draft("◀️ Назад", DraftAct::Back), cancel] } else { vec![cancel] }
}

/// What is known already, on one line above a question.
fn collected(filled: &Draft, asked: Field) -> Option<Html> {
    let nothing = filled.provider.is_none() || asked == Field::Provider;
    // What is open is asked here, or will be.
    let line = if nothing { draft_line(filled) } else { line(filled, None) };
    (!(nothing && filled.is_empty())).then_some(line)
}

/// A draft on one line, with what is open in it.
pub fn draft_line(filled: &Draft) -> Html {
    line(filled, open_part(filled))
}

fn line(filled: &Draft, open: Option<String>) -> Html {
    let mut line = Html::default();
    let parts = [
        filled.provider.map(|known| provider(known).to_owned()),
        filled.name.as_ref().map(|name| name.as_str().to_owned()),
        filled.inn.as_ref().map(|inn| match inn.is_organisation() {
            true => format!("ИНН {}", inn.as_str()),
            false => format!("ИНН {} (ИП, КПП не нужен)", inn.as_str()),
        }),
        filled.kpp.as_ref().map(|kpp| format!("КПП {}", kpp.as_str())),
        filled.email.as_ref().map(|email| email.as_str().to_owned()),
        open,
    ];
    for (place, part) in parts.into_iter().flatten().enumerate() {
        if place > 0 {
            line = line.text(" · ");
        }
        line = line.text(part);
    }
    line
}

/// The value of a field, as it is shown.
pub fn value(filled: &Draft, field: Field) -> Option<String> {
    match field {
        Field::Provider => filled.provider.map(|known| provider(known).to_owned()),
        Field::Inn => filled.inn.clone().map(String::from),
        Field::Kpp => filled.kpp.clone().map(String::from),
        Field::Name => filled.name.clone().map(String::from),
        Field::Email => filled.email.clone().map(String::from),
        Field::Office => filled.office.as_ref().map(|office| match office {
            Office::Code(code) => code.as_str().to_owned(),
            Office::Without => "без кода".to_owned(),
        }),
    }
}

fn summary(desk: &Desk, filled: &Draft) -> Reply {
    let mut text = Html::new("📋 Проверьте перед отправкой").line().text("Сервис: ");
    text = text.bold(filled.provider.map_or("", provider)).line();
    // What a card brought and the provider does not get is no part of the invitation.
    let company = filled.provider == Some(Provider::Sbis);
    if let Some(name) = filled.name.as_ref().filter(|_| company) {
        text = text.text("Компания: ").bold(name.as_str()).line();
    }
    if let Some(inn) = filled.inn.as_ref().filter(|_| company) {
        text = text.text("ИНН ").code(inn.as_str());
        text = match &filled.kpp {
            Some(kpp) => text.text(" · КПП ").code(kpp.as_str()),
            None => text.text(" (ИП, КПП не нужен)"),
        };
        text = text.line();
    }
    if let Some(email) = &filled.email {
        text = text.text("E-mail: ").join(&address(email)).line();
    }
    match filled.office.as_ref().filter(|_| company) {
        Some(Office::Code(code)) => text = text.text("Офис: ").bold(code.as_str()).line(),
        Some(Office::Without) => text = text.text("Офис: без кода").line(),
        None => {}
    }
    if company && filled.kpp.as_ref().is_some_and(Kpp::has_letters) {
        text = text.text("⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять.").line();
    }
    if let Some(standing) = super::company::standing(filled) {
        text = text.join(&standing).line();
    }
    let sender = match filled.provider {
        Some(Provider::Sbis) => "Письмо уйдёт адресату от имени СБИС. Отозвать его нельзя.",
        _ => "Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.",
    };
    text = text.line().text(sender);
    if let Some(left) = super::rules::left(&desk.bounds.usage) {
        text = text.line().text(left);
    }
    let room = desk.bounds.check.as_ref().map(|check| check.room).unwrap_or_default();
    if let Some(why) = refusal(desk, room) {
        text = text.line().line().text("⚠️ ").text(why);
    }
    let mut rows: Vec<Vec<Button>> = confirm(desk, room).map(|one| vec![one]).into_iter().collect();
    rows.extend(super::company::from_registry(filled).map(|button| vec![button]));
    rows.extend(edits(desk, filled));
    rows.push(way_out(true));
    reply(text, rows)
}

/// A button for every field that may be changed.
pub fn edits(desk: &Desk, filled: &Draft) -> Vec<Vec<Button>> {
    edits_of(desk, filled, filled.fields())
}

/// The same for these fields alone.
pub fn edits_of(desk: &Desk, filled: &Draft, wanted: &[Field]) -> Vec<Vec<Button>> {
    let may = |known| known != Field::Provider && !(known == Field::Office && is_fixed(desk));
    let fields = filled.fields().iter().filter(|&&known| may(known) && wanted.contains(&known));
    let edit = |&known| draft(format!("✏️ {}", field_name(known)), DraftAct::Edit(known));
    fields.map(edit).collect::<Vec<_>>().chunks(3).map(<[Button]>::to_vec).collect()
}

/// What was found of one value, and what it may be invited through.
pub fn with_offer(desk: &Desk, known: &Draft, found: Reply) -> Reply {
    let invites = |row: &Vec<Button>| {
        row.iter().any(|button| matches!(button.press, Press::Draft(DraftAct::Choose(_))))
    };
    let rest = found.rows.into_iter().filter(|row| row.iter().all(|it| it.press != Press::Invite));
    let rows = offer(desk, known).rows.into_iter().filter(invites).chain(rest).collect();
    reply(found.text, rows)
}

/// A screen under a word of what was wrong.
pub fn noted(note: impl AsRef<str>, screen: Reply) -> Reply {
    let text = Html::new("⚠️ ").text(note).line().line().join(&screen.text);
    reply(text, screen.rows)
}

/// The question again: the number has lost a zero, so it seems.
pub fn lost_zero(screen: Reply, inn: &Inn) -> Reply {
    let typed = inn.as_str().chars().count() - 1;
    let note = format!(
        "Здесь {typed} цифр, а в ИНН их 10 (организация) или 12 (ИП). Если он начинался с нуля: {}?",
        inn.as_str()
    );
    let mut reply = noted(note, screen);
    let yes = draft(format!("Да, это {}", inn.as_str()), DraftAct::Inn(inn.clone()));
    reply.rows.insert(0, vec![yes]);
    reply
}

/// A new invitation was asked for while another draft is unfinished.
pub fn unfinished(draft_: &Draft) -> Reply {
    let text = Html::new("Есть незаконченный черновик: ").join(&draft_line(draft_));
    let rows = vec![
        vec![draft("▶️ Продолжить", DraftAct::Resume)],
        vec![draft("🆕 Начать заново", DraftAct::Restart), draft("🗑 Удалить", DraftAct::Cancel)],
    ];
    reply(text, rows)
}

/// The draft was thrown away.
pub fn cancelled() -> Reply {
    let text = Html::new("✖️ Отменено. Ничего не отправлено.");
    reply(
        text,
        vec![vec![button("✉️ Пригласить", Press::Invite), button("🏠 Начало", Press::Home)]],
    )
}

/// `/cancel` without a draft.
pub fn nothing_to_cancel() -> Reply {
    let text = Html::new(
        "Отменять нечего: черновика нет. Отправленное не отзывается, его видно в /status.",
    );
    reply(
        text,
        vec![vec![button("✉️ Пригласить", Press::Invite), button("🏠 Начало", Press::Home)]],
    )
}

/// The toast of a confirmation.
pub fn sending_toast(number: Number) -> String {
    format!("№{number}: поставлено в очередь")
}

/// The toast of a «Стоп» that came too late, or for the second time.
pub fn not_stopped_toast(number: Number, state: Standing) -> String {
    match state {
        Standing::Sending => format!("№{number} уже отправляю, остановить нельзя."),
        Standing::Cancelled => format!("№{number} уже остановлено, не отправляю."),
        _ => format!(
            "№{number}: останавливать нечего, оно не ждёт отправки. Итог — на карточке и в /status."
        ),
    }
}

/// The toast of a second press of the same confirmation.
pub fn at_work_toast(number: Number) -> String {
    format!("№{number} уже в работе, второй раз не отправляю.")
}

/// The toast of a repeat that cannot be: another one goes to the same recipient.
pub fn repeat_in_flight_toast(number: Option<Number>) -> String {
    match number {
        Some(number) => {
            format!("Итог №{number} этому же получателю ещё не известен. Не отправляю.")
        }
        None => "Этого получателя сейчас приглашает ваш коллега. Не отправляю.".to_owned(),
    }
}

/// What is wrong with a typed answer, by the rule that failed, and what to do.
pub fn field_error(error: &FieldError) -> String {
    match error {
        FieldError::Inn(InnError::Kpp(error)) => {
            format!("ИНН верный, а КПП рядом с ним — нет. {}", kpp_error(error))
        }
        FieldError::Inn(error) => inn_error(error),
        FieldError::Kpp(error) => kpp_error(error),
        FieldError::Name(NameError::Empty) => {
            "В названии нет ни букв, ни цифр. Пришлите ещё раз.".to_owned()
        }
        FieldError::Name(NameError::Long(length)) => format!(
            "Название слишком длинное: {length} {}, а можно до {}. Пришлите короче.",
            plural(*length, "знак", "знака", "знаков"),
            CompanyName::MAX
        ),
        FieldError::Email(error) => email_error(error),
        FieldError::Office(_) => {
            "Код офиса — это 4 или 5 цифр, например 7705. Пришлите ещё раз или нажмите «Без кода»."
                .to_owned()
        }
        FieldError::NotTyped => super::PRESS_A_BUTTON.to_owned(),
    }
}

fn inn_error(error: &InnError) -> String {
    match error {
        InnError::Length(length) => format!(
            "Здесь {length} {}, а в ИНН их 10 (организация) или 12 (ИП). Пришлите ещё раз.",
            plural(*length, "цифра", "цифры", "цифр")
        ),
        InnError::Checksum(digits) => format!(
            "ИНН {digits} не проходит проверку контрольной суммы: похоже, опечатка в одной цифре. Пришлите ещё раз."
        ),
        InnError::Zeros => "ИНН из одних нулей не бывает. Пришлите ещё раз.".to_owned(),
        InnError::NotDigits | InnError::Kpp(_) => {
            "В ИНН бывают только цифры: 10 у организации, 12 у ИП. Пришлите ещё раз.".to_owned()
        }
    }
}

fn kpp_error(error: &KppError) -> String {
    match error {
        KppError::Length(length) => format!(
            "Здесь {length} {}, а в КПП их 9. Пришлите ещё раз.",
            plural(*length, "знак", "знака", "знаков")
        ),
        KppError::Shape => "В КПП первые четыре и последние три знака — цифры, а два между ними — цифры или латинские буквы. Пришлите ещё раз.".to_owned(),
    }
}

fn email_error(error: &EmailError) -> String {
    match error {
        EmailError::NoAt => "В адресе нет знака @. Пришлите адрес целиком, например: iam@mail.ru".to_owned(),
        EmailError::Several => "Здесь больше одного адреса, а приглашение уходит на один. Пришлите один адрес.".to_owned(),
        EmailError::Long(length) => format!(
            "Адрес слишком длинный: {length} {}, а можно до {}. Пришлите другой.",
            plural(*length, "знак", "знака", "знаков"), Email::MAX
        ),
        EmailError::Foreign => "Слева от @ есть нелатинские буквы: сервисы такие адреса могут не принять. Проверьте раскладку и пришлите ещё раз.".to_owned(),
        EmailError::Space => "Внутри адреса пробел. Пришлите адрес без пробелов.".to_owned(),
        EmailError::Malformed => "Это не похоже на адрес. Проверьте и пришлите целиком, например: iam@mail.ru".to_owned(),
    }
}
