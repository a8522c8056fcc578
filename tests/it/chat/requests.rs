//! What is asked of those who may decide, as they see it.

use expect_test::expect_file;
use invite_bot::domain::{Request, RequestKind, RequestState, Role, Viewer};
use invite_bot::screens::requests::{answer, card, list, roles};

use super::player::{anna, now, oleg, pyotr, zone};
use super::screens::told;

fn viewer(role: Role) -> Viewer {
    Viewer { me: oleg(), role, zone: zone(), now: now() }
}

fn open(kind: RequestKind) -> Request {
    let subject = (kind != RequestKind::Access).then(|| "Детский сад Чайка · iam@mail.ru".into());
    let asker = if kind == RequestKind::Access { pyotr() } else { anna() };
    Request {
        id: 7,
        kind,
        asker,
        username: (kind == RequestKind::Access).then(|| "pyotr_s".into()),
        subject,
        stop: None,
        at: now(),
        state: RequestState::Open,
        extra: None,
        decided_by: None,
        decided_at: None,
    }
}

fn ended(kind: RequestKind, state: RequestState) -> Request {
    let by_nobody = matches!(state, RequestState::Expired | RequestState::Closed);
    Request {
        state,
        subject: None,
        extra: (kind == RequestKind::Limit && state == RequestState::Granted).then_some(10),
        decided_by: (!by_nobody).then(oleg),
        decided_at: Some(now()),
        ..open(kind)
    }
}

#[test]
fn requests() {
    use RequestKind::{Access, Limit, Repeat, Stop};
    use RequestState::{Blocked, Closed, Expired, Granted, Refused};
    let admin = viewer(Role::Admin);
    let shown = |request: &Request| card(&admin, request);
    let shut_out = ended(Access, Blocked);
    let told_of = |kind, granted| answer(&open(kind), granted, Some(&oleg()), Some(10));
    expect_file!["screens/requests.txt"].assert_eq(&told([
        ("access", shown(&open(Access))),
        ("roles, to an admin", roles(&admin, &open(Access))),
        ("roles, to a senior", roles(&viewer(Role::Senior), &open(Access))),
        ("a limit", shown(&open(Limit))),
        ("a repeat", shown(&open(Repeat))),
        ("the stop-list", shown(&open(Stop))),
        ("let in", shown(&ended(Access, Granted))),
        ("ten more", shown(&ended(Limit, Granted))),
        ("one repeat", shown(&ended(Repeat, Granted))),
        ("off the list", shown(&ended(Stop, Granted))),
        ("refused", shown(&ended(Limit, Refused))),
        ("shut out", shown(&shut_out)),
        ("expired", shown(&ended(Limit, Expired))),
        ("closed", shown(&ended(Limit, Closed))),
        (
            "all of them",
            list(&admin, &[open(Access), open(Limit), open(Repeat), open(Stop), shut_out]),
        ),
        ("none", list(&admin, &[])),
        ("to a stranger: no", told_of(Access, false)),
        ("to the asker: more", told_of(Limit, true)),
        ("to the asker: a repeat", told_of(Repeat, true)),
        ("to the asker: off the list", told_of(Stop, true)),
        ("to the asker: no", told_of(Limit, false)),
        ("to the asker: nobody answered", answer(&open(Limit), false, None, None)),
    ]));
}
