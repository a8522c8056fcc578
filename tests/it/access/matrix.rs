//! Everything by everybody everywhere, and what came of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use invite_bot::demo::world::DemoPeople;
use invite_bot::domain::{Provider, Role};
use invite_bot::screens::{GROUP_TOAST, STRANGER_TOAST};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, query_scalar, raw_sql};
use stand_ins::telegram::{Person, Place, PlaceKind, Press, Request};

use super::office::{At, GOING, Office, furnish};
use super::table::{Attempt, COLLEAGUE, Due, NEWCOMER, Row, rows};
use super::updates::{Chat, message, others, text};
use crate::support::wait::until;
use crate::support::world::{BotSettings, World, boris};

const NEUTRAL: &str = "🔒 Это рабочий бот. Доступ выдаёт администратор.";
const GROUP: &str = "Работаю только в личных сообщениях.";

/// The most that Telegram hands out at once is a hundred.
const BATCH: usize = 80;

/// The bot between its stand-ins, and everybody who may come.
struct Town {
    world: World,
    conn: SqliteConnection,
    /// As long as nothing was done to its invitations.
    office: Option<Office>,
    /// How often it was furnished, and how many updates were handed out by hand.
    furnished: u32,
    handed: i64,
}

/// Somebody, and what comes of a row of the table; `None`: not on the list.
type Column = (&'static str, Person, Option<fn(&Row) -> Due>);

fn everybody() -> [Column; 8] {
    let DemoPeople { oleg, anna, stranger } = DemoPeople::default();
    [
        ("a stranger", stranger, None),
        ("somebody revoked", Person::new(5003, "Бывший"), None),
        ("Анна", anna, Some(|row| row.own)),
        ("Борис", boris(), Some(|row| row.other)),
        ("a senior", Person::new(5005, "Вера"), Some(|row| row.senior)),
        ("an observer", Person::new(5006, "Глеб"), Some(|row| row.observer)),
        ("an admin on the list", Person::new(5004, "Второй"), Some(|row| row.admin)),
        ("an admin by configuration", oleg, Some(|row| row.admin)),
    ]
}

/// A group, a supergroup and a channel that nobody has written in yet.
fn places(of: usize) -> [Place; 3] {
    let kinds = [PlaceKind::Group, PlaceKind::Supergroup, PlaceKind::Channel];
    let id = -1000 * (1 + i64::try_from(of).unwrap());
    let ids = [id, id - 1, id - 2];
    std::array::from_fn(|n| Place {
        id: ids[n], kind: kinds[n], title: "Продажи".to_owned()
    })
}

impl Town {
    async fn new() -> Self {
        let [_, revoked, anna, boris, senior, observer, admin, _] =
            everybody().map(|(_, person, _)| person);
        let listed = vec![
            (anna, Role::Staff),
            (boris, Role::Staff),
            (senior, Role::Senior),
            (observer, Role::Observer),
            (admin, Role::Admin),
            (revoked, Role::Staff),
        ];
        // It has holds that are as old as can be, and what is said of them belongs to no row.
        let mut setup = BotSettings { listed, ..BotSettings::default() };
        setup.reminders.warnings.every = Duration::from_secs(3600);
        let world = World::with(setup).await;
        let options = SqliteConnectOptions::new().filename(world.config().database);
        let conn = options.connect().await.unwrap();
        let mut town = Self { world, conn, office: None, furnished: 0, handed: 0 };
        // A bot can write to nobody who never wrote to it.
        let helpers = [Person::new(NEWCOMER, "Новый"), Person::new(COLLEAGUE, "Коллега")];
        for person in everybody().iter().map(|(_, person, _)| person).chain(&helpers) {
            town.world.telegram.says(person, "/start");
        }
        town.settles().await;
        town.world.oleg().asks("/revoke 5003", "Доступ отозван").await;
        town.settles().await;
        town
    }

    /// The office as it is to be, for what comes next.
    async fn furnishes(&mut self, at: At) -> Office {
        let anna = DemoPeople::default().anna.id;
        let mut office = match self.office.take() {
            Some(office) => office,
            None => {
                self.furnished += 1;
                furnish(&mut self.conn, anna, self.furnished).await
            }
        };
        office.sets(&mut self.conn, anna, at).await;
        self.office = Some(office.clone());
        office
    }

    /// Waits until the bot is done with all that was handed out.
    async fn settles(&mut self) {
        self.world.telegram.is_caught_up().await.unwrap();
        // By hand they are numbered from 1; those of the stand-in are far above.
        let left = "SELECT count(*) FROM inbox WHERE done_at IS NULL OR answered = 0
                    UNION ALL SELECT count(*) FROM inbox WHERE update_id < 1000000";
        let settled = async || {
            let left: Vec<i64> = query_scalar(left).fetch_all(&mut self.conn).await.unwrap();
            left == [0, self.handed]
        };
        assert!(until(settled).await);
    }

    fn hands_out(&mut self, kind: &str, body: &Value) {
        self.handed += 1;
        let json = format!(r#"{{"update_id":{},"{kind}":{body}}}"#, self.handed);
        self.world.telegram.hands_out(&json);
    }

    fn does(
        &mut self,
        attempt: &Attempt,
        office: &Office,
        who: &Person,
        chat: &Chat,
    ) -> Option<Press> {
        let data = match attempt {
            Attempt::Sends(content) => {
                self.hands_out("message", &message(who, chat, content));
                return None;
            }
            Attempt::Says(words) => {
                self.hands_out("message", &message(who, chat, &text(&words(office))));
                return None;
            }
            Attempt::Forges(data) => (*data).to_owned(),
            Attempt::SendAgain => attempt.press(office)?.encode(Some(office.sent)),
            Attempt::Presses(_) | Attempt::Draft(_) => {
                attempt.press(office)?.encode(Some(office.revision))
            }
        };
        let telegram = &self.world.telegram;
        Some(match chat {
            Chat::Private => {
                let heard = telegram.chat(who).into_iter().rev().find(|it| it.is_from_bot());
                telegram.presses_data(who, heard.unwrap().id, &data)
            }
            Chat::Place(place) => telegram.presses_data_in(who, place, &data),
        })
    }

    /// What the bot asked Telegram to do since then, but for ending the waits of presses.
    fn done_since(&self, version: u64) -> Vec<Request> {
        let mut requests = self.world.telegram.requests();
        requests.retain(|it| it.version > version && it.method != "AnswerCallbackQuery");
        requests
    }

    // ------------------------------------------------------------------ where nothing is due

    /// All of it at once; `words` are all that may be said, and once.
    async fn comes_to_nothing(
        &mut self,
        deeds: &[Option<&Row>],
        who: &Person,
        chat: &Chat,
        words: Option<(i64, &str)>,
        toast: &str,
    ) -> Result<(), String> {
        let office = self.furnishes(At::Summary).await;
        let before = self.world.everything().await;
        let version = self.world.telegram.version();
        let mut presses = Vec::new();
        for deeds in deeds.chunks(BATCH) {
            for attempt in deeds {
                match attempt {
                    Some(row) => presses.extend(self.does(&row.attempt, &office, who, chat)),
                    None => {
                        for (kind, body) in others(who, chat) {
                            self.hands_out(kind, &body);
                        }
                    }
                }
            }
            self.settles().await;
        }
        let changed = changes(&before, &self.world.everything().await);
        if !changed.is_empty() {
            return Err(format!("changes {changed:?}"));
        }
        for press in presses {
            let answer = press.answer().await.unwrap().text;
            if answer != toast {
                return Err(format!("{}: «{answer}»", press.data));
            }
        }
        let said: Vec<(i64, String)> = self.done_since(version).iter().map(words_of).collect();
        let due: Vec<_> = words.into_iter().map(|(chat, words)| (chat, words.to_owned())).collect();
        if said == due { Ok(()) } else { Err(format!("says {said:?}")) }
    }

    /// The same; where it fails, each alone, to tell which it is.
    async fn nothing_comes_of(
        &mut self,
        deeds: &[Option<&Row>],
        (name, who): (&str, &Person),
        chat: &Chat,
        words: Option<(i64, &str)>,
        toast: &str,
    ) {
        let Err(failed) = self.comes_to_nothing(deeds, who, chat, words, toast).await else {
            return;
        };
        for attempt in deeds {
            // What was to be said once has been said.
            let alone = self.comes_to_nothing(&[*attempt], who, chat, None, toast).await;
            let what = attempt.map_or("an update of another kind", |row| &row.name);
            assert_eq!(alone, Ok(()), "{name}, {chat:?}: {what}");
        }
        panic!("{name}, {chat:?}: {failed}");
    }

    // --------------------------------------------------------------------- where something is

    /// One attempt of somebody on the list, alone; whether anything is other than `before`.
    async fn gets(
        &mut self,
        row: &Row,
        (office, before): (&Office, &str),
        who: &Person,
        due: Due,
    ) -> bool {
        let version = self.world.telegram.version();
        let press = self.does(&row.attempt, office, who, &Chat::Private);
        self.settles().await;
        let toast = match &press {
            Some(press) => press.answer().await.unwrap().text,
            None => String::new(),
        };
        let changed = changes(before, &self.world.everything().await);
        let said = self.done_since(version);
        let heard: Vec<String> = said.iter().map(words_of).map(|(_, words)| words).collect();
        if *who == boris() {
            tells_nothing(row, office, &toast);
            said.iter().for_each(|it| tells_nothing(row, office, &it.params.to_string()));
        }
        let (who, what) = (&who.first_name, &row.name);
        match due {
            Due::Nothing => {
                assert_eq!((changed.len(), heard.len()), (0, 0), "{who}, {what}: {heard:?}");
            }
            Due::Answer => {
                assert_eq!(changed, BTreeSet::new(), "{who}, {what}: nothing is to change");
                let answered = press.is_some() || !heard.is_empty();
                assert!(answered, "{who}, {what}: no answer");
            }
            Due::Toast(words) => {
                assert_eq!(changed, BTreeSet::new(), "{who}, {what}: nothing is to change");
                assert_eq!(
                    (toast.as_str(), heard.as_slice()),
                    (words, [].as_slice()),
                    "{who}, {what}"
                );
            }
            Due::Change(tables) => {
                let tables = tables.iter().map(|table| (*table).to_owned()).collect();
                assert_eq!(changed, tables, "{who}, {what}: this is to change");
            }
        }
        self.office.take_if(|_| changed.contains("invitations"));
        !changed.is_empty()
    }
}

/// Nothing that is shown names a client of Анна, unless it was typed.
fn tells_nothing(row: &Row, office: &Office, shown: &str) {
    let typed = match &row.attempt {
        Attempt::Says(words) => words(office),
        _ => String::new(),
    };
    // «№12» of the help is not «№1».
    let goes_on = |rest: &str| rest.starts_with(|it: char| it.is_ascii_digit());
    let names = |it: &str| shown.split(it).skip(1).any(|rest| !goes_on(rest));
    let leak = office.secrets.iter().find(|it| names(it) && !typed.contains(*it));
    assert_eq!(leak, None, "{}: {shown}", row.name);
}

/// The tables whose rows are not those that they were.
fn changes(before: &str, after: &str) -> BTreeSet<String> {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (before.lines().collect(), after.lines().collect());
    let table = |row: &&str| serde_json::from_str::<Vec<Value>>(row).unwrap()[0].clone();
    let tables = before.symmetric_difference(&after).map(table);
    tables.map(|table| table.as_str().unwrap().to_owned()).collect()
}

/// To whom a request goes, and what it says.
fn words_of(request: &Request) -> (i64, String) {
    let text = |key: &str| match &request.params[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    (text("chat_id").parse().unwrap_or_default(), text("text"))
}

/// Each row in private by one who is not on the list, and in one place by somebody, in turn.
#[tokio::test]
async fn nobody_gets_what_is_not_due() {
    nothing_comes_of_what_is_not_due(|row, at, of| row % of == at).await;
}

#[tokio::test]
#[ignore = "each row by everybody everywhere: a proof, run by .ci/run"]
async fn nobody_anywhere_gets_what_is_not_due() {
    nothing_comes_of_what_is_not_due(|_, _, _| true).await;
}

/// With those rows that `is_tried` chooses: by their places, for each of so many private chats, and
/// of so many others.
async fn nothing_comes_of_what_is_not_due(is_tried: fn(usize, usize, usize) -> bool) {
    let begun = Instant::now();
    let (mut town, rows) = (Town::new().await, rows());
    // Updates of other kinds, too, which no row is about.
    let all: Vec<Option<&Row>> = rows.iter().map(Some).chain([None]).collect();
    let tried = |at, of| {
        let numbered = all.iter().copied().enumerate();
        numbered.filter(move |(row, _)| is_tried(*row, at, of)).map(|(_, row)| row)
    };
    let is_command = |row: &Option<&Row>| row.is_some_and(|row| row.name.starts_with('/'));
    let everybody = everybody();
    let outsiders = everybody.iter().filter(|(.., due)| due.is_none());
    let alone = outsiders.clone().count();
    for (at, (name, who, _)) in outsiders.enumerate() {
        let neutral =
            format!("{NEUTRAL}\nВаш id: <code>{}</code> — перешлите ему это сообщение.", who.id);
        let words = (*name != "a stranger").then_some((who.id, neutral.as_str()));
        let deeds: Vec<_> = tried(at, alone).collect();
        town.nothing_comes_of(&deeds, (name, who), &Chat::Private, words, STRANGER_TOAST).await;
    }
    let crowd = everybody.iter().enumerate();
    let anywhere = crowd.flat_map(|(of, it)| places(of).map(|place| (it, place)));
    let elsewhere = anywhere.clone().count();
    for (at, ((name, who, _), place)) in anywhere.enumerate() {
        town.world.telegram.says_in(who, &place, "слово");
        let words = (place.kind != PlaceKind::Channel).then_some((place.id, GROUP));
        let chat = Chat::Place(place);
        let (commands, rest): (Vec<_>, Vec<_>) = tried(at, elsewhere).partition(is_command);
        town.nothing_comes_of(&rest, (name, who), &chat, None, GROUP_TOAST).await;
        town.nothing_comes_of(&commands, (name, who), &chat, words, GROUP_TOAST).await;
    }
    for provider in Provider::ALL {
        town.world.exactly(0, provider);
    }
    let cases: i64 =
        query_scalar("SELECT count(*) FROM inbox").fetch_one(&mut town.conn).await.unwrap();
    println!("{cases} cases, {:.1} s", begun.elapsed().as_secs_f64());
}

/// Each row with one of them, in turn.
#[tokio::test]
async fn everybody_on_the_list_gets_what_is_due_and_nothing_else() {
    on_the_list_they_get_what_is_due(|row, who| row % 6 == who).await;
}

#[tokio::test]
#[ignore = "each row with each of them: a proof, run by .ci/run"]
async fn each_on_the_list_gets_what_is_due_and_nothing_else() {
    on_the_list_they_get_what_is_due(|_, _| true).await;
}

/// With those rows and people, by their places, that `is_tried` chooses.
async fn on_the_list_they_get_what_is_due(is_tried: fn(usize, usize) -> bool) {
    let begun = Instant::now();
    let (mut town, rows) = (Town::new().await, rows());
    // What stands there, until somebody changes it.
    let mut stands: Option<(At, Office, String)> = None;
    let mut cases = 0;
    for (place, row) in rows.iter().enumerate() {
        let listed = everybody().into_iter().filter_map(|(_, who, due)| Some((who, due?)));
        for (_, (who, due)) in listed.enumerate().filter(|(of, _)| is_tried(place, *of)) {
            cases += 1;
            let (at, office, before) = match stands.take().filter(|(at, ..)| *at == row.at) {
                Some(stands) => stands,
                None => (row.at, town.furnishes(row.at).await, town.world.everything().await),
            };
            let changed = town.gets(row, (&office, &before), &who, due(row)).await;
            stands = (!changed).then_some((at, office, before));
        }
    }
    println!("{cases} cases, {:.1} s", begun.elapsed().as_secs_f64());
    for provider in Provider::ALL {
        town.world.exactly(0, provider);
    }
    town.office = None;
    let office = town.furnishes(At::Idle).await;
    raw_sql(GOING).execute(&mut town.conn).await.unwrap();
    town.world.oleg().asks("/start", "Здравствуйте").await;
    town.world.oleg().presses("Возобновить СБИС").await;
    town.world.becomes(office.queued.number.0, "accepted").await;
    town.world.exactly(1, Provider::Sbis);
}
