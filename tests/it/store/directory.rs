//! What the directories of organisations answered, for as long as it counts.

use invite_bot::domain::{Branch, CompanyName, Inn, Kpp, Organisation, Source, Status};
use invite_bot::store::Known;

use crate::support::ledger::{Ledger, at};

fn chaika() -> Organisation {
    let name = |text| CompanyName::parse(text).unwrap();
    Organisation {
        inn: Inn::parse("1215107651").unwrap(),
        short_name: Some(name("Детский сад Чайка")),
        full_name: None,
        kpp: Some(Kpp::parse("121501001").unwrap()),
        address: Some("г Пример".to_owned()),
        status: Some(Status::Liquidated),
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
    let found = Known(Some(chaika()));
    store.learn(Source::DaData, &inn, &found, at(10), at(0)).await.unwrap();
    store.learn(Source::Invoicebox, &inn, &Known(None), at(5), at(0)).await.unwrap();
    assert_eq!(known(Source::DaData, 0).await, Some(found.clone()));
    assert_eq!(known(Source::DaData, 9).await, Some(found));
    assert_eq!(known(Source::DaData, 10).await, None);
    assert_eq!(known(Source::Invoicebox, 4).await, Some(Known(None)));
    assert_eq!(known(Source::DaData, -1).await, None, "the clock was set back");

    store.learn(Source::DaData, &inn, &Known(None), at(20), at(7)).await.unwrap();
    assert_eq!(known(Source::DaData, 8).await, Some(Known(None)));
}

#[tokio::test]
async fn what_has_had_its_time_is_gone_from_the_file() {
    let ledger = Ledger::new().await;
    let inn = chaika().inn;
    for (source, until) in [(Source::DaData, 10), (Source::Invoicebox, 20)] {
        ledger.store.learn(source, &inn, &Known(None), at(until), at(0)).await.unwrap();
    }
    assert_eq!(ledger.store.unlearn(at(9)).await.unwrap(), 0);
    assert_eq!(ledger.store.unlearn(at(10)).await.unwrap(), 1);
    let mut conn = ledger.connect().await;
    let left: Vec<String> =
        sqlx::query_scalar("SELECT source FROM directory").fetch_all(&mut conn).await.unwrap();
    assert_eq!(left, ["invoicebox"]);
}

#[tokio::test]
async fn what_another_release_wrote_is_asked_again() {
    let ledger = Ledger::new().await;
    let inn = chaika().inn;
    let found = Known(Some(chaika()));
    ledger.store.learn(Source::DaData, &inn, &found, at(10), at(0)).await.unwrap();
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
