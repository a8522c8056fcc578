//! Links that let people in: as often as they say, as long as they say, and never against the list.

use invite_bot::domain::{Lifetime, LinkEnd, LinkTerms, Person, Role, State, Token};
use invite_bot::store::{Change, Store};
use proptest::prelude::*;

use crate::support::ledger::{ADMIN, Ledger, OTHER, Refused, STAFF, at, by, id, now, revoke};

const HOUR: i64 = 3600;

pub fn denied() -> Vec<(&'static str, State, String)> {
    let stays = "a link stays what it is";
    let made = "INSERT INTO links (token_hash, begins, role, until, uses, made_at, made_by)
                VALUES (zeroblob(32), 0, 'staff', 1, 5, 0, 1)";
    let changes = [
        "id = 7",
        "token_hash = randomblob(32)",
        "begins = 1",
        "role = 'senior'",
        "office = '7705'",
        "day_limit = 1",
        "until = 2",
        "uses = 20",
        "made_at = 1",
        "made_by = 2",
    ];
    let mut rows: Vec<_> = changes
        .iter()
        .map(|set| (stays, State::Queued, format!("{made};\nUPDATE links SET {set}")))
        .collect();
    rows.push((
        stays,
        State::Queued,
        format!("{made};\nUPDATE links SET used = 1;\nUPDATE links SET used = 0"),
    ));
    rows.push((
        stays,
        State::Queued,
        format!(
            "{made};\nUPDATE links SET ended_at = 1, ended = 'revoked';\n\
             UPDATE links SET ended_at = NULL, ended = NULL"
        ),
    ));
    rows.push(("links are kept", State::Queued, format!("{made};\nDELETE FROM links")));
    rows
}

fn token(n: u8) -> Token {
    Token::new([n; 16])
}

fn terms(uses: u32) -> LinkTerms {
    LinkTerms { uses, lifetime: Lifetime::Day, ..LinkTerms::default() }
}

async fn makes(ledger: &Ledger, n: u8, uses: u32) {
    let make = Change::MakeLink { token: token(n), terms: terms(uses) };
    ledger.writes(by(ADMIN), now(), make).await;
}

/// With what was read a moment ago, as two who open it at once have it.
async fn joins(ledger: &Ledger, n: u8, person: i64, second: i64) -> Result<(), Refused> {
    let link = ledger.reader().await.link_of(&token(n)).await.unwrap().unwrap();
    let joins = Person { id: id(person), name: Some("Вера".to_owned()) };
    let join = Change::Join { link: Box::new(link), joins, fixed_admins: 0 };
    ledger.tries(by(person), at(second), join).await.map(drop)
}

async fn role_of(ledger: &Ledger, person: i64) -> Option<Role> {
    ledger.store.listed(id(person)).await.unwrap().and_then(|listed| listed.role)
}

#[tokio::test]
async fn a_link_lets_in_as_many_as_it_says() {
    let ledger = Ledger::new().await;
    makes(&ledger, 1, 5).await;
    for person in 70..75 {
        joins(&ledger, 1, person, 1).await.unwrap();
        assert_eq!(role_of(&ledger, person).await, Some(Role::Staff));
    }
    assert_eq!(joins(&ledger, 1, 75, 1).await, Err(Refused::Facts));
    assert_eq!(role_of(&ledger, 75).await, None);
    let link = ledger.reader().await.link_of(&token(1)).await.unwrap().unwrap();
    assert_eq!((link.used, link.end(at(1))), (5, Some(LinkEnd::UsedUp)));
}

#[tokio::test]
async fn whoever_is_on_the_list_spends_no_use() {
    let ledger = Ledger::new().await;
    makes(&ledger, 1, 1).await;
    assert_eq!(joins(&ledger, 1, OTHER, 1).await, Err(Refused::Facts));
    joins(&ledger, 1, 70, 1).await.unwrap();
    assert_eq!(joins(&ledger, 1, 70, 2).await, Err(Refused::Facts), "the same press once more");
}

#[tokio::test]
async fn the_token_is_nowhere_in_the_database() {
    let ledger = Ledger::new().await;
    let token = Token::new(*b"0123456789abcdef");
    let make = Change::MakeLink { token: token.clone(), terms: terms(1) };
    ledger.writes(by(ADMIN), now(), make).await;
    assert!(ledger.store.empty_log().await.unwrap());
    let bytes = std::fs::read(&ledger.path).unwrap();
    for part in [token.bytes(), token.text().as_bytes()] {
        assert!(!bytes.windows(part.len()).any(|window| window == part));
    }
}

#[tokio::test]
async fn the_links_of_who_leaves_end_and_so_do_those_of_who_is_no_admin_any_more() {
    let ledger = Ledger::new().await;
    let admin = |person: i64, role| Change::Allow {
        person: Person { id: id(person), name: None },
        role,
        fixed_admins: 1,
    };
    for (n, person) in [(1, STAFF), (2, OTHER)] {
        ledger.writes(by(ADMIN), now(), admin(person, Role::Admin)).await;
        let make = Change::MakeLink { token: token(n), terms: terms(1) };
        ledger.writes(by(person), now(), make).await;
    }
    ledger.writes(by(ADMIN), at(1), revoke(STAFF)).await;
    ledger.writes(by(ADMIN), at(1), admin(OTHER, Role::Senior)).await;
    for n in [1, 2] {
        let link = ledger.reader().await.link_of(&token(n)).await.unwrap().unwrap();
        assert_eq!(link.end(at(2)), Some(LinkEnd::Revoked));
        assert_eq!(joins(&ledger, n, 70, 2).await, Err(Refused::Facts));
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Opens { link: u8, person: i64 },
    Ends { link: u8, replaced: bool },
    HoursPass(i64),
    Crashes,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1u8..4, 70i64..80).prop_map(|(link, person)| Act::Opens { link, person }),
        1 => (1u8..4, any::<bool>()).prop_map(|(link, replaced)| Act::Ends { link, replaced }),
        1 => (1i64..10).prop_map(Act::HoursPass),
        1 => Just(Act::Crashes),
    ]
}

async fn runs(acts: Vec<Act>) {
    let mut ledger = Ledger::new().await;
    let uses = [1, 5, 20];
    // How often each was used, and how it ended.
    let mut links: [(u32, Option<LinkEnd>); 3] = [(0, None); 3];
    for (n, uses) in (1..).zip(uses) {
        makes(&ledger, n, uses).await;
    }
    let (mut listed, mut hour) = (Vec::new(), 0);
    for act in acts {
        let second = hour * HOUR;
        let place = |link: u8| usize::from(link - 1);
        match act {
            Act::Opens { link, person } => {
                let (used, ended) = links[place(link)];
                let opens = ended.is_none() && hour < 24 && used < uses[place(link)];
                let ought = opens && !listed.contains(&person);
                assert_eq!(joins(&ledger, link, person, second).await.is_ok(), ought);
                if ought {
                    links[place(link)].0 += 1;
                    listed.push(person);
                }
            }
            Act::Ends { link, replaced } => {
                let end = Change::EndLink { link: i64::from(link), replaced };
                let done = ledger.tries(by(ADMIN), at(second), end).await;
                assert_eq!(done.is_ok(), links[place(link)].1.is_none());
                let end = if replaced { LinkEnd::Replaced } else { LinkEnd::Revoked };
                links[place(link)].1.get_or_insert(end);
            }
            Act::HoursPass(hours) => hour += hours,
            Act::Crashes => ledger.store = Store::open(&ledger.path).await.unwrap(),
        }
        for (n, (used, ended)) in (1..).zip(links) {
            let link = ledger.reader().await.link_of(&token(n)).await.unwrap().unwrap();
            assert_eq!((link.used, link.ended), (used, ended));
        }
    }
    for person in 70..80 {
        assert_eq!(role_of(&ledger, person).await.is_some(), listed.contains(&person));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_link_lets_in_whom_it_ought_to_however_they_come(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(runs(acts));
    }
}
