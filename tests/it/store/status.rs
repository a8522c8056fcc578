//! The pages of the log.

use invite_bot::domain::{Email, Inn, PersonId, ResultWord, State};
use invite_bot::store::{Change, Filter, Page, Query};

use crate::support::ledger::{
    Ledger, OTHER, STAFF, accepted, at, at_once, by, chaika, id, new, no_quotas, to,
};

async fn page(ledger: &Ledger, author: Option<PersonId>, filter: Filter, page: u32) -> Page {
    ledger.reader().await.page(&Query { author, filter, since: None, page }).await.unwrap()
}

fn numbers(page: &Page) -> Vec<i64> {
    page.items.iter().map(|invitation| invitation.number.0).collect()
}

#[tokio::test]
async fn an_empty_log_has_one_empty_page() {
    let ledger = Ledger::new().await;
    let empty = page(&ledger, None, Filter::All, 1).await;
    assert_eq!((empty.items.len(), empty.page, empty.pages, empty.capped), (0, 1, 1, false));
}

#[tokio::test]
async fn the_newest_come_first_five_a_page() {
    let ledger = Ledger::new().await;
    for _ in 0..11 {
        ledger.submit().await;
    }
    let first = page(&ledger, None, Filter::All, 1).await;
    assert_eq!((numbers(&first), first.pages), (vec![11, 10, 9, 8, 7], 3));
    assert_eq!(numbers(&page(&ledger, None, Filter::All, 3).await), [1]);
    let beyond = page(&ledger, None, Filter::All, 99).await;
    assert_eq!((numbers(&beyond), beyond.page), (vec![1], 3));
    assert_eq!(page(&ledger, None, Filter::All, 0).await.page, 1);
}

#[tokio::test]
async fn staff_are_shown_their_own_whatever_they_look_for() {
    let ledger = Ledger::new().await;
    let mine = ledger.submit_by(STAFF, &to("IAM@mail.ru")).await.0;
    ledger.call(invite_bot::domain::InvitationNo(mine), &accepted()).await;
    let theirs = ledger.submit_by(OTHER, &to("iam@mail.ru")).await.0;
    let company = ledger.submit_by(OTHER, &chaika()).await.0;
    let key = Filter::SameEmail(Email::parse("Iam@mail.ru").unwrap().key());
    let inn = Filter::SameInn(Inn::parse("1215107651").unwrap());
    let bucket = Filter::ResultWord;
    for (author, filter, expected) in [
        (None, Filter::All, vec![company, theirs, mine]),
        (Some(STAFF), Filter::All, vec![mine]),
        (Some(OTHER), Filter::All, vec![company, theirs]),
        (None, key.clone(), vec![company, theirs, mine]),
        (Some(STAFF), key, vec![mine]),
        (None, inn.clone(), vec![company]),
        (Some(STAFF), inn, vec![]),
        (None, bucket(ResultWord::Waiting), vec![company, theirs]),
        (Some(OTHER), bucket(ResultWord::Waiting), vec![company, theirs]),
        (Some(STAFF), bucket(ResultWord::Waiting), vec![]),
        (Some(STAFF), bucket(ResultWord::Accepted), vec![mine]),
        (None, bucket(ResultWord::Unknown), vec![]),
    ] {
        let found = page(&ledger, author.map(id), filter.clone(), 1).await;
        assert_eq!(numbers(&found), expected, "{author:?} {filter:?}");
    }
}

#[tokio::test]
async fn a_filter_finds_its_word() {
    let ledger = Ledger::new().await;
    let unknown = ledger.one_that_is(State::Unknown).await;
    ledger.one_that_is(State::NotSent).await;
    let found = page(&ledger, None, Filter::ResultWord(ResultWord::Unknown), 1).await;
    assert_eq!(numbers(&found), [unknown.0]);
}

#[tokio::test]
async fn what_was_made_since_is_found_and_counted() {
    let ledger = Ledger::new().await;
    let old = ledger.one_that_is(State::Unknown).await;
    let again = ledger.one_that_is(State::NotSent).await;
    let since = at(60);
    // What is repeated since then was not made since then.
    let (version, quotas) = (ledger.version(again).await, no_quotas());
    let resend = Change::Resend { number: again, version, options: at_once(), quotas };
    ledger.writes(by(STAFF), since, resend).await;
    let submit = async |author, to| {
        let submit = Change::Submit(new(ledger.draft(author).await, &to));
        ledger.writes(by(author), since, submit).await.submitted.unwrap()
    };
    let mine = submit(STAFF, to("new@mail.ru")).await;
    let theirs = submit(OTHER, to("newer@mail.ru")).await;
    let mut reader = ledger.reader().await;
    let mut find = async |author: Option<i64>, since| {
        let author = author.map(id);
        let query = Query { author, filter: Filter::All, since, page: 1 };
        let found = numbers(&reader.page(&query).await.unwrap());
        let counts = reader.counts(author, since).await.unwrap().into_iter();
        let counts: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
        (found, counts)
    };
    let waiting = |count| vec![(ResultWord::Waiting, count)];
    assert_eq!(find(None, Some(since)).await, (vec![theirs.0, mine.0], waiting(2)));
    assert_eq!(find(Some(OTHER), Some(since)).await, (vec![theirs.0], waiting(1)));
    assert_eq!(find(None, Some(at(61))).await, (vec![], vec![]));
    let all = find(None, None).await;
    assert_eq!(all.0, [theirs.0, mine.0, again.0, old.0]);
    assert_eq!(all.1, [(ResultWord::Unknown, 1), (ResultWord::Waiting, 3)]);
}

#[tokio::test]
async fn a_long_log_has_a_hundred_pages_and_says_that_there_is_more() {
    let ledger = Ledger::new().await;
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO invitations (provider, author, idempotency_key, email, email_key, recipient_key, guid,
            not_before, created_at, changed_at)
        SELECT 'invoicebox', ?2, 'draft:-' || i, 'a@mail.ru', 'a@mail.ru', 'k' || i,
            printf('%08x-0000-4000-8000-000000000000', i), 0, 0, 0 FROM n";
    let mut conn = ledger.connect().await;
    sqlx::query(fill).bind(500).bind(STAFF).execute(&mut conn).await.unwrap();
    let all = page(&ledger, None, Filter::All, 100).await;
    assert_eq!((numbers(&all), all.pages, all.capped), (vec![5, 4, 3, 2, 1], 100, false));
    ledger.submit_by(OTHER, &to("one-more@mail.ru")).await;
    let all = page(&ledger, None, Filter::All, 100).await;
    assert_eq!((numbers(&all), all.pages, all.capped), (vec![6, 5, 4, 3, 2], 100, true));
    assert!(!page(&ledger, Some(id(STAFF)), Filter::All, 1).await.capped);
    let counted = ledger.reader().await.counts(None, None).await.unwrap();
    assert_eq!(counted.last(), Some(&(ResultWord::Waiting, 501)));
}
