//! Links that let somebody in.

use jiff::SignedDuration;

use super::{Plan, Turn};
use crate::dialogue::facts::BotSettings;
use crate::domain::{
    LINK_LIMITS, LINK_USES, Lifetime, LinkEnd, LinkTerms, OfficeCode, Permission, PersonId, Role,
    Token, Viewer,
};
use crate::screens::press::LinkAct;
use crate::screens::{STALE, Screen, UNKNOWN_PRESS, links as screens, staff};
use crate::store::{Change, Reader, StoreError};

/// As many as a message has room for.
const LISTED: u32 = 20;

pub async fn pressed(turn: &mut Turn<'_>, act: LinkAct) -> Result<Plan, StoreError> {
    let now = turn.facts.viewer.now;
    match act {
        LinkAct::Terms(terms) if is_offered(&terms) => {
            Ok(Plan::show(screens::terms(&terms, &offices(turn))))
        }
        LinkAct::Make(terms) if is_offered(&terms) => Ok(make(turn, terms)),
        LinkAct::Terms(_) | LinkAct::Make(_) => Ok(Plan::toast(UNKNOWN_PRESS)),
        LinkAct::Page => page(turn, None).await,
        LinkAct::Revoke(id) | LinkAct::Replace(id) => {
            let link = turn.reader.link(id).await?.filter(|link| link.end(now).is_none());
            let Some(link) = link else {
                return Ok(page(turn, None).await?.with_toast(STALE));
            };
            let replaced = matches!(act, LinkAct::Replace(_));
            let end = Change::EndLink { link: id, replaced };
            if !replaced {
                return Ok(page(turn, Some(id)).await?.with(end));
            }
            let terms = LinkTerms {
                role: link.role,
                lifetime: lifetime_within(link.until.duration_since(now)),
                uses: link.uses.saturating_sub(link.used),
                office: link.office,
                day_limit: link.day_limit,
            };
            let mut plan = make(turn, terms);
            plan.changes.insert(0, end);
            Ok(plan)
        }
    }
}

/// The longest that does not outlive what is left.
fn lifetime_within(left: SignedDuration) -> Lifetime {
    let longest = Lifetime::ALL.into_iter().rev().find(|it| it.length() <= left);
    longest.unwrap_or(Lifetime::Hour)
}

/// Whether a button leads there.
fn is_offered(terms: &LinkTerms) -> bool {
    terms.role != Role::Admin
        && LINK_USES.contains(&terms.uses)
        && LINK_LIMITS.contains(&terms.day_limit)
}

fn offices(turn: &Turn<'_>) -> Vec<OfficeCode> {
    let facts = &turn.facts;
    let mut codes: Vec<OfficeCode> = facts.offices.clone();
    codes.extend(facts.last_office.iter().chain(&facts.setup.office).cloned());
    codes.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    codes.dedup();
    codes
}

fn make(turn: &Turn<'_>, terms: LinkTerms) -> Plan {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        return Plan::toast(STALE);
    }
    let (viewer, token) = (&turn.facts.viewer, Token::new(bytes));
    let made = screens::made(&terms, &token, viewer.now, viewer);
    Plan::show(made).with(Change::MakeLink { token, terms })
}

async fn page(turn: &mut Turn<'_>, without: Option<i64>) -> Result<Plan, StoreError> {
    let mut links = turn.reader.open_links(turn.facts.viewer.now, LISTED).await?;
    links.retain(|link| Some(link.id) != without);
    Ok(Plan::show(screens::list(&turn.facts.viewer, &links)))
}

pub fn command(turn: &Turn<'_>) -> Plan {
    Plan::show(screens::terms(&LinkTerms::default(), &offices(turn)))
}

/// Of the word after `/start`.
pub fn token(word: &str) -> Option<Token> {
    Token::parse(word.strip_prefix("j_")?)
}

/// What becomes of somebody who is not on the list and holds a token.
pub struct Joined {
    pub shown: Screen,
    pub change: Option<Change>,
    pub maker: Option<(PersonId, Screen)>,
    pub role: Option<Role>,
}

/// `None`: there is no such link, and the person is told what every stranger is.
pub async fn join(
    reader: &mut Reader,
    setup: &BotSettings,
    viewer: &Viewer,
    token: &Token,
) -> Result<Option<Joined>, StoreError> {
    let Some(link) = reader.link_of(token).await? else { return Ok(None) };
    if reader.may_not_join(viewer.me.id).await? {
        return Ok(None);
    }
    let maker = reader.listed(link.made_by.id).await?.and_then(|listed| listed.role);
    let fixed = setup.fixed_admins.contains(&link.made_by.id);
    let lets_in = fixed || maker.is_some_and(|role| role.may(Permission::ManageStaff));
    let end = link.end(viewer.now).or((!lets_in).then_some(LinkEnd::Revoked));
    if let Some(end) = end {
        let shown = screens::ended(end);
        return Ok(Some(Joined { shown, change: None, maker: None, role: None }));
    }
    let (role, joins) = (link.role, viewer.me.clone());
    let maker = Some((link.made_by.id, screens::joined(&joins, role)));
    let fixed_admins = setup.fixed_admins.len();
    let change = Some(Change::Join { link: Box::new(link), joins, fixed_admins });
    Ok(Some(Joined { shown: staff::welcome(role), change, maker, role: Some(role) }))
}
