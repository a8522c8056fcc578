//! A bot that works for long holds no more than one that works for a short time.

use std::fs;
use std::time::{Duration, Instant};

use invite_bot::demo::world::allow;
use invite_bot::domain::Role;
use stand_ins::telegram::Person;

use crate::support::fault_server::free_port;
use crate::support::house::House;

/// Of what a process holds.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// Memory of its own, in KiB.
    memory: u64,
    files: u64,
    threads: u64,
    /// The write-ahead log, in KiB.
    log: u64,
}

impl Held {
    fn of(house: &House) -> Self {
        let pid = house.bot().pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let number = |name: &str| -> u64 {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
        let log = fs::metadata(house.file("-wal")).map_or(0, |file| file.len() / 1024);
        Self { memory: number("RssAnon:"), threads: number("Threads:"), files: files as u64, log }
    }

    fn most(of: &[Self]) -> Self {
        of.iter().fold(Self::default(), |most, it| Self {
            memory: most.memory.max(it.memory),
            files: most.files.max(it.files),
            threads: most.threads.max(it.threads),
            log: most.log.max(it.log),
        })
    }
}

/// `SOAK_MINUTES`, half a minute without a word. People invite one client after the other, somebody
/// collects figures, and copies of the database are made.
#[tokio::test]
#[ignore = "it takes as long as it is told to"]
async fn what_is_held_in_the_end_is_what_was_held_in_the_middle() {
    let asked = std::env::var_os("SOAK_MINUTES");
    let minutes = asked.map_or(0.5, |text| text.to_str().unwrap().parse().unwrap());
    let end = Instant::now() + Duration::from_secs_f64(60.0 * minutes);
    let mut house = House::on_disk().await;
    let people: Vec<Person> =
        (0..8).map(|n| Person::new(2000 + n, &format!("Сотрудник {n}"))).collect();
    let store = house.store().await;
    for person in &people {
        allow(&store, person, Role::Staff).await.unwrap();
    }
    store.close().await;
    let port = free_port().await;
    let address = format!("127.0.0.1:{port}");
    let settings = [
        ("MONITOR_LISTEN", address.as_str()),
        ("PERSON_LIMIT_PER_DAY", "0"),
        ("PERSON_LIMIT_PER_HOUR", "0"),
        ("DOMAIN_LIMIT_PER_DAY", "0"),
        ("INVOICEBOX_LIMIT_PER_DAY", "0"),
        ("INVOICEBOX_RATE_PER_MINUTE", "0"),
    ];
    house.starts_by(&[], &settings);
    house.logs("taking updates").await;

    let work = people.iter().enumerate().map(async |(n, person)| {
        let mut done = 0_u32;
        while Instant::now() < end {
            house.invites_as(person, &format!("client-{n}-{done}@mail.ru")).await;
            done += 1;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        done
    });
    let looks = async {
        let mut held = Vec::new();
        let url = format!("http://{address}/metrics");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        while Instant::now() < end {
            tokio::time::sleep(Duration::from_secs_f64(minutes.min(2.0))).await;
            client.get(&url).send().await.unwrap().error_for_status().unwrap();
            held.push(Held::of(&house));
        }
        held
    };
    let copies = async {
        let mut made = 0_u32;
        while Instant::now() < end {
            tokio::time::sleep(Duration::from_secs_f64(10.0 * minutes)).await;
            let to = house.file(&format!(".copy-{made}"));
            let mut backup = house.command(&[], &["backup", to.to_str().unwrap()]);
            let made_it = tokio::task::spawn_blocking(move || backup.output().unwrap());
            assert!(made_it.await.unwrap().status.success());
            fs::remove_file(to).unwrap();
            made += 1;
        }
        made
    };
    let (done, held, copies) = tokio::join!(futures::future::join_all(work), looks, copies);
    let done: u32 = done.iter().sum();
    assert_eq!(house.letters().len(), usize::try_from(done).unwrap(), "one letter each");

    let (begun, middle, last) = {
        let quarter = held.len() / 4;
        let part = |n: usize| Held::most(&held[n * quarter..(n + 1) * quarter]);
        (part(0), part(1), part(3))
    };
    println!("{done} invitations, {copies} backups in {minutes} minutes");
    println!("first quarter {begun:?}\nsecond quarter {middle:?}\nlast quarter {last:?}");
    let is_level = |last: u64, middle: u64, spare: u64| last <= middle + middle / 10 + spare;
    assert!(is_level(last.memory, middle.memory, 1024), "{middle:?} → {last:?}");
    assert!(is_level(last.files, middle.files, 3), "{middle:?} → {last:?}");
    assert!(is_level(last.threads, middle.threads, 2), "{middle:?} → {last:?}");
    // It begins anew after some ten megabytes, which a short run does not reach.
    assert!(is_level(last.log, middle.log.max(10 * 1024), 1024), "{middle:?} → {last:?}");
    house.stops().await;
}
