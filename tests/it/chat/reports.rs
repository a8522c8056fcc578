//! The report of a team, as its head sees it.

use expect_test::expect_file;
use invite_bot::domain::{
    Counted, Days, DaysError, Period, Person, PersonId, Provider, Report, ResultWord,
};
use invite_bot::screens::report::{report, unreadable};
use jiff::civil::date;

use super::player::{anna, code, oleg};
use super::screens::told;

fn counted(author: Person, provider: Provider, word: ResultWord, count: u32) -> Counted {
    let office = (provider == Provider::Sbis).then(|| code("7705"));
    let registered = if word == ResultWord::Accepted { count / 5 } else { 0 };
    Counted { author, provider, office, word, count, registered }
}

#[test]
fn reports() {
    use Provider::{Invoicebox, Sbis};
    use ResultWord::{Accepted, Client, NotSent, Refused, Unknown, Waiting};
    let week = Days { first: date(2026, 11, 24), last: date(2026, 11, 30) };
    let two = vec![
        counted(oleg(), Invoicebox, Accepted, 3),
        counted(anna(), Sbis, Accepted, 198),
        counted(anna(), Sbis, Client, 9),
        counted(anna(), Sbis, Refused, 5),
        counted(anna(), Invoicebox, Unknown, 2),
        counted(anna(), Invoicebox, NotSent, 4),
        counted(anna(), Invoicebox, Waiting, 1),
    ];
    let forty = (1..=40).map(|id| {
        let name = format!("Константин Константинопольский {id}");
        let person = Person { id: PersonId::new(id).unwrap(), name: Some(name) };
        counted(person, Invoicebox, Accepted, u32::try_from(id).unwrap())
    });
    let year = Days { first: date(2025, 12, 1), last: date(2026, 11, 30) };
    let months = Days { first: date(2026, 10, 1), last: date(2026, 11, 30) };
    let day = Days { first: date(2026, 11, 30), last: date(2026, 11, 30) };
    let of = |days, counted: Vec<Counted>| Report::of(days, counted);
    expect_file!["screens/reports.txt"].assert_eq(&told([
        ("a week of two", report(&of(week, two), Some(Period::Week))),
        ("forty people", report(&of(months, forty.collect()), None)),
        ("an empty day", report(&of(day, vec![]), Some(Period::Today))),
        (
            "one person, over two years",
            report(&of(year, vec![counted(anna(), Sbis, Accepted, 1)]), None),
        ),
        ("no period", unreadable(DaysError::Unreadable)),
        ("backwards", unreadable(DaysError::Backwards)),
        ("not yet", unreadable(DaysError::Future)),
    ]));
}
