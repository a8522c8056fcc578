//! What holds for every input.

use proptest::prelude::*;

use super::super::{Input, State};
use super::company::{BRANCHES, organisation};
use super::player::{Player, admin_desk, desk, shown};
use super::screens::every_state;
use crate::dialogue::{Desk, Press, Stamp, texts};
use crate::domain::{
    Attempt, AttemptOutcome, Company, CompanyName, Email, Inn, Invitation, Lookup, Person,
    Recipient, Refusal, Role, State as Standing,
};

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
        name.replace('я', "о"),
        name,
    ]);
    prop::collection::vec(pieces, 1..14).prop_map(|pieces| pieces.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

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
        ], 1..12)
    ) {
        let mut player = Player::new(Desk { directory: true, ..desk() });
        let found = organisation("1215107651", &BRANCHES);
        player.directory = vec![(found.inn.clone(), Lookup::Found(Box::new(found)))];
        player.says("/invite");
        for line in lines {
            let digit = line.strip_prefix("[").and_then(|line| line.chars().next()?.to_digit(10));
            let place = digit.map(|digit| digit as usize);
            let (screen, stamp) = player.screen.clone().unwrap();
            let buttons: Vec<_> = screen.rows.into_iter().flatten().collect();
            player.log.clear();
            match place.and_then(|place| buttons.get(place)) {
                Some(button) => player.gives(button.press.clone(), stamp),
                None => { player.takes(Input::Message { text: Some(line), about: None }); }
            }
            prop_assert!(!player.log.is_empty(), "silence");
            let (screen, _) = player.screen.clone().unwrap();
            prop_assert!(screen.text.length() <= MESSAGE_MAX);
            if player.state != State::Idle && player.desk.draft.is_some() {
                let way_out = |label: &str| screen.rows.iter().flatten().any(|it| it.label.contains(label));
                prop_assert!(["Отмена", "Удалить", "Начало", "Пригласить", "Показать все"].iter().any(|label| way_out(label)), "{}", shown(&screen));
            }
        }
    }

    #[test]
    fn what_others_wrote_comes_out_literally_and_within_limits(message in nasty(), name in nasty(), person in nasty()) {
        let name = CompanyName::parse(&name).unwrap_or_else(|_| CompanyName::parse(&"&".repeat(254).replacen('&', "я", 1)).unwrap());
        let recipient = Recipient::Sbis(Company {
            inn: Inn::parse("500100732259").unwrap(),
            kpp: None,
            name,
            email: Email::parse("iam@mail.ru").unwrap(),
            office: None,
        });
        let person: String = person.chars().take(64).collect();
        for (_, invitation) in every_state(&recipient) {
            let invitation = Invitation {
                author: Person { name: Some(person.clone()), ..invitation.author },
                last: invitation.last.map(|last| Attempt { message: Some(message.clone()), ..last }),
                ..invitation
            };
            let desk = admin_desk();
            let events: Vec<_> = (0..30).filter_map(|_| invitation.last.clone().map(crate::domain::Event::Called)).collect();
            for reply in [texts::status_card(&invitation, &desk.zone), texts::card(&desk, &invitation, &events), texts::ask_repeat(&invitation, 1), texts::reminder(&invitation, false, &desk.zone), texts::digest(&vec![invitation.clone(); 20], 1000, desk.now)] {
                let html = reply.text.as_str();
                prop_assert!(reply.text.length() <= MESSAGE_MAX, "{} units", reply.text.length());
                let bare = html.replace("<b>", "").replace("</b>", "").replace("<code>", "").replace("</code>", "");
                prop_assert!(!bare.contains('<') && !bare.contains('>'));
            }
        }
        prop_assert!(texts::paused_notice(crate::domain::Provider::Sbis, Some(&message)).text.length() <= MESSAGE_MAX);
    }

    #[test]
    fn no_forged_press_changes_a_draft(draft in 1i64..9, revision in 1i64..9, act in "send|cancel|keep|restart|resume|back") {
        let mut player = Player::plays(desk(), &["/invite", "[Invoicebox]", "iam@mail.ru"]);
        let (state, stamp) = (player.state.clone(), player.desk.draft.unwrap().0);
        prop_assume!(Stamp { draft, revision } != stamp);
        let (press, old) = Press::decode(&format!("d:{draft}:{revision}:{act}")).unwrap();
        player.takes(Input::Press(press, old));
        prop_assert_eq!(&player.state, &state);
    }
}

#[test]
fn every_state_has_its_word_on_both_cards() {
    let words =
        ["принято", "отказ", "уже клиент", "не отправлено", "неизвестно", "в очереди", "отправляю"];
    let recipient = Recipient::Invoicebox { email: Email::parse("iam@mail.ru").unwrap() };
    for (name, invitation) in every_state(&recipient) {
        let card = texts::status_card(&invitation, &desk().zone);
        let text = card.text.as_str();
        assert!(text.contains("№1057") && words.iter().any(|word| text.contains(word)), "{name}");
        assert!(!text.contains("доставлено"));
        assert_eq!(
            text.contains("принято"),
            matches!(invitation.state, Standing::Accepted | Standing::ConfirmedSent),
            "{name}"
        );
        let refused =
            matches!(invitation.state, Standing::Rejected(Refusal::Data | Refusal::Other));
        assert_eq!(text.contains("отказ"), refused, "{name}");
        assert!(
            invitation.last.is_none_or(|last| last.outcome != Some(AttemptOutcome::Accepted))
                || text.contains("принято")
        );
    }
    assert_eq!(admin_desk().role, Role::Admin);
}
