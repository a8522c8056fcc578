//! What people ask of those who may decide. The first press decides, and everybody learns who it was.

use jiff::Timestamp;

use super::{Plan, Turn, policy, session, staff};
use crate::dialogue::facts::{Blocker, BotSettings};
use crate::domain::{
    Asked, Decision, Draft, InvitationNo, MayAsk, Person, Request, RequestKind, RequestState,
    ResendQuota, Role, Viewer, deciders,
};
use crate::screens::press::RequestAct;
use crate::screens::{self as words, STALE, requests as screens};
use crate::store::{Change, Reader, StoreError};

/// As many as a message has room for.
const LISTED: u32 = 30;

pub async fn pressed(turn: &mut Turn<'_>, act: RequestAct) -> Result<Plan, StoreError> {
    let (id, decision) = match act {
        RequestAct::Ask(kind) => return ask(turn, kind).await,
        RequestAct::AskOf(kind, number) => return ask_of(turn, kind, number).await,
        RequestAct::Page => return page(turn).await,
        RequestAct::Open(id) | RequestAct::Roles(id) => (id, None),
        RequestAct::Admit(id, _) | RequestAct::Grant(id) => (id, Some(Decision::Grant)),
        RequestAct::Extra(id, more @ (1 | screens::MORE)) => (id, Some(Decision::GrantExtra(more))),
        RequestAct::Extra(..) => return Ok(Plan::toast(words::UNKNOWN_PRESS)),
        RequestAct::Refuse(id) => (id, Some(Decision::Refuse)),
        RequestAct::Block(id) => (id, Some(Decision::Block)),
        RequestAct::Unblock(id) => {
            let plan = page(turn).await?;
            return Ok(match turn.reader.request(id).await? {
                Some(request) if request.state == RequestState::Blocked => {
                    let left: Vec<Request> = turn.reader.requests(LISTED).await?;
                    let left: Vec<Request> = left.into_iter().filter(|it| it.id != id).collect();
                    Plan::show(screens::list(&turn.facts.viewer, &left)).with(Change::Unblock(id))
                }
                _ => plan.with_toast(STALE),
            });
        }
    };
    let Some(request) = turn.reader.request(id).await? else { return Ok(Plan::toast(STALE)) };
    let viewer = turn.facts.viewer.clone();
    let allowed = viewer.may(request.kind.decided_by()) && request.asker.id != viewer.me.id;
    if !allowed || !fits(&viewer, &request, act) {
        return Ok(Plan::toast(screens::may_not_decide(request.kind)));
    }
    if request.state != RequestState::Open {
        let told = screens::decided_already(&viewer, &request);
        return Ok(Plan::show(screens::card(&viewer, &request)).with_toast(told));
    }
    match (act, decision) {
        (RequestAct::Roles(_), _) => Ok(Plan::show(screens::roles(&viewer, &request))),
        (_, None) => Ok(Plan::show(screens::card(&viewer, &request))),
        (_, Some(decision)) => decide(turn, &viewer, request, act, decision).await,
    }
}

/// Whether a card of this kind has such a button, for this viewer.
fn fits(viewer: &Viewer, request: &Request, act: RequestAct) -> bool {
    match act {
        RequestAct::Admit(_, role) => {
            request.kind == RequestKind::Access && screens::may_give(viewer, role)
        }
        RequestAct::Roles(_) | RequestAct::Block(_) => request.kind == RequestKind::Access,
        RequestAct::Extra(..) => request.kind == RequestKind::Limit,
        RequestAct::Grant(_) => matches!(request.kind, RequestKind::Repeat | RequestKind::Stop),
        _ => true,
    }
}

/// The decision and its effect are one transaction.
async fn decide(
    turn: &mut Turn<'_>,
    viewer: &Viewer,
    request: Request,
    act: RequestAct,
    decision: Decision,
) -> Result<Plan, StoreError> {
    let change = Change::Decide { request: request.id, decision, pressed: turn.pressed };
    let (state, extra) = match decision {
        Decision::Grant => (RequestState::Granted, None),
        Decision::GrantExtra(more) => (RequestState::Granted, Some(more)),
        Decision::Refuse => (RequestState::Refused, None),
        Decision::Block => (RequestState::Blocked, None),
    };
    let granted = state == RequestState::Granted;
    let shown = Request {
        state,
        extra,
        decided_by: Some(viewer.me.clone()),
        decided_at: Some(viewer.now),
        ..request.clone()
    };
    let mut plan = Plan::show(screens::card(viewer, &shown));
    let asker = request.asker.id;
    match act {
        RequestAct::Admit(_, role) => return admit(turn, plan.with(change), &request, role).await,
        RequestAct::Grant(_) if request.kind == RequestKind::Stop => {
            // The entry may be off already.
            if let Some(entry) = request.stop
                && turn.reader.stop_entry(entry).await?.is_some()
            {
                plan = plan.with(Change::Unstop { entry });
            }
        }
        _ => {}
    }
    plan = plan.with(change);
    if decision == Decision::Block {
        return Ok(plan);
    }
    let told = screens::answer(&request, granted, Some(&viewer.me), extra);
    Ok(plan.tell_other(asker, told))
}

/// As `/allow` does; the question about the office comes below the card.
async fn admit(
    turn: &mut Turn<'_>,
    card: Plan,
    request: &Request,
    role: Role,
) -> Result<Plan, StoreError> {
    let mut plan = staff::allow(turn, request.asker.clone(), Some(role)).await?;
    let mut shown = card.shown;
    shown.extend(plan.shown.drain(..).skip(1));
    let mut changes = card.changes;
    changes.append(&mut plan.changes);
    Ok(Plan { shown, changes, ..plan })
}

async fn page(turn: &mut Turn<'_>) -> Result<Plan, StoreError> {
    let requests = turn.reader.requests(LISTED).await?;
    Ok(Plan::show(screens::list(&turn.facts.viewer, &requests)))
}

/// What still bars the open draft, not what did when the button was drawn.
async fn ask(turn: &mut Turn<'_>, kind: RequestKind) -> Result<Plan, StoreError> {
    let Some(draft) = turn.session.begun().cloned() else { return Ok(Plan::toast(STALE)) };
    let check = policy::check(turn.reader, &turn.facts, &draft).await?;
    let quota = check.quota;
    turn.facts.looked_up.checks.push((draft.clone(), check));
    let subject = subject(&draft);
    let asked = match (kind, turn.facts.first_blocker(&draft), draft.finish().ok()) {
        (RequestKind::Limit, Some(Blocker::LimitReached(_)), _) => Some(Asked::Limit { subject }),
        (RequestKind::Stop, Some(Blocker::Stop(entry)), _) => {
            Some(Asked::Stop { entry: entry.id, subject })
        }
        (RequestKind::Repeat, Some(Blocker::Earlier(_)), Some(to)) => {
            Some(Asked::Repeat { to, subject })
        }
        (RequestKind::Repeat, None, Some(to)) if quota != ResendQuota::Available => {
            Some(Asked::Repeat { to, subject })
        }
        _ => None,
    };
    match asked {
        Some(asked) => send(turn, asked).await,
        None => Ok(Plan::toast(screens::NOTHING_TO_ASK)),
    }
}

async fn ask_of(
    turn: &mut Turn<'_>,
    kind: RequestKind,
    number: InvitationNo,
) -> Result<Plan, StoreError> {
    let invitation = turn.reader.invitation(number).await?;
    let invitation = invitation.filter(|found| turn.facts.viewer.may_see(found));
    let Some(invitation) = invitation else { return Ok(Plan::toast(words::NOT_FOUND)) };
    let to = invitation.recipient;
    let now = turn.facts.viewer.now;
    let subject = format!("№{number} · {}", subject(&Draft::from(&to)));
    let stop = turn.reader.stop_for(Some(to.email()), to.inn()).await?;
    let asked = match (kind, stop) {
        (RequestKind::Stop, Some(entry)) => Asked::Stop { entry: entry.id, subject },
        (RequestKind::Repeat, None)
            if turn.reader.resend_quota(&to, now).await? != ResendQuota::Available =>
        {
            Asked::Repeat { to, subject }
        }
        _ => return Ok(Plan::toast(screens::NOTHING_TO_ASK)),
    };
    send(turn, asked).await
}

/// To whom, in the values themselves.
fn subject(draft: &Draft) -> String {
    let values = [
        draft.name.as_ref().map(|name| name.as_str().to_owned()),
        draft.inn.as_ref().map(|inn| inn.as_str().to_owned()),
        draft.kpp.as_ref().map(|kpp| kpp.as_str().to_owned()),
        draft.email.as_ref().map(|email| email.as_str().to_owned()),
    ];
    values.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

async fn send(turn: &mut Turn<'_>, asked: Asked) -> Result<Plan, StoreError> {
    let asker = turn.facts.viewer.me.clone();
    let kind = asked.kind();
    if turn.reader.has_asked(asker.id, kind).await? {
        return Ok(Plan::toast(screens::ASKED_ALREADY));
    }
    let staff = session::all_staff(turn.reader, &turn.facts.setup).await?;
    let deciders = deciders(&staff, kind, asker.id);
    if deciders.is_empty() {
        return Ok(Plan::toast(screens::NOBODY));
    }
    Ok(Plan::toast(screens::ASKED).with(Change::Ask { asker, asked, deciders }))
}

/// A stranger's press; `None`: as any press of a stranger. Nothing but this is taken from them.
pub async fn of_stranger(
    reader: &mut Reader,
    setup: &BotSettings,
    viewer: &Viewer,
    username: Option<String>,
) -> Result<Option<(Option<Change>, String)>, StoreError> {
    if !setup.rules.access_requests {
        return Ok(None);
    }
    let asker = viewer.me.clone();
    let may = reader.may_ask_for_access(asker.id, viewer.now).await?;
    let Some(told) = screens::access_asked(may, viewer) else { return Ok(None) };
    if may != MayAsk::Yes {
        return Ok(Some((None, told)));
    }
    let staff = session::all_staff(reader, setup).await?;
    let deciders = deciders(&staff, RequestKind::Access, asker.id);
    if deciders.is_empty() {
        return Ok(None);
    }
    let asked = Asked::Access { username };
    Ok(Some((Some(Change::Ask { asker, asked, deciders }), told)))
}

/// What nobody decided: a reminder after a day, an end after three.
pub async fn overdue(
    reader: &mut Reader,
    setup: &BotSettings,
    now: Timestamp,
) -> Result<Vec<(Change, Option<(Person, crate::screens::Screen)>)>, StoreError> {
    let mut due = Vec::new();
    let expired = reader.requests_to_expire(now).await?;
    for request in &expired {
        let told = (request.asker.clone(), screens::answer(request, false, None, None));
        due.push((Change::ExpireRequest(request.id), Some(told)));
    }
    let staff = session::all_staff(reader, setup).await?;
    for request in reader.requests_to_remind(now).await? {
        if !expired.iter().any(|known| known.id == request.id) {
            let deciders = deciders(&staff, request.kind, request.asker.id);
            due.push((Change::RemindOfRequest { request: request.id, deciders }, None));
        }
    }
    Ok(due)
}
