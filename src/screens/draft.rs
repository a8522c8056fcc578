//! The screens of one invitation, up to its confirmation.

use std::time::Duration;

use super::errors::{PRESS_A_BUTTON, field_error};
use super::home;
use super::html::{Html, html, shorten};
use super::organisation as registry;
use super::parts::{address, draft_line, edits, line, noted, prefixed, value, way_out};
use super::paste::{choice, choose_draft, offer};
use super::policy::{blocked, known_lines, left, refused_line, used_up};
use super::press::Press;
use super::resend::{confirm_button, repeated, resend_refusal};
use super::{Button, Screen, button, draft_button, holds, provider, requests, screen};
use crate::dialogue::facts::Facts;
use crate::dialogue::session::{DraftAct, Session, Stage};
use crate::dialogue::{Note, Toast, View};
use crate::domain::{
    Draft, Field, Inn, InvitationNo, Kpp, Office, Provider, ProviderSource, RequestKind,
    ResendQuota, State,
};

pub fn is_home(session: &Session, view: &View) -> bool {
    matches!(view, View::Home) || (matches!(view, View::Draft) && session.draft.is_none())
}

pub fn view(facts: &Facts, session: &Session, view: &View, note: Option<&Note>) -> Screen {
    let shown = match view {
        View::Draft => match &session.draft {
            Some(it) => stage(facts, it),
            None => home::home(facts, session),
        },
        View::Home => home::home(facts, session),
        View::Hint => home::hint(&facts.viewer),
        View::SendAgain => home::send_again(&facts.viewer),
        View::Cancelled => cancelled(),
        View::NothingToCancel => nothing_to_cancel(),
        View::Unfinished(draft) => unfinished(draft),
    };
    match note {
        None => shown,
        Some(Note::LostZero(inn)) => lost_zero(shown, inn),
        Some(note) => prefixed(words(note), shown),
    }
}

pub fn stage(facts: &Facts, stage: &Stage) -> Screen {
    match stage {
        Stage::Asking { draft, field, editing } => question(facts, draft, *field, *editing),
        Stage::Organisation { draft, branches, editing } => {
            organisation(facts, draft, *branches, *editing)
        }
        Stage::Reviewing { draft } => match (facts.first_blocker(draft), draft.missing()) {
            (Some(blocker), _) => blocked(facts, draft, blocker),
            (None, Some(field)) => question(facts, draft, field, false),
            (None, None) => summary(facts, draft),
        },
        Stage::Offered { draft } => offer(facts, draft),
        Stage::ChoosingDraft { draft, pasted } => choose_draft(draft, pasted),
    }
}

fn words(note: &Note) -> Html {
    let warning = |text: &str| html!("⚠️ {}", text);
    let fixed = match note {
        Note::OnlyText => ONLY_TEXT,
        Note::EditNotRead => {
            "В исправленном сообщении не вижу ни ИНН, ни КПП, ни e-mail. Ничего не изменено: проверьте, что стоит ниже."
        }
        Note::EditChangesNothing => "Перечитал исправленное сообщение: здесь ничего не изменилось.",
        Note::PressAButton => PRESS_A_BUTTON,
        Note::ConfirmOrEdit => {
            "Ещё ничего не отправлено. Нажмите «Отправить» или кнопку поля, которое нужно исправить."
        }
        Note::NotAName => "Это не похоже на название. Ничего не изменено.",
        Note::NoKppForPerson => "Это ИП, КПП у него нет. Ничего не изменено.",
        Note::NotYourOffice => {
            "Этот код офиса вам не назначен. Выберите из своих; назначить другой может админ."
        }
        Note::KppAlone => {
            "Похоже на КПП, а по нему одному клиента не найти: пришлите ИНН, можно вместе с КПП."
        }
        Note::AskedAgain => ASKED_AGAIN,
        Note::ReviewedAgain => {
            "Я перезапускался, или Telegram был недоступен: нажатие могло не дойти. Ничего не отправлено. Проверьте и подтвердите ещё раз."
        }
        Note::ReviewedInDoubt => {
            "Моя база данных восстановлена из копии или перенесена: это приглашение могло уже уйти раньше. Посмотрите переписку выше, проверьте и подтвердите ещё раз, только если его не было."
        }
        Note::FieldError(error) => return warning(&field_error(error)),
        Note::BadLink(error) => {
            let error = field_error(error);
            return warning(&format!("В ссылке ошибка, черновик по ней не создан. {error}"));
        }
        Note::InvalidValues(all) => return warning(&super::paste::invalid_values(all)),
        Note::PasteReport(report) => return super::paste::report(report),
        Note::LostZero(inn) => return warning(&lost_zero_words(inn)),
    };
    warning(fixed)
}

pub const ONLY_TEXT: &str =
    "Читаю только текст: картинки, файлы и голосовые не открываю. Ничего не изменено.";

pub const ASKED_AGAIN: &str =
    "Я перезапускался, или Telegram был недоступен. Продолжим с этого места.";

pub fn toast(toast: Toast) -> String {
    match toast {
        Toast::UnknownPress => super::UNKNOWN_PRESS.to_owned(),
        Toast::Stale => super::STALE.to_owned(),
        Toast::StaleFresh => "Карточка устарела, вот свежая.".to_owned(),
        Toast::NotSent => "Не отправлено: посмотрите, что изменилось.".to_owned(),
        Toast::ConfirmAgain => super::CONFIRM_AGAIN.to_owned(),
        Toast::OfficeChanged => {
            "Админ изменил ваши коды офиса. Ничего не отправлено: проверьте и подтвердите ещё раз."
                .to_owned()
        }
        Toast::StillBlocked => "Проверил: отправить пока нельзя.".to_owned(),
        Toast::AtWork(number) => format!("№{number} уже в работе, второй раз не отправляю."),
    }
}

/// A stored draft may lack what was found.
fn organisation(facts: &Facts, filled: &Draft, branches: Option<u16>, editing: bool) -> Screen {
    match (filled.registry_entry(), branches) {
        (Some(found), None) => registry::card(filled, found),
        (Some(found), Some(page)) => registry::branches(found, page),
        (None, _) => question(facts, filled, Field::Inn, editing),
    }
}

fn question(facts: &Facts, filled: &Draft, field: Field, editing: bool) -> Screen {
    let (text, mut rows) = match filled.choices(field) {
        Some(open) => choice(open),
        None => (asked(facts, filled, field), ways_to_answer(facts, filled, field)),
    };
    if let Some(value) = value(filled, field).filter(|_| field != Field::Provider) {
        let label = shorten(&value, 40);
        rows.push(vec![draft_button(format!("➡️ Оставить: {label}"), DraftAct::KeepValue)]);
    }
    let other = facts.switches_at(filled, field).filter(|_| !editing);
    rows.extend(other.map(|other| vec![to_other(other)]));
    let back = editing || facts.field_before(filled, field).is_some();
    rows.push(way_out(back));
    let text = match collected(filled, field) {
        Some(known) => html!("{}\n\n{}", known, text),
        None => text,
    };
    let check = facts.checked(filled).filter(|_| field == Field::Provider);
    let text = match check.and_then(|check| known_lines(facts, filled, check)) {
        Some(known) => html!("{}\n\n{}", known, text),
        None => text,
    };
    let first = facts.field_before(filled, field).is_none()
        || (filled.provider_source == ProviderSource::LastTime && other.is_some());
    let told = registry::by_hand(filled, field).or_else(|| used_up(facts).filter(|_| first));
    match told {
        Some(why) => noted(why, screen(text, rows)),
        None => screen(text, rows),
    }
}

fn asked(facts: &Facts, filled: &Draft, field: Field) -> Html {
    match field {
        Field::Provider => html!("✉️ Новое приглашение. Куда приглашаем?"),
        Field::Inn => html!("Пришлите <b>ИНН</b> (10 или 12 цифр) или вставьте реквизиты целиком."),
        Field::Kpp => html!(
            "Пришлите <b>КПП</b>: 9 знаков. Первые четыре и последние три — цифры, между ними цифры или латинские буквы."
        ),
        Field::Name => html!(
            "Пришлите <b>название</b>, как оно должно стоять в приглашении, например: {}",
            match filled.inn.as_ref().is_none_or(Inn::is_organisation) {
                true => "ООО «Ромашка»",
                false => "ИП Иванов Иван Иванович",
            }
        ),
        Field::Email => html!("На какой <b>e-mail</b> отправить приглашение?"),
        Field::Office if !facts.is_office_free() => {
            html!("Код <b>офиса</b>, за которым закрепится клиент. Выберите из своих.")
        }
        Field::Office => html!(
            "Код <b>офиса</b>, за которым закрепится клиент (4 или 5 цифр). {}",
            match facts.offered_offices(filled).is_empty() {
                true => "Пришлите его или нажмите «Без кода».",
                false => "Пришлите или выберите.",
            }
        ),
    }
}

fn ways_to_answer(facts: &Facts, filled: &Draft, field: Field) -> Vec<Vec<Button>> {
    let mut rows = Vec::new();
    match field {
        Field::Provider => rows.extend(facts.setup.providers.iter().map(|&known| {
            let label = match known {
                Provider::Invoicebox => "💳 Invoicebox — нужен только e-mail",
                Provider::Sbis => "📑 СБИС — компания и e-mail",
            };
            vec![draft_button(label, DraftAct::Choose(known))]
        })),
        Field::Office => {
            let codes = facts.offered_offices(filled).into_iter();
            let mut row: Vec<Button> = codes
                .map(|code| draft_button(code.as_str(), DraftAct::Office(code.clone())))
                .collect();
            if facts.is_office_free() {
                row.push(draft_button("Без кода", DraftAct::WithoutOffice));
            }
            rows.extend(row.chunks(4).map(<[Button]>::to_vec));
        }
        Field::Kpp => {
            rows.extend(filled.registry_entry().and_then(registry::others).map(|it| vec![it]))
        }
        _ => {}
    }
    rows
}

fn collected(filled: &Draft, asked: Field) -> Option<Html> {
    // Open fields are asked here or later.
    let nothing = filled.provider.is_none() || asked == Field::Provider;
    let values = [Field::Inn, Field::Kpp, Field::Name, Field::Email];
    (!nothing || values.iter().any(|&value| filled.has(value))).then(|| line(filled))
}

fn summary(facts: &Facts, filled: &Draft) -> Screen {
    let mut text = match repeated(facts, filled) {
        Some(repeat) => html!("{}\n📋 Проверьте перед отправкой\nСервис: ", repeat),
        None => html!("📋 Проверьте перед отправкой\nСервис: "),
    };
    text = html!("{}<b>{}</b>\n", text, filled.provider.map_or("", provider));
    // The provider does not get the rest of a card.
    let company = filled.provider == Some(Provider::Sbis);
    if let Some(name) = filled.name.as_ref().filter(|_| company) {
        text = html!("{}Компания: <b>{}</b>\n", text, name.as_str());
    }
    if let Some(inn) = filled.inn.as_ref().filter(|_| company) {
        text = html!("{}ИНН <code>{}</code>", text, inn.as_str());
        text = match &filled.kpp {
            Some(kpp) => html!("{} · КПП <code>{}</code>", text, kpp.as_str()),
            None => html!("{} (ИП, КПП не нужен)", text),
        };
        text = html!("{}\n", text);
    }
    if let Some(email) = &filled.email {
        text = html!("{}E-mail: {}\n", text, address(email));
    }
    match filled.office.as_ref().filter(|_| company) {
        Some(Office::Code(code)) => text = html!("{}Офис: <b>{}</b>\n", text, code.as_str()),
        Some(Office::Without) => text = html!("{}Офис: без кода\n", text),
        None => {}
    }
    if company && filled.kpp.as_ref().is_some_and(Kpp::has_letters) {
        text = html!("{}⚠️ В КПП есть буквы: так бывает, но СБИС может его не принять.\n", text);
    }
    if let Some(standing) = registry::registry_line(filled) {
        text = html!("{}{}\n", text, standing);
    }
    if let Some(refused) = facts.checked(filled).and_then(|check| check.refused.as_ref()) {
        text = html!("{}ℹ️ {}\n", text, refused_line(facts, refused));
    }
    let sender = filled.provider.map_or("", provider);
    let waits = filled.provider.and_then(|provider| holds::waiting(facts, provider));
    text = match waits {
        Some(why) => html!("{}\n⏳ Письмо уйдёт не сразу: {}", text, why),
        None => html!("{}\nПисьмо уйдёт адресату от имени {}.", text, sender),
    };
    text = html!("{} Отозвать его нельзя.", text);
    if let Some(left) = left(&facts.usage) {
        text = html!("{}\n{}", text, left);
    }
    let quota = facts.checked(filled).map(|check| check.quota).unwrap_or_default();
    let may = facts.may_go_beyond(filled);
    if let Some(why) = resend_refusal(facts, quota, may) {
        text = html!("{}\n\n⚠️ {}", text, why);
    }
    let mut rows: Vec<Vec<Button>> =
        confirm_button(quota, may).map(|one| vec![one]).into_iter().collect();
    if quota != ResendQuota::Available && !may {
        rows.push(requests::ask(RequestKind::Repeat));
    }
    let other = match facts.sends_at_once(filled) {
        Some(other) => {
            let label = format!("🔀 В {}: сейчас отправляет", provider(other));
            Some(draft_button(label, DraftAct::Choose(other)))
        }
        None => facts.switches_to(filled).map(to_other),
    };
    rows.extend(other.map(|button| vec![button]));
    rows.extend(registry::from_registry(filled).map(|button| vec![button]));
    rows.extend(edits(facts, filled));
    rows.push(way_out(true));
    screen(text, rows)
}

fn to_other(other: Provider) -> Button {
    draft_button(format!("🔀 В {}", provider(other)), DraftAct::Choose(other))
}

pub fn with_offer(facts: &Facts, known: &Draft, found: Screen) -> Screen {
    let invites = |row: &Vec<Button>| {
        row.iter().any(|button| matches!(button.press, Press::Draft(DraftAct::Choose(_))))
    };
    let rest = found.rows.into_iter().filter(|row| row.iter().all(|it| it.press != Press::Invite));
    let mut rows: Vec<_> =
        offer(facts, known).rows.into_iter().filter(invites).chain(rest).collect();
    rows.push(vec![
        draft_button("◀️ Назад", DraftAct::ShowDraft),
        draft_button("❌ Отмена", DraftAct::Cancel),
    ]);
    screen(found.text, rows)
}

fn lost_zero(question: Screen, inn: &Inn) -> Screen {
    let mut asked = noted(lost_zero_words(inn), question);
    let yes = draft_button(format!("Да, это {}", inn.as_str()), DraftAct::Inn(inn.clone()));
    asked.rows.insert(0, vec![yes]);
    asked
}

fn lost_zero_words(inn: &Inn) -> String {
    let typed = inn.as_str().chars().count() - 1;
    format!(
        "Здесь {typed} цифр, а в ИНН их 10 (организация) или 12 (ИП). Если он начинался с нуля: {}?",
        inn.as_str()
    )
}

pub fn unfinished(draft_: &Draft) -> Screen {
    let text = html!("Есть незаконченный черновик: {}", draft_line(draft_));
    let rows = vec![
        vec![draft_button("▶️ Продолжить", DraftAct::ShowDraft)],
        vec![
            draft_button("🆕 Начать заново", DraftAct::StartOver),
            draft_button("🗑 Удалить", DraftAct::Cancel),
        ],
    ];
    screen(text, rows)
}

pub fn cancelled() -> Screen {
    let text = html!("❌ Отменено. Ничего не отправлено.");
    screen(
        text,
        vec![vec![button("✉️ Пригласить", Press::Invite), button("🏠 Начало", Press::Home)]],
    )
}

pub fn nothing_to_cancel() -> Screen {
    let text =
        html!("Отменять нечего: черновика нет. Отправленное не отзывается, его видно в /status.");
    screen(
        text,
        vec![vec![button("✉️ Пригласить", Press::Invite), button("🏠 Начало", Press::Home)]],
    )
}

/// `window`: how long it may still be stopped; `None` if it waits for something else.
pub fn sending_toast(number: InvitationNo, window: Option<Duration>) -> String {
    match window {
        None => format!("№{number}: в очереди"),
        Some(Duration::ZERO) => format!("№{number}: отправляю"),
        Some(window) => format!("№{number}: отправлю через {} с", window.as_secs_f64().ceil()),
    }
}

pub fn not_stopped_toast(number: InvitationNo, state: State) -> String {
    match state {
        State::Sending => format!("№{number} уже отправляю, остановить нельзя."),
        State::Cancelled => format!("№{number} уже остановлено, не отправляю."),
        _ => format!(
            "№{number}: останавливать нечего, оно не ждёт отправки. Итог — на карточке и в /status."
        ),
    }
}

pub fn repeat_in_flight_toast(number: Option<InvitationNo>) -> String {
    match number {
        Some(number) => {
            format!("Итог №{number} этому же получателю ещё не известен. Не отправляю.")
        }
        None => "Этого получателя сейчас приглашает ваш коллега. Не отправляю.".to_owned(),
    }
}
