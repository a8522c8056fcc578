//! What the running bot wrote down of a client, wherever that is, can be erased from its files.

use std::fs;

use invite_bot::domain::Email;
use invite_bot::store::{Actor, Change, Client, Erased, Store};
use jiff::Timestamp;

use crate::support::house::{House, sees};

/// Everything that lies beside the database, in lower case.
fn files(house: &House) -> String {
    let folder = house.database.parent().unwrap().read_dir().unwrap();
    let files = folder.map(|file| fs::read(file.unwrap().path()).unwrap());
    String::from_utf8_lossy(&files.collect::<Vec<_>>().concat()).to_lowercase()
}

#[tokio::test]
async fn a_client_of_a_running_bot_is_erased_from_its_files() {
    let mut house = House::new().await;
    house.telegram.says(&house.oleg, "/start");
    house.starts();
    house.invites("Ivan.Petrov@Romashka.ru").await;
    house.invites("somebody@else.ru").await;
    // Forbidden, looked for, and begun again.
    house.telegram.says(&house.oleg, "/stoplist ivan.petrov@romashka.ru просил сам");
    sees(&house.telegram, &house.oleg, "Внесено в стоп-лист").await;
    house.telegram.says(&house.oleg, "/status ivan.petrov@romashka.ru");
    sees(&house.telegram, &house.oleg, "№1").await;
    house.telegram.says(&house.anna, "/invite");
    house.anna_sees("На какой e-mail").await;
    house.telegram.says(&house.anna, "ivan.petrov@ROMASHKA.ru");
    house.anna_sees("Сюда просили не писать").await;
    house.stops().await;

    let store = Store::open(&house.database).await.unwrap();
    let entries = store.reader().stoplist(1, 9).await.unwrap().entries;
    for entry in entries {
        let (by, unstop) = (Actor::Person(entry.by.id), Change::Unstop { entry: entry.id });
        store.apply(by, Timestamp::now(), &[unstop]).await.unwrap();
    }
    assert!(files(&house).contains("petrov"));
    let email = Some(Email::parse("ivan.petrov@romashka.ru").unwrap());
    let erase = Change::Erase(Client { email, inn: None });
    let erased = store.apply(Actor::Program, Timestamp::now(), &[erase]).await.unwrap().erased;
    assert!(matches!(&erased, Some(Erased::Done(it)) if it.kept.is_empty()), "{erased:?}");
    assert!(store.empty_log().await.unwrap());
    let left = files(&house);
    assert!(!left.contains("petrov") && left.contains("somebody@else.ru"));
    store.close().await;

    house.starts();
    house.telegram.says(&house.anna, "/status 2");
    house.telegram.waits_for(&house.anna, "somebody@else.ru").await.unwrap();
    assert_eq!(house.holds().await, Vec::<String>::new());
    house.stops().await;
}
