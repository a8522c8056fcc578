//! Whoever is not on the allow-list learns nothing and changes nothing; neither does anybody
//! outside of a private chat.

use invite_bot::domain::Provider;
use invite_bot::domain::Provider::Invoicebox;
use serde_json::json;
use stand_ins::telegram::{Action, Message, Person, Place, PlaceKind};

use crate::support::people::{Client, Someone};
use crate::support::wait::PATIENCE;
use crate::support::world::{BotSettings, World};

const NEUTRAL: &str = "🔒 Это рабочий бот. Доступ выдаёт администратор.";
const GROUP: &str = "Работаю только в личных сообщениях.";

const COMMANDS: [&str; 16] = [
    "/start",
    "/start setup_0123456789abcdef0123456789abcdef",
    "/start@invite_demo_bot",
    "/START",
    "/invite",
    "/invite iam@mail.ru",
    "/status",
    "/status 1",
    "/status iam@mail.ru",
    "/status 1215107651",
    "/cancel",
    "/help",
    "/staff",
    "/allow 5000 Пётр админ",
    "/revoke 100000002",
    "/bogus",
];

/// There is something to find: an invitation, a draft, a paused provider.
async fn a_busy_world() -> World {
    let world = World::new().await;
    let anna = world.anna();
    world.oleg().asks("/start", "Здравствуйте").await;
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let number = anna.invites(&Client::of_sbis("key@demo.test")).await;
    anna.sees_of(number, "Админ знает").await;
    anna.fills_in(&Client::of_invoicebox("draft@example.com")).await;
    world
}

/// Everybody is somebody new: an answer is given to each once.
fn strangers(world: &World) -> impl Iterator<Item = Someone> {
    (5000..).map(|id| world.person(Person::new(id, "Незнакомец")))
}

/// With the stranger's own id, to forward to an admin, and nothing else.
fn neutral(stranger: &Someone) -> String {
    format!("{NEUTRAL}\nВаш id: {} — перешлите ему это сообщение.", stranger.person.id)
}

async fn gets_the_neutral_answer(stranger: &Someone, what: &str) {
    stranger.sees("").await;
    let answers: Vec<Message> = stranger.chat().into_iter().filter(Message::is_from_bot).collect();
    assert_eq!(answers.len(), 1, "{what}");
    assert_eq!(
        (answers[0].text.clone(), answers[0].labels()),
        (neutral(stranger), vec!["🙋 Запросить доступ"]),
        "{what}"
    );
}

#[tokio::test]
async fn a_stranger_gets_one_neutral_answer_to_every_command() {
    let world = a_busy_world().await;
    let before = world.everything().await;
    for (stranger, command) in strangers(&world).zip(COMMANDS) {
        stranger.says(command);
        gets_the_neutral_answer(&stranger, command).await;
    }
    world.unchanged(&before).await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_stranger_gets_one_neutral_answer_to_whatever_is_sent() {
    let world = a_busy_world().await;
    let before = world.everything().await;
    let anna = world.anna().person;
    type Attempt<'a> = (&'static str, &'a dyn Fn(&Someone));
    let attempts: [Attempt<'_>; 10] = [
        ("text", &|it| drop(it.says("Здравствуйте, пригласите нас: iam@mail.ru"))),
        ("an ИНН", &|it| drop(it.says("1215107651/121501001"))),
        ("a long text", &|it| drop(it.says(&"я".repeat(4096)))),
        ("sticker", &|it| it.sends_sticker()),
        ("forwarded", &|it| drop(it.forwards(Some(&anna), "/start"))),
        ("hidden", &|it| drop(it.forwards(None, "/allow 5000"))),
        ("contact", &|it| drop(it.shares_contact(&anna))),
        ("own contact", &|it| drop(it.shares_contact(&it.person))),
        ("location", &|it| {
            let place = json!({ "location": { "latitude": 55.7, "longitude": 37.6 } });
            drop(it.sends(place));
        }),
        ("dice", &|it| {
            let dice = json!({ "dice": { "emoji": "🎲", "value": 6 } });
            drop(it.sends(dice));
        }),
    ];
    for (stranger, (what, deed)) in strangers(&world).zip(attempts) {
        deed(&stranger);
        gets_the_neutral_answer(&stranger, what).await;
    }
    world.unchanged(&before).await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_stranger_who_presses_gets_a_word_and_nothing_else() {
    let world = a_busy_world().await;
    let anna = world.anna();
    let before = world.everything().await;
    let card = anna.heard("Проверьте перед отправкой")[0].clone();
    let stranger = world.stranger();
    stranger.asks("/start", NEUTRAL).await;
    let own = stranger.chat().last().unwrap().id;
    for data in [
        "h",
        "n",
        "n+",
        "-",
        "d:1:1:send",
        "d:3:3:send",
        "d:3:3:resume",
        "c:1:3:open",
        "c:1:3:copy",
        "c:2:3:cancel",
        "l:0:all",
        "f:all",
        "a:all",
        "s:p:0",
        "s:r:100000002",
        "r:1:",
        "bogus",
        "",
    ] {
        assert_eq!(stranger.forges(own, data).await, "Доступ выдаёт администратор.", "{data}");
        assert_eq!(stranger.forges(card.id, data).await, GROUP, "{data}");
    }
    world.unchanged(&before).await;
    assert_eq!(anna.again(&card), card);
    assert_eq!(stranger.chat().iter().filter(|it| it.is_from_bot()).count(), 1);
    world.exactly(1, Provider::Sbis);
}

#[tokio::test]
async fn a_flood_of_a_stranger_is_answered_once() {
    let world = World::new().await;
    let stranger = world.stranger();
    for n in 0..30 {
        stranger.says(&format!("/start {n}"));
    }
    let ignored = "a message of somebody who is not on the list";
    world.logs_times(30, ignored).await;
    assert_eq!(stranger.heard(NEUTRAL).len(), 1);
}

/// The first message of the bot in a place.
async fn answer_in(world: &World, place: &Place) -> Message {
    let mut changes = world.telegram.changes();
    let answered = async {
        loop {
            let chat = world.telegram.chat_in(place);
            if let Some(answer) = chat.into_iter().find(Message::is_from_bot) {
                return answer;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.unwrap()
}

fn answers_in(world: &World, place: &Place) -> usize {
    world.telegram.chat_in(place).iter().filter(|it| it.is_from_bot()).count()
}

#[tokio::test]
async fn in_a_group_nobody_gets_more_than_the_way_to_the_private_chat() {
    let world = a_busy_world().await;
    let before = world.everything().await;
    let people = [world.anna(), world.oleg(), world.stranger()];
    let kinds = [PlaceKind::Group, PlaceKind::Supergroup];
    let title = || "Продажи".to_owned();
    let pairs = kinds.iter().flat_map(|kind| people.iter().map(move |it| (*kind, it)));
    let mut places = Vec::new();
    for (n, (kind, someone)) in (1..).zip(pairs) {
        let place = Place { id: -1_000_000 - n, kind, title: title() };
        for word in ["/start", "/invite", "/status 1", "/allow 5000 Пётр", "/revoke 100000002"]
        {
            world.telegram.says_in(&someone.person, &place, word);
        }
        let answer = answer_in(&world, &place).await;
        assert_eq!(answer.text, GROUP);
        let [[button]] = answer.buttons.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
            panic!("{}", answer.transcript())
        };
        assert_eq!(button.action, Action::Url("https://t.me/invite_demo_bot".to_owned()));
        for word in ["1215107651", "@invite_demo_bot помоги", "/help", "/cancel"] {
            world.telegram.says_in(&someone.person, &place, word);
        }
        places.push(place);
    }
    world.telegram.is_caught_up().await.unwrap();
    world.unchanged(&before).await;
    world.exactly(1, Invoicebox);
    for place in &places {
        assert_eq!(answers_in(&world, place), 1, "once is enough");
    }
}

#[tokio::test]
async fn talk_in_a_group_that_is_no_command_gets_no_answer() {
    let world = World::new().await;
    let place = Place { id: -77, kind: PlaceKind::Group, title: "Продажи".to_owned() };
    world.telegram.says_in(&world.anna().person, &place, "@invite_demo_bot помоги");
    world.telegram.says_in(&world.anna().person, &place, "/start");
    answer_in(&world, &place).await;
    let chat = world.telegram.chat_in(&place);
    let said: Vec<&str> = chat.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(said, ["@invite_demo_bot помоги", "/start", GROUP]);
}

#[tokio::test]
async fn a_command_for_another_bot_gets_no_answer() {
    let world = World::new().await;
    let place = Place { id: -78, kind: PlaceKind::Supergroup, title: "Продажи".to_owned() };
    // Telegram hands it out where both bots are named.
    let other = "/start@other_bot @invite_demo_bot";
    world.telegram.says_in(&world.anna().person, &place, other);
    world.telegram.says_in(&world.anna().person, &place, "/start");
    answer_in(&world, &place).await;
    let chat = world.telegram.chat_in(&place);
    let said: Vec<&str> = chat.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(said, [other, "/start", GROUP]);
}

#[tokio::test]
async fn channels_do_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("На какой e-mail").await;
    anna.says("iam@mail.ru");
    anna.sees("Проверьте перед отправкой").await;
    let before = world.everything().await;

    let channel =
        Place { id: -1_000_500, kind: PlaceKind::Channel, title: "Новости".to_owned() };
    world.telegram.posts(&channel, "/start");
    world.telegram.posts(&channel, "/invite");
    world.telegram.is_caught_up().await.unwrap();
    world.boris().asks("/start", "Здравствуйте").await;

    world.unchanged(&before).await;
    assert!(world.telegram.chat_in(&channel).iter().all(|it| !it.is_from_bot()));
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(world.exactly(1, Invoicebox)[0].email.as_deref(), Some("iam@mail.ru"));
    let mut kinds = world.telegram.allowed_updates().unwrap();
    kinds.sort();
    assert_eq!(
        kinds,
        ["callback_query", "edited_message", "message"],
        "nothing else is even asked for"
    );
}

#[tokio::test]
async fn staff_do_not_have_the_commands_of_admins() {
    let world = World::new().await;
    let anna = world.anna();
    let before = world.everything().await;
    for command in [
        "/staff",
        "/allow 5000 Пётр",
        "/allow 100000002 админ",
        "/revoke 1004",
        "/Allow 5000",
        "/allow@invite_demo_bot 5000",
    ] {
        anna.asks(command, "Такой команды нет").await;
    }
    let forwarded = anna.forwards(Some(&world.stranger().person), "Привет");
    anna.sees("").await;
    anna.replies(&forwarded, "/allow");
    anna.sees("Такой команды нет").await;
    world.unchanged(&before).await;
}

#[tokio::test]
async fn an_empty_list_means_nobody() {
    let nobody = BotSettings { fixed_admin: false, listed: vec![], ..BotSettings::default() };
    let world = World::with(nobody).await;
    for someone in [world.anna(), world.oleg(), world.stranger()] {
        assert_eq!(someone.asks("/start", "").await.text, neutral(&someone));
        someone.says("/invite");
        someone.says("/allow 100000001 админ");
    }
    world.logs_times(9, "a message of somebody who is not on the list").await;
    assert_eq!(world.everything().await, "");
    assert!(world.logged().contains("nobody is an admin"), "the operator is told");
}
