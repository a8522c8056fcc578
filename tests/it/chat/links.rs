//! Links that let people in, as an admin and their holders see them.

use expect_test::expect_file;
use invite_bot::domain::{Lifetime, Link, LinkEnd, LinkTerms, Role, Token, Viewer};
use invite_bot::screens::links::{ended, joined, list, listed_already, made, terms};
use jiff::ToSpan;

use super::player::{code, now, oleg, pyotr, zone};
use super::screens::told;

#[test]
fn links() {
    let viewer = Viewer { me: oleg(), role: Role::Admin, zone: zone(), now: now() };
    let usual = LinkTerms::default();
    let rich = LinkTerms {
        role: Role::Observer,
        lifetime: Lifetime::Hour,
        uses: 20,
        office: Some(code("7705")),
        day_limit: Some(30),
    };
    let link = |id, role, office, day_limit| Link {
        id,
        role,
        office,
        day_limit,
        until: now().checked_add(3.hours()).unwrap(),
        uses: 20,
        used: 3,
        made_by: oleg(),
        ended: None,
    };
    let links =
        [link(1, Role::Staff, None, None), link(2, Role::Senior, Some(code("7705")), Some(10))];
    expect_file!["screens/links.txt"].assert_eq(&told([
        ("a new one", terms(&usual, &[])),
        ("with all that it can give", terms(&rich, &[code("7705"), code("0240")])),
        ("made", made(&usual, &Token::new([7; 16]), now(), &viewer)),
        ("those there are", list(&viewer, &links)),
        ("none", list(&viewer, &[])),
        ("ran out", ended(LinkEnd::Expired)),
        ("used up", ended(LinkEnd::UsedUp)),
        ("revoked", ended(LinkEnd::Revoked)),
        ("replaced", ended(LinkEnd::Replaced)),
        ("to who is in already", listed_already(Role::Staff)),
        ("to who made it", joined(&pyotr(), Role::Staff)),
    ]));
}
