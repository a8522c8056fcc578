//! Buttons of a draft: what each does wherever the draft is, whoever presses, whatever is switched
//! on.

use std::fmt::Write;

use expect_test::expect;
use invite_bot::dialogue::facts::BotSettings;
use invite_bot::dialogue::session::{DraftAct, Session, Stage};
use invite_bot::domain::requisites::read;
use invite_bot::domain::{
    Draft, DraftLookup, DraftRevision, Email, Field, Inn, Kpp, Lookup, Office, Provider, Recipient,
};
use invite_bot::handlers::Input;
use invite_bot::screens::Screen;
use invite_bot::screens::press::{CardAct, Press};

use super::organisation::organisation;
use super::player::{Player, anna, code, oleg, said, setup};
use super::report::{grouped, outcome, place, stands, table};
use super::standing::Standing;

pub fn sbis() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    draft.set_from_text(Field::Inn, "1215107651/121501001").unwrap();
    draft.set_from_text(Field::Name, "Детский сад Чайка").unwrap();
    draft.set_from_text(Field::Email, "iam@mail.ru").unwrap();
    draft.office = Some(Office::Code(code("7705")));
    draft
}

pub fn invoicebox() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
    draft.set_from_text(Field::Email, "iam@mail.ru").unwrap();
    draft
}

/// Whoever reads this mailbox, invited through Invoicebox.
pub fn to(email: &str) -> Recipient {
    Recipient::Invoicebox { email: Email::parse(email).unwrap() }
}

pub fn asking(draft: Draft, field: Field) -> Session {
    Session::at(Stage::Asking { draft, field, editing: false })
}

pub fn reviewing(draft: Draft) -> Session {
    Session::at(Stage::Reviewing { draft })
}

fn offered(draft: Draft) -> Session {
    Session::at(Stage::Offered { draft: Draft { provider: None, ..draft } })
}

/// An organisation with branches was found.
fn company(branches: Option<u16>) -> Session {
    let mut draft = sbis();
    let inn = draft.inn.clone().unwrap();
    let found = organisation(inn.as_str(), &[("540602001", ""), ("616302001", "")]);
    let lookup = Lookup::Found(Box::new(found));
    draft.lookup = Some(DraftLookup { inn, result: lookup, by_hand: false });
    Session::at(Stage::Organisation { draft, branches, editing: false })
}

fn between() -> Session {
    let pasted = Draft { provider: None, ..invoicebox() };
    Session::at(Stage::ChoosingDraft { draft: sbis(), pasted })
}

fn sessions() -> Vec<(&'static str, Session)> {
    let mut open = sbis();
    open.apply_message(&read("a@b.ru или c@d.ru"));
    let editing = Stage::Asking { draft: sbis(), field: Field::Email, editing: true };
    vec![
        ("Provider?", asking(Draft::default(), Field::Provider)),
        ("Inn?", asking(sbis(), Field::Inn)),
        ("Email?", asking(sbis(), Field::Email)),
        ("Office?", asking(Draft { office: Some(Office::Without), ..sbis() }, Field::Office)),
        ("Company?", company(None)),
        ("Branches?", company(Some(0))),
        ("Email? (edit)", Session::at(editing)),
        ("Review", reviewing(sbis())),
        ("Choice?", asking(open, Field::Email)),
        ("Offered", offered(invoicebox())),
        ("Between", between()),
    ]
}

fn action_buttons() -> Vec<DraftAct> {
    vec![
        DraftAct::Choose(Provider::Invoicebox),
        DraftAct::KeepValue,
        DraftAct::Office(code("7705")),
        DraftAct::Office(code("9999")),
        DraftAct::WithoutOffice,
        DraftAct::TakeFromRegistry,
        DraftAct::Branches(0),
        DraftAct::Kpp(Kpp::parse("540602001").unwrap()),
        DraftAct::Kpp(Kpp::parse("999901001").unwrap()),
        DraftAct::ByHand,
        DraftAct::Edit(Field::Inn),
        DraftAct::Edit(Field::Kpp),
        DraftAct::Edit(Field::Provider),
        DraftAct::Back,
        DraftAct::Cancel,
        DraftAct::ConfirmRepeat(1),
        DraftAct::ShowDraft,
        DraftAct::StartOver,
        DraftAct::Pick(1),
        DraftAct::Pick(2),
        DraftAct::KeepUnfinished,
        DraftAct::TakePasted,
        DraftAct::History,
        DraftAct::SendOverLimit,
        DraftAct::Send,
    ]
}

/// What a press of a button of the present screen leads to.
fn pressed(player: &mut Player, session: &Session, act: DraftAct) -> String {
    player.stands_at(session);
    player.gives(Press::Draft(act));
    outcome(player, session)
}

/// A press counts if the present screen offers it. An unfinished draft is offered elsewhere, too, and
/// some presses do no more than show the present screen.
fn counts(act: &DraftAct, is_offered: bool, outcome: &str) -> bool {
    match act {
        DraftAct::Cancel | DraftAct::ShowDraft | DraftAct::StartOver => outcome != "·",
        DraftAct::Branches(_) | DraftAct::ConfirmRepeat(_) if !is_offered => {
            ["·", "shown"].contains(&outcome)
        }
        _ => is_offered == (outcome != "·"),
    }
}

fn words(act: &DraftAct) -> String {
    format!("{act:?}").replace("OfficeCode(", "").replace("Kpp(Kpp(", "Kpp(").replace("))", ")")
}

#[test]
fn every_act_wherever_a_draft_is() {
    let mut players: Vec<Player> = sessions().iter().map(|_| Player::new()).collect();
    let columns: Vec<&str> = sessions().iter().map(|(name, _)| *name).collect();
    let screens = players.iter_mut().zip(sessions()).map(|(player, (_, session))| {
        player.remembers_office("7705");
        player.stands_at(&session);
        player.takes(Input::ShowAgain);
        player.seen.take().unwrap().screen
    });
    let screens: Vec<Screen> = screens.collect();
    let mut rows = Vec::new();
    for act in action_buttons() {
        let cells = players.iter_mut().zip(sessions()).map(|(player, (_, session))| {
            player.remembers_office("7705");
            pressed(player, &session, act.clone())
        });
        let cells: Vec<String> = cells.collect();
        for ((screen, cell), at) in screens.iter().zip(&cells).zip(&columns) {
            let is_offered =
                screen.rows.iter().flatten().any(|it| it.press == Press::Draft(act.clone()));
            assert!(counts(&act, is_offered, cell), "{act:?} at {at}: {cell}");
        }
        rows.push((words(&act), cells));
    }
    expect![[r#"
                            Provider?  Inn?       Email?     Office?    Company?   Branches?  Email? (edit)  Review                 Choice?    Offered    Between
        Choose(Invoicebox)  Email?     ·          ·          ·          ·          ·          ·              ·                      ·          Review     ·
        KeepValue           ·          Review     Review     Review     Review     ·          Review         ·                      Review     ·          ·
        Office("7705")      ·          ·          ·          Review     ·          ·          ·              ·                      ·          ·          ·
        Office("9999")      ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          ·
        WithoutOffice       ·          ·          ·          Review     ·          ·          ·              ·                      ·          ·          ·
        TakeFromRegistry    ·          ·          ·          ·          Review     ·          ·              ·                      ·          ·          ·
        Branches(0)         ·          ·          ·          ·          Branches?  shown      ·              ·                      ·          ·          ·
        Kpp("540602001")    ·          ·          ·          ·          ·          Review     ·              ·                      ·          ·          ·
        Kpp("999901001")    ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          ·
        ByHand              ·          ·          ·          ·          Kpp?       ·          ·              ·                      Email?     ·          ·
        Edit(Inn)           ·          ·          ·          ·          Inn?       ·          ·              Inn? (edit)            ·          ·          ·
        Edit(Kpp)           ·          ·          ·          ·          ·          Kpp?       ·              Kpp? (edit)            ·          ·          ·
        Edit(Provider)      ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          ·
        Back                ·          Provider?  Name?      Email?     Inn?       Company?   Review         Office?                Name?      ·          ·
        Cancel              Idle       Idle       Idle       Idle       Idle       Idle       Idle           Idle                   Idle       Idle       Idle
        ConfirmRepeat(1)    ·          ·          ·          ·          ·          ·          ·              shown                  ·          ·          ·
        ShowDraft           shown      shown      shown      shown      shown      shown      shown          shown                  shown      shown      shown
        StartOver           shown      Provider?  Provider?  Provider?  Provider?  Provider?  Provider?      Provider?              Provider?  Provider?  Provider?
        Pick(1)             ·          ·          ·          ·          ·          ·          ·              ·                      Review     ·          ·
        Pick(2)             ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          ·
        KeepUnfinished      ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          Review
        TakePasted          ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          Provider?
        History             ·          ·          ·          ·          ·          ·          ·              ·                      ·          shown      ·
        SendOverLimit       ·          ·          ·          ·          ·          ·          ·              ·                      ·          ·          ·
        Send                ·          ·          ·          ·          ·          ·          ·              Submit (№1  отправлю)  ·          ·          ·
    "#]].assert_eq(&table(&columns, &rows));
}

#[test]
fn an_old_revision_never_moves_anything_but_the_card() {
    let mut player = Player::new();
    for (_, session) in sessions() {
        player.stands_at(&session);
        for act in action_buttons() {
            let present = player.seen.as_ref().unwrap().revision.unwrap();
            let DraftRevision { draft, revision } = present;
            for old in [
                DraftRevision { revision: revision - 1, draft },
                DraftRevision { draft: 999, revision },
            ] {
                player.sends_back(&Press::Draft(act.clone()).encode(Some(old)));
                assert_eq!(
                    (player.session(), player.changes.len()),
                    (session.clone(), 0),
                    "{act:?}"
                );
            }
        }
    }
}

#[test]
fn what_a_button_of_a_summary_does_by_whose_it_is() {
    let only_sbis = || Player::with(BotSettings { providers: vec![Provider::Sbis], ..setup() });
    let nowhere = || Draft { provider: None, ..invoicebox() };
    let summaries: [(&str, &dyn Fn() -> Player, Draft); 10] = [
        ("Invoicebox", &Player::new, invoicebox()),
        ("СБИС", &Player::new, sbis()),
        ("one code", &|| Player::new().owning(&["7705"]), sbis()),
        ("two codes", &|| Player::new().owning(&["7705", "0240"]), sbis()),
        ("others' code", &|| Player::new().owning(&["0240", "0241"]), sbis()),
        ("admin", &Player::admin, invoicebox()),
        ("switched off", &only_sbis, invoicebox()),
        ("off, admin", &|| only_sbis().by(&oleg()), invoicebox()),
        ("stopped", &|| Player::new().with_stop("iam@mail.ru"), invoicebox()),
        ("stopped early", &|| Player::new().with_stop("iam@mail.ru"), nowhere()),
    ];
    let edits = [Field::Provider, Field::Inn, Field::Kpp, Field::Name, Field::Email, Field::Office];
    let others =
        [DraftAct::Back, DraftAct::TakeFromRegistry, DraftAct::Send, DraftAct::SendOverLimit];
    let mut rows = Vec::new();
    for act in edits.map(DraftAct::Edit).into_iter().chain(others) {
        let cells = summaries.iter().map(|(_, player, draft)| {
            pressed(&mut player(), &reviewing(draft.clone()), act.clone())
        });
        rows.push((words(&act), cells.collect()));
    }
    expect![[r#"
                          Invoicebox             СБИС                   one code               two codes              others' code                  admin                  switched off   off, admin     stopped          stopped early
        Edit(Provider)    ·                      ·                      ·                      ·                      ·                             ·                      ·              ·              ·                ·
        Edit(Inn)         ·                      Inn? (edit)            Inn? (edit)            Inn? (edit)            Inn? (edit)                   ·                      ·              ·              ·                ·
        Edit(Kpp)         ·                      Kpp? (edit)            Kpp? (edit)            Kpp? (edit)            Kpp? (edit)                   ·                      ·              ·              ·                ·
        Edit(Name)        ·                      Name? (edit)           Name? (edit)           Name? (edit)           Name? (edit)                  ·                      ·              ·              ·                ·
        Edit(Email)       Email? (edit)          Email? (edit)          Email? (edit)          Email? (edit)          Email? (edit)                 Email? (edit)          Email? (edit)  Email? (edit)  Email? (edit)    Email? (edit)
        Edit(Office)      ·                      Office? (edit)         ·                      Office? (edit)         Office? (edit)                ·                      ·              ·              ·                ·
        Back              Email?                 Office?                Email?                 Office?                Office?                       Email?                 Email?         Email?         Email?           Provider?
        TakeFromRegistry  ·                      ·                      ·                      ·                      ·                             ·                      ·              ·              ·                ·
        Send              Submit (№1  отправлю)  Submit (№1  отправлю)  Submit (№1  отправлю)  Submit (№1  отправлю)  Office? (Админ изменил ваши)  Submit (№1  отправлю)  Inn?           Inn?           (Не отправлено)  (Не отправлено)
        SendOverLimit     ·                      ·                      ·                      ·                      ·                             Submit (№1  отправлю)  ·              Inn?           ·                ·
    "#]].assert_eq(&table(&summaries.map(|(name, ..)| name), &rows));
}

#[test]
fn a_question_takes_the_buttons_that_it_has_and_no_others() {
    let first = || asking(Draft::default(), Field::Provider);
    let number = || offered(Draft { inn: sbis().inn, ..Draft::default() });
    let inn = |text: &str| DraftAct::Inn(Inn::parse(text).unwrap());
    let only_sbis = || Player::with(BotSettings { providers: vec![Provider::Sbis], ..setup() });
    let own = || Player::new().owning(&["7705"]);
    let own_admin = || own().by(&oleg()).owning(&["7705"]);
    let mut text = String::new();
    for (whose, mut player, session, act) in [
        ("on", Player::new(), first(), DraftAct::Choose(Provider::Invoicebox)),
        ("switched off", only_sbis(), first(), DraftAct::Choose(Provider::Invoicebox)),
        ("what an ИНН is for", Player::new(), number(), DraftAct::Choose(Provider::Sbis)),
        ("nothing to it", Player::new(), number(), DraftAct::Choose(Provider::Invoicebox)),
        ("lost its zero", Player::new(), asking(sbis(), Field::Inn), inn("0816000005")),
        ("never had one", Player::new(), asking(sbis(), Field::Inn), inn("7707083893")),
        ("no codes", Player::new(), asking(sbis(), Field::Office), DraftAct::WithoutOffice),
        ("own code", own(), asking(sbis(), Field::Office), DraftAct::WithoutOffice),
        ("own codes, admin", own_admin(), asking(sbis(), Field::Office), DraftAct::WithoutOffice),
    ] {
        let from = place(&session);
        let did = pressed(&mut player, &session, act.clone());
        writeln!(text, "{from} {}, {whose}: {did}", words(&act)).unwrap();
    }
    expect![[r#"
        Provider? Choose(Invoicebox), on: Email?
        Provider? Choose(Invoicebox), switched off: ·
        Offered Choose(Sbis), what an ИНН is for: Kpp?
        Offered Choose(Invoicebox), nothing to it: ·
        Inn? Inn(Inn("0816000005"), lost its zero: Kpp?
        Inn? Inn(Inn("7707083893"), never had one: ·
        Office? WithoutOffice, no codes: Review
        Office? WithoutOffice, own code: ·
        Office? WithoutOffice, own codes, admin: Review
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_new_invitation_does_not_cost_an_unfinished_one() {
    let editing = Session::at(Stage::Asking { draft: sbis(), field: Field::Kpp, editing: true });
    let sessions = [
        ("Idle", Session::default()),
        ("Offered", offered(invoicebox())),
        ("Kpp? (edit)", editing),
        ("Review", reviewing(sbis())),
        ("Between", between()),
    ];
    let mut text = String::new();
    for (name, act) in [
        ("anew", None),
        ("a copy", Some(CardAct::Copy)),
        ("a copy, another address", Some(CardAct::Edit(Field::Email))),
    ] {
        let rows = sessions.iter().map(|(from, session)| {
            let mut player = Player::new();
            let sent = player.sent(&anna(), &to("buh@lutik.example"), Standing::Accepted);
            player.stands_at(session);
            let pressed = player.seen.as_ref().unwrap().message;
            player.gives(match act {
                None => Press::InviteAnother,
                Some(act) => Press::Card(sent, 3, act),
            });
            let stays = player.seen.as_ref().unwrap().message != pressed;
            assert_eq!(stays, act != Some(CardAct::Copy), "a menu turns into it, a card stays");
            let pasted = match player.session().draft {
                Some(Stage::ChoosingDraft { pasted, .. }) => format!(" ({:?})", pasted.missing()),
                _ => String::new(),
            };
            ((*from).to_owned(), format!("{}{pasted}", stands(&player)))
        });
        text += &grouped(name, rows);
    }
    expect![[r#"
        anew
            Idle, Offered: Email?: Invoicebox / На какой *e-mail* отправить приглашение?
            Kpp? (edit): Kpp? (edit): Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
            Review: Review: Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
            Between: Between: Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru (Some(Provider))
        a copy
            Idle, Offered: Review: 🔁 *Повтор №1*: клиент получит второе письмо. / 📋 Проверьте перед отправкой / Сервис: *Invoicebox* / E-mail: `buh@lutik.example` / Письмо уйдёт адресату от имени Invoicebox. Отозвать его нельзя.
            Kpp? (edit), Review: Between: Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / А это другое приглашение: Invoicebox · buh@lutik.example (None)
            Between: Between: ⚠️ Здесь нужно нажать кнопку. / Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / А это другое приглашение: iam@mail.ru (Some(Provider))
        a copy, another address
            Idle, Offered: Email? (edit): Invoicebox · buh@lutik.example / На какой *e-mail* отправить приглашение?
            Kpp? (edit), Review: Between: Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / А это другое приглашение: Invoicebox · buh@lutik.example (Some(Email))
            Between: Between: ⚠️ Здесь нужно нажать кнопку. / Есть незаконченный черновик: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru / А это другое приглашение: iam@mail.ru (Some(Provider))
    "#]].assert_eq(&text);
}

/// A draft that was stopped before it was full, and is stopped no more.
#[test]
fn a_question_that_was_not_seen_yet_is_shown_before_it_is_answered() {
    let half = Draft { name: None, ..sbis() };
    let inputs = [
        ("a name", Some("Чайка"), None),
        ("a sticker", None, None),
        ("/start", Some("/start"), None),
        ("/cancel", Some("/cancel"), None),
        ("«Отправить»", None, Some(Press::Draft(DraftAct::Send))),
        ("«Оставить»", None, Some(Press::Draft(DraftAct::KeepValue))),
        ("«Отмена»", None, Some(Press::Draft(DraftAct::Cancel))),
        ("«Начало»", None, Some(Press::Home)),
    ];
    let mut rows = Vec::new();
    for (name, text, press) in inputs {
        let cells = [Player::new(), Player::new().with_stop("iam@mail.ru")].map(|mut player| {
            player.stands_at(&reviewing(half.clone()));
            match &press {
                Some(press) => player.gives(press.clone()),
                None => player.takes(said(text, None)),
            }
            outcome(&player, &reviewing(half.clone()))
        });
        rows.push((name.to_owned(), cells.to_vec()));
    }
    expect![[r#"
                     free   stopped
        a name       Name?  shown
        a sticker    Name?  shown
        /start       shown  shown
        /cancel      Idle   Idle
        «Отправить»  Name?  (Не отправлено)
        «Оставить»   Name?  ·
        «Отмена»     Idle   Idle
        «Начало»     shown  shown
    "#]]
    .assert_eq(&table(&["free", "stopped"], &rows));
}

#[test]
fn a_code_that_was_taken_away_meanwhile_is_asked_for_anew() {
    let mut player = Player::new().owning(&["7705"]).at_summary(Provider::Sbis);
    assert!(player.draft().own_office, "it was not asked for");
    player = player.owning(&["0240", "0241"]);
    expect!["> [Отправить] | СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru | (Админ изменил ваши коды офиса. Ничего не отправлено: проверьте и подтвердите ещё раз.)"].assert_eq(&player.brief("[Отправить]"));
    assert!(player.screen().contains("[0240] [0241]"), "{}", player.screen());
    assert_eq!(player.invitations(), []);
}

/// Whose code an invitation names: which is taken without a question, and what a question offers.
#[test]
fn which_office_an_invitation_names() {
    let with_office = || Player::with(BotSettings { office: Some(code("1111")), ..setup() });
    let used = |player: Player| {
        player.remembers_office("2222");
        player
    };
    let offices = [
        ("none", None, false),
        ("without", Some(Office::Without), false),
        ("7705", Some(Office::Code(code("7705"))), false),
        ("9999", Some(Office::Code(code("9999"))), false),
        ("7705 as own", Some(Office::Code(code("7705"))), true),
        ("9999 as own", Some(Office::Code(code("9999"))), true),
    ];
    let mut rows = Vec::new();
    for (who, mut player) in [
        ("no codes", Player::new()),
        ("the organisation's", with_office()),
        ("one used before", used(Player::new())),
        ("both", used(with_office())),
        ("one own", with_office().owning(&["7705"])),
        ("two own", Player::new().owning(&["7705", "0240"])),
        ("an admin, no codes", Player::admin()),
        ("an admin, one own", Player::admin().owning(&["7705"])),
    ] {
        let cells = offices.iter().map(|(_, office, own_office)| {
            let (office, own_office) = (office.clone(), *own_office);
            player.stands_at(&asking(
                Draft { office, own_office, email: None, ..sbis() },
                Field::Email,
            ));
            player.says("iam@mail.ru");
            let screen = player.screen();
            let mut lines = screen.lines();
            match place(&player.session()).as_str() {
                "Review" => {
                    lines.find(|line| line.contains("Офис:")).unwrap_or("·").replace("Офис: ", "")
                }
                _ => lines.find(|line| line.starts_with('[')).unwrap_or("·").to_owned(),
            }
        });
        rows.push((who.to_owned(), cells.collect()));
    }
    expect![[r#"
                            none               without        7705    9999           7705 as own        9999 as own
        no codes            [Без кода]         без кода       *7705*  *9999*         [Без кода]         [Без кода]
        the organisation's  *1111*             без кода       *7705*  *9999*         *1111*             *1111*
        one used before     [2222] [Без кода]  без кода       *7705*  *9999*         [2222] [Без кода]  [2222] [Без кода]
        both                *1111*             без кода       *7705*  *9999*         *1111*             *1111*
        one own             *7705*             *7705*         *7705*  *7705*         *7705*             *7705*
        two own             [7705] [0240]      [7705] [0240]  *7705*  [7705] [0240]  *7705*             [7705] [0240]
        an admin, no codes  [Без кода]         без кода       *7705*  *9999*         [Без кода]         [Без кода]
        an admin, one own   *7705*             без кода       *7705*  *9999*         *7705*             *7705*
    "#]].assert_eq(&table(&offices.map(|(name, ..)| name), &rows));
}
