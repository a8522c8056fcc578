//! What came of accepted invitations.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{OutgoingMessage, Placement, Plan, Turn, card};
use crate::domain::{
    ASKED_AFTER, ASKED_AT_ONCE, Days, FollowUp, Invitation, InvitationNo, Mark, PersonId, Viewer,
    is_followed_up, is_working, working_days_after, working_days_before,
};
use crate::screens::press::{Answer, FollowAct, List};
use crate::screens::{NOT_FOUND, STALE, Screen, UNKNOWN_PRESS, follow_up as screens};
use crate::store::{Change, Reader, StoreError};

pub async fn pressed(turn: &mut Turn<'_>, act: FollowAct) -> Result<Plan, StoreError> {
    let today = today(&turn.facts.viewer);
    match act {
        FollowAct::Answer(number, answer) => on_card(turn, number, Some(mark(answer, today))).await,
        FollowAct::Undo(number) => on_card(turn, number, None).await,
        FollowAct::Call(number, days) if screens::CALLS.iter().any(|(known, _)| *known == days) => {
            let day = working_days_after(today, days);
            on_card(turn, number, Some(Mark::CallBack(day))).await
        }
        FollowAct::Call(..) => Ok(Plan::toast(UNKNOWN_PRESS)),
        FollowAct::AskCall(number) => Ok(match visible(turn, number).await? {
            Some(invitation) => Plan::show(screens::ask_call(&invitation)),
            None => Plan::toast(NOT_FOUND),
        }),
        FollowAct::InList(day, number, answer) => {
            in_list(turn, day, Some(number), mark(answer, today)).await
        }
        FollowAct::All(day) => in_list(turn, day, None, Mark::Registered).await,
        FollowAct::Later => Ok(Plan::show(crate::screens::plain(screens::LATER))),
    }
}

fn today(viewer: &Viewer) -> Date {
    viewer.now.to_zoned(viewer.zone.clone()).date()
}

fn mark(answer: Answer, today: Date) -> Mark {
    match answer {
        Answer::Registered => Mark::Registered,
        Answer::Declined => Mark::Declined,
        Answer::CallBack => Mark::CallBack(working_days_after(today, 1)),
    }
}

async fn visible(
    turn: &mut Turn<'_>,
    number: InvitationNo,
) -> Result<Option<Invitation>, StoreError> {
    let found = turn.reader.invitation(number).await?;
    let viewer = &turn.facts.viewer;
    Ok(found.filter(|it| viewer.may_see(it) && is_followed_up(it)))
}

/// Over a call that is due any mark may be set; over another one only its end.
fn may_follow(was: Option<Mark>, mark: Option<Mark>) -> bool {
    match was {
        None => mark.is_some(),
        Some(Mark::CallBack(_)) => !matches!(mark, Some(Mark::CallBack(_))),
        Some(_) => mark.is_none(),
    }
}

async fn on_card(
    turn: &mut Turn<'_>,
    number: InvitationNo,
    mark: Option<Mark>,
) -> Result<Plan, StoreError> {
    let Some(invitation) = visible(turn, number).await? else {
        return Ok(Plan::toast(NOT_FOUND));
    };
    let viewer = turn.facts.viewer.clone();
    let was = turn.reader.follow_up(number).await?.map(|known| known.mark);
    let card = card::screen(turn.reader, &viewer, &invitation, List::ALL).await?;
    if was == mark || !may_follow(was, mark) {
        return Ok(Plan::show(card).with_toast(screens::MARKED_ALREADY));
    }
    // Drawn after the change, with what it wrote.
    let shown = vec![Placement::Here(OutgoingMessage::Card(number.0))];
    Ok(Plan { shown, ..Plan::change(Change::FollowUp { number, was, mark }) })
}

/// `None`: all that are open.
async fn in_list(
    turn: &mut Turn<'_>,
    day: i64,
    only: Option<InvitationNo>,
    mark: Mark,
) -> Result<Plan, StoreError> {
    let Some(day) = screens::day_of(day) else { return Ok(Plan::toast(UNKNOWN_PRESS)) };
    let viewer = turn.facts.viewer.clone();
    let mut asked = asked(turn.reader, &viewer, day).await?;
    let mut plan = Plan::default();
    for (invitation, known) in &mut asked {
        let number = invitation.number;
        if known.is_none() && only.is_none_or(|only| only == number) {
            *known = Some(FollowUp { mark, by: viewer.me.clone(), at: viewer.now });
            plan = plan.with(Change::FollowUp { number, was: None, mark: Some(mark) });
        }
    }
    let screen = screens::question(&viewer, day, &asked);
    if plan.changes.is_empty() {
        plan = plan.with_toast(STALE);
    }
    plan.shown.push(Placement::Here(OutgoingMessage::Screen(screen)));
    Ok(plan)
}

async fn asked(
    reader: &mut Reader,
    viewer: &Viewer,
    day: Date,
) -> Result<Vec<(Invitation, Option<FollowUp>)>, StoreError> {
    let mut asked = Vec::new();
    for number in reader.asked_on(day, viewer.me.id).await? {
        let known = reader.follow_up(number).await?;
        asked.extend(reader.invitation(number).await?.map(|invitation| (invitation, known)));
    }
    Ok(asked)
}

/// `None`: nothing of it is open any more.
pub async fn question(
    reader: &mut Reader,
    viewer: &Viewer,
    day: &str,
) -> Result<Option<Screen>, StoreError> {
    let Ok(day) = day.parse::<Date>() else { return Ok(None) };
    let asked = asked(reader, viewer, day).await?;
    let open = asked.iter().any(|(_, known)| known.is_none());
    Ok(open.then(|| screens::question(viewer, day, &asked)))
}

/// `None`: it is marked otherwise by now.
pub async fn call(
    reader: &mut Reader,
    viewer: &Viewer,
    number: InvitationNo,
) -> Result<Option<Screen>, StoreError> {
    let found = reader.invitation(number).await?.filter(|it| viewer.may_see(it));
    let waits =
        matches!(reader.follow_up(number).await?, Some(FollowUp { mark: Mark::CallBack(_), .. }));
    Ok(found.filter(|_| waits).map(|invitation| screens::call(&invitation)))
}

/// What is to be brought up this morning: who is told, what, and that it was.
pub async fn due(
    reader: &mut Reader,
    today: Date,
    zone: &jiff::tz::TimeZone,
) -> Result<Vec<(PersonId, OutgoingMessage, Change)>, StoreError> {
    let mut due = Vec::new();
    for number in reader.calls_due(today).await? {
        if let Some(invitation) = reader.invitation(number).await? {
            let message = OutgoingMessage::Call(number.0);
            due.push((invitation.author.id, message, Change::NoteCall(number)));
        }
    }
    if !is_working(today) {
        return Ok(due);
    }
    let mut questions: Vec<(PersonId, Vec<(InvitationNo, u32)>)> = Vec::new();
    for (round, days) in (1..).zip(ASKED_AFTER) {
        let last = working_days_before(today, days);
        // What is older was asked for already, or was there before anything was asked.
        let first = working_days_before(last, 10);
        let (from, until): (Timestamp, Timestamp) = Days { first, last }.bounds(zone);
        for (number, owner) in reader.to_ask_about(from, until, round).await? {
            let known = questions.iter_mut().find(|(known, _)| *known == owner);
            match known {
                Some((_, numbers)) => {
                    match numbers.iter_mut().find(|(known, _)| *known == number) {
                        Some((_, asked)) => *asked = round,
                        None => numbers.push((number, round)),
                    }
                }
                None => questions.push((owner, vec![(number, round)])),
            }
        }
    }
    for (owner, mut numbers) in questions {
        // One a day: the rest is asked for on the next.
        if !reader.asked_on(today, owner).await?.is_empty() {
            continue;
        }
        numbers.truncate(usize::try_from(ASKED_AT_ONCE).unwrap_or(usize::MAX));
        let message = OutgoingMessage::Question(today.to_string());
        due.push((owner, message, Change::NoteQuestion { numbers, day: today }));
    }
    Ok(due)
}
