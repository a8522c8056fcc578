//! What the directories of organisations answered, for as long as it counts.

use invite_bot::domain::{Branch, CompanyName, Inn, Kpp, Organisation, RegistryStatus, Source};
use invite_bot::store::{Actor, CachedAnswer, Change};

use crate::support::ledger::{Ledger, at};

impl Ledger {
    /// Learns at a second, until another one.
    async fn learns(&self, source: Source, known: &CachedAnswer, until: i64, second: i64) {
        let (inn, known, until) = (chaika().inn, known.clone(), at(until));
        let learn = Change::CacheLookup { source, inn, known, until };
        self.writes(Actor::Program, at(second), learn).await;
    }

    /// Which directories' answers are kept.
    async fn kept(&self) -> Vec<String> {
        let mut conn = self.connect().await;
        let kept = sqlx::query_scalar("SELECT source FROM directory ORDER BY source");
        kept.fetch_all(&mut conn).await.unwrap()
    }
}

fn chaika() -> Organisation {
    let name = |text| CompanyName::parse(text).unwrap();
    Organisation {
        inn: Inn::parse("1215107651").unwrap(),
        short_name: Some(name("Детский сад Чайка")),
        full_name: None,
        kpp: Some(Kpp::parse("121501001").unwrap()),
        address: Some("г Пример".to_owned()),
        status: Some(RegistryStatus::Liquidated),
        ended: Some("2020-03-01".parse().unwrap()),
        as_of: Some("2021-01-22".parse().unwrap()),
        branches: vec![Branch {
            kpp: Kpp::parse("540602001").unwrap(),
            name: Some(name("Филиал")),
            address: None,
        }],
        more_branches: true,
        source: Source::DaData,
    }
}

#[tokio::test]
async fn an_answer_is_known_as_it_was_given_until_its_time_is_over() {
    let ledger = Ledger::new().await;
    let store = &ledger.store;
    let inn = chaika().inn;
    let known = async |source, second| store.known(source, &inn, at(second)).await.unwrap();
    assert_eq!(known(Source::DaData, 0).await, None);
    let found = CachedAnswer(Some(chaika()));
    ledger.learns(Source::DaData, &found, 10, 0).await;
    ledger.learns(Source::Invoicebox, &CachedAnswer(None), 5, 0).await;
    assert_eq!(known(Source::DaData, 0).await, Some(found.clone()));
    assert_eq!(known(Source::DaData, 9).await, Some(found));
    assert_eq!(known(Source::DaData, 10).await, None);
    assert_eq!(known(Source::Invoicebox, 4).await, Some(CachedAnswer(None)));
    assert_eq!(known(Source::DaData, -1).await, None, "the clock was set back");

    ledger.learns(Source::DaData, &CachedAnswer(None), 20, 7).await;
    assert_eq!(known(Source::DaData, 8).await, Some(CachedAnswer(None)));
}

#[tokio::test]
async fn what_has_had_its_time_is_gone_from_the_file() {
    let ledger = Ledger::new().await;
    for (source, until) in [(Source::DaData, 10), (Source::Invoicebox, 20)] {
        ledger.learns(source, &CachedAnswer(None), until, 0).await;
    }
    for (second, kept) in [(9, vec!["dadata", "invoicebox"]), (10, vec!["invoicebox"])] {
        ledger.writes(Actor::Program, at(second), Change::DropExpiredLookups).await;
        assert_eq!(ledger.kept().await, kept, "{second}");
    }
}

#[tokio::test]
async fn what_another_release_wrote_is_asked_again() {
    let ledger = Ledger::new().await;
    let inn = chaika().inn;
    let found = CachedAnswer(Some(chaika()));
    ledger.learns(Source::DaData, &found, 10, 0).await;
    let mut conn = ledger.connect().await;
    for json in ["{}", "[]", "", r#"{"inn":"1215107652"}"#] {
        sqlx::query("UPDATE directory SET organisation = ?")
            .bind(json)
            .execute(&mut conn)
            .await
            .unwrap();
        assert_eq!(ledger.store.known(Source::DaData, &inn, at(1)).await.unwrap(), None, "{json}");
    }
}
