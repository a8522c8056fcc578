//! What holds for every input.

use invite_bot::dialogue::facts::BotSettings;
use invite_bot::dialogue::session::{Session, Stage};
use invite_bot::dialogue::{Note, PasteReport, View};
use invite_bot::domain::requisites::{Choice, Correction, InvalidValue};
use invite_bot::domain::{
    Attempt, Choices, Company, CompanyName, Draft, DraftRevision, Email, EmailError, Event, Field,
    Hold, HoldKind, Inn, Invitation, Lookup, Person, Provider, Recipient, Repeats,
};
use invite_bot::screens::press::{List, Press};
use invite_bot::screens::{self, Screen, card, draft, holds, reminders, result, status};
use proptest::prelude::*;

use super::acts::sbis;
use super::organisation::{BRANCHES, organisation};
use super::player::{Player, anna, now, oleg, setup, zone};
use super::report::shown;
use super::screens::{every_state, facts};

/// The longest message that Telegram takes.
const MESSAGE_MAX: usize = 4096;

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        "[<>&\"'/a-zа-я👍\u{202e}\u{200f} ]{0,300}",
        "\\PC{0,300}",
        Just("&".repeat(4096)),
        Just("<b>\u{202e}👍🏽".repeat(800)),
    ]
}

/// Pieces of cards, with names and addresses as long as they may be.
fn heap() -> impl Strategy<Value = String> {
    let name = format!("ООО «{}я»", "&".repeat(240));
    let pieces = prop::sample::select(vec![
        "ИНН 7898141776 КПП 789801001".to_owned(),
        "ИНН 2298152449 КПП 12150100".to_owned(),
        "ИНН 500100732259".to_owned(),
        "ИНН 7707083893".to_owned(),
        "ИНН 1215107652".to_owned(),
        "ИНН 816000005".to_owned(),
        "КПП 1215АВ001".to_owned(),
        "iam@gmial.com".to_owned(),
        "sad@mail.ru".to_owned(),
        "почта: почта@mail.ru".to_owned(),
        format!("{}@{}.ru", "&".repeat(60), "d".repeat(36)),
        "ООО «Pомашка»".to_owned(),
        name.replace('я', "o"),
        name,
    ]);
    prop::collection::vec(pieces, 1..14).prop_map(|pieces| pieces.join("\n"))
}

/// What fits into a message of Telegram, and into its buttons.
fn fits(screen: &Screen) -> bool {
    let data = |press: &Press| press.encode(Some(DraftRevision { draft: i64::MAX, revision: 1 }));
    screen.text.length() <= MESSAGE_MAX
        && screen.rows.iter().flatten().all(|button| data(&button.press).len() <= 64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_conversation_has_an_answer_and_a_way_out(
        lines in prop::collection::vec(prop_oneof![
            nasty(),
            Just("1215107651/121501001".to_owned()),
            Just("1215107651".to_owned()),
            Just("iam@mail.ru".to_owned()),
            "/[a-z]{3,7}( .{0,20})?",
            "/start [ni]_[0-9_]{0,20}",
            heap(),
            "\\[[0-9]\\]",
            "\\[[0-9]\\]",
        ], 1..12),
        is_admin: bool,
    ) {
        let mut player = Player::with(BotSettings { directory: true, ..setup() });
        if is_admin {
            player = player.by(&oleg());
        }
        let found = organisation("1215107651", &BRANCHES);
        player.directory = vec![(found.inn.clone(), Lookup::Found(Box::new(found)))];
        player.says("/invite");
        for line in lines {
            let digit = line.strip_prefix('[').and_then(|line| line.chars().next()?.to_digit(10));
            let mut buttons = player.seen.clone().unwrap().screen.rows.into_iter().flatten().collect::<Vec<_>>();
            // What leads elsewhere, or nowhere, never comes back.
            buttons.retain(|button| !matches!(button.press, Press::Caption | Press::Write(_)));
            player.forgets();
            match digit.and_then(|place| buttons.get(place as usize)) {
                Some(button) => player.gives(button.press.clone()),
                None => player.says(&line),
            }
            prop_assert!(player.log.lines().any(|line| !line.starts_with('>')), "silence");
            let screen = &player.seen.as_ref().unwrap().screen;
            prop_assert!(fits(screen), "{}", shown(screen));
            let ways_out = ["Отмена", "Удалить", "Начало", "Пригласить", "Показать все", "Сотрудники", "Стоп-лист", "Назад", "К карточке", "К списку"];
            let is_one = |label: &String| ways_out.iter().any(|way| label.contains(way));
            let has = screen.rows.iter().flatten().any(|button| is_one(&button.label));
            prop_assert!(has || player.session().draft.is_none(), "{}", shown(screen));
        }
    }

    #[test]
    fn what_others_wrote_comes_out_literally_and_within_limits(message in nasty(), name in nasty(), person in nasty()) {
        let long = || CompanyName::parse(&format!("я{}", "&".repeat(253))).unwrap();
        let recipient = Recipient::Sbis(Company {
            inn: Inn::parse("500100732259").unwrap(),
            kpp: None,
            name: CompanyName::parse(&name).unwrap_or_else(|_| long()),
            email: Email::parse("iam@mail.ru").unwrap(),
            office: None,
        });
        let person: String = person.chars().take(64).collect();
        let admin = facts(oleg()).viewer;
        for (_, invitation) in every_state(&recipient) {
            let invitation = Invitation {
                author: Person { name: Some(person.clone()), ..invitation.author },
                last: invitation.last.map(|last| Attempt { message: Some(message.clone()), ..last }),
                ..invitation
            };
            let events: Vec<_> = (0..30).filter_map(|_| invitation.last.clone().map(Event::Called)).collect();
            for screen in [
                status::status_card(&invitation, &zone()),
                result::result(&invitation, &admin).unwrap_or_else(|| screens::plain("")),
                card::card(&admin, &invitation, &events, &Repeats::default(), List::ALL),
                card::ask_repeat(&invitation, 1),
                reminders::reminder(&invitation, false, &zone()),
                reminders::digest(&vec![invitation.clone(); 20], 1000, now()),
            ] {
                prop_assert!(fits(&screen), "{}", shown(&screen));
                let html = screen.text.as_str();
                let tags = ["<b>", "</b>", "<code>", "</code>", "<blockquote expandable>", "</blockquote>"];
                let bare = tags.iter().fold(html.to_owned(), |html, tag| html.replace(tag, ""));
                prop_assert!(!bare.contains(['<', '>']), "{bare}");
            }
        }
        let kind = HoldKind::BadCredentials { provider: Provider::Sbis, message: Some(message) };
        let hold = Hold { id: 1, since: now(), kind, told: false };
        prop_assert!(fits(&holds::notice(&hold)));
    }

    #[test]
    fn no_forged_press_changes_a_draft(draft in 1i64..9, revision in 1i64..9, act in "send|cancel|keep|restart|resume|back") {
        let mut player = Player::new().at_summary(Provider::Invoicebox);
        let (session, present) = (player.session(), player.seen.as_ref().unwrap().revision);
        prop_assume!(present != Some(DraftRevision { draft, revision }));
        player.sends_back(&format!("{draft}:{revision}:d:{act}"));
        prop_assert_eq!(player.session(), session);
        prop_assert_eq!(player.changes.len(), 0);
    }
}

#[test]
fn the_longest_values_fit_into_a_message() {
    let name = |c: char| CompanyName::parse(&format!("{}{c}", "&".repeat(254))).unwrap();
    let email = Email::parse(&format!("{}@{}.ru", "&".repeat(60), "d".repeat(36))).unwrap();
    let full = Draft { name: Some(name('я')), email: Some(email), ..sbis() };
    let choice = |value| Choice { value, correction: None };
    let names: Vec<_> = "абвгдежз".chars().map(|c| choice(name(c))).collect();
    let written = Correction::LookAlike("&".repeat(255));
    let proposal = vec![Choice { value: name('я'), correction: Some(written) }, choice(name('ю'))];
    let invalid = InvalidValue { written: "&".repeat(400), error: EmailError::Malformed.into() };
    let replaced = vec![
        (Field::Inn, "1215107651".to_owned()),
        (Field::Kpp, "121501001".to_owned()),
        (Field::Name, "&".repeat(255)),
        (Field::Email, format!("{}@{}.ru", "&".repeat(60), "d".repeat(36))),
    ];
    let report =
        PasteReport { wrong: vec![invalid; 9], replaced, parties: Some(9), wants_email: true };
    let facts = facts(anna());
    for names in [names, proposal] {
        let mut open = full.clone();
        open.offer_choices(Choices::Name(names));
        let asking = Stage::Asking { draft: open.clone(), field: Field::Name, editing: true };
        for stage in [asking, Stage::ChoosingDraft { draft: full.clone(), pasted: open }] {
            let note = Note::PasteReport(report.clone());
            let screen = draft::view(&facts, &Session::at(stage), &View::Draft, Some(&note));
            assert!(fits(&screen), "{}: {}", screen.text.length(), shown(&screen));
        }
    }
}
