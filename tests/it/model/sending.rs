//! The real delivery in step with the model: people do things to the store, a provider played on
//! this machine answers, declines, hangs up or is not there, and the process dies in the middle of
//! calls. What delivery does by itself is not told beforehand; where it ends must be where the
//! model can end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use invite_bot::delivery::{Delivery, Limits, RetryPolicy, Throttle};
use invite_bot::providers::Providers;
use jiff::Timestamp;
use serde_json::json;
use stand_ins::providers::{ProviderStandIn, Reply, Scripted};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::audit;
use super::ledger::Ledger;
use super::lockstep::weight;
use super::rules::{Action, Said, Scope};
use super::runs::{Run, block_on, runs};
use super::search::Rules as _;
use super::world::{ATTEMPTS, Answer, Call, Fate, Outcome, World};
use crate::support::ledger::to;
use crate::support::samples::invoicebox;
use crate::support::wait::PATIENCE;

/// Of each invitation: one consent, and two attempts for each time that somebody wants it sent.
const SCOPE: Scope = Scope {
    attempts: [ATTEMPTS, ATTEMPTS],
    together: 2 * ATTEMPTS,
    consents: 1,
    same: true,
    edits: false,
    access: true,
    telling: false,
    slip: None,
};

const LIMITS: Limits = Limits { concurrency: 2, invoicebox_per_minute: 0, sbis_per_minute: 0 };

/// How many requests are answered as a run has it; those after them are accepted.
const SCRIPT: usize = 8;

/// What a provider can do with a request: the status, whether a letter goes out, and what the bot
/// is to make of it.
const ANSWERS: [(u16, bool, Answer); 8] = [
    (200, true, Answer::Accepted),
    (200, true, Answer::Accepted),
    (422, false, Answer::Refused),
    (429, false, Answer::NotTaken),
    (503, false, Answer::Busy),
    (401, false, Answer::Key),
    (500, true, Answer::Unknown),
    // It hangs up.
    (0, true, Answer::Unknown),
];

/// A world, and which arrival each attempt was.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Seen {
    world: World,
    arrivals: [[usize; ATTEMPTS]; 2],
    arrived: usize,
}

/// What surrounds the bot.
#[derive(Clone, Default)]
struct Outside {
    /// What is answered to each arrival.
    script: Vec<usize>,
    /// Requests are read, and wait for their answers.
    held: bool,
    down: bool,
}

impl Outside {
    /// The status, whether a letter goes out, and what the bot makes of it.
    fn answer(&self, arrival: usize) -> (u16, bool, Answer) {
        self.script.get(arrival).map_or(ANSWERS[0], |answer| ANSWERS[*answer])
    }

    /// What comes of something that nobody has to do for it.
    fn by_itself(&self, seen: &Seen, action: Action) -> Option<Seen> {
        let answer = |what: usize| {
            let last = seen.world.invitations[what].count.checked_sub(1)?;
            Some(self.answer(seen.arrivals[what][last]).2)
        };
        let happens = match action {
            Action::Claim(_) | Action::Wait | Action::Record { .. } => true,
            Action::NoConnection(_) => self.down,
            Action::Arrives(_) => !self.down,
            Action::Hears(what, heard) => !self.held && answer(what) == Some(heard),
            Action::Loses(what) => {
                let asked = seen.world.invitations[what].call == Some(Call::Asked);
                asked && !self.held && answer(what) == Some(Answer::Unknown)
            }
            _ => false,
        };
        happens.then_some(())?;
        let mut next = Seen { world: SCOPE.next(&seen.world, action)?, ..*seen };
        if let Action::Arrives(what) = action {
            let attempt = next.world.invitations[what].count - 1;
            self.arrives(&mut next, what, attempt);
        }
        Some(next)
    }

    /// The provider decides at once, and by the order of arrival.
    fn arrives(&self, seen: &mut Seen, what: usize, attempt: usize) {
        let decides = match self.answer(seen.arrived).1 {
            true => Action::Takes { what, attempt },
            false => Action::Declines { what, attempt },
        };
        seen.world = SCOPE.next(&seen.world, decides).unwrap();
        seen.arrivals[what][attempt] = seen.arrived;
        seen.arrived += 1;
    }

    /// What was on its way when the process died, and arrives only now.
    fn arrives_late(&self, seen: &Seen) -> Vec<Seen> {
        let mut late = Vec::new();
        for (what, invitation) in seen.world.invitations.iter().enumerate() {
            for (attempt, one) in invitation.attempts().iter().enumerate() {
                if one.outcome == Outcome::Unknown && one.requests == 0 {
                    let mut next = *seen;
                    let one = &mut next.world.invitations[what].attempts[attempt];
                    (one.requests, one.fate) = (1, Fate::Arrived);
                    self.arrives(&mut next, what, attempt);
                    late.push(next);
                }
            }
        }
        late
    }

    /// Everywhere that this leads to.
    fn everywhere(&self, from: &HashSet<Seen>) -> HashSet<Seen> {
        let actions = SCOPE.actions();
        let (mut found, mut new) = (from.clone(), Vec::from_iter(from.iter().copied()));
        while let Some(seen) = new.pop() {
            let next = actions.iter().filter_map(|action| self.by_itself(&seen, *action));
            let next = next.chain(self.arrives_late(&seen));
            new.extend(next.filter(|next| found.insert(*next)));
        }
        found
    }

    /// Whether nothing more happens by itself, however long one waits.
    fn rests(&self, seen: &Seen) -> bool {
        SCOPE.actions().into_iter().all(|action| match self.by_itself(seen, action) {
            Some(next) => action == Action::Wait && self.rests(&next),
            None => true,
        })
    }
}

/// The bot without Telegram, on the database of a run.
struct Site<'a> {
    scope: Scope,
    /// How the two are addressed.
    emails: [&'static str; 2],
    ledger: Ledger,
    provider: ProviderStandIn,
    providers: Arc<Providers>,
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
    delivery: Option<Delivery>,
    outside: Outside,
    /// Where the model can be.
    possible: HashSet<Seen>,
    trace: &'a mut Vec<String>,
}

impl<'a> Site<'a> {
    async fn new(same: bool, script: Vec<usize>, trace: &'a mut Vec<String>) -> Self {
        let emails = ["iam@mail.ru", if same { "IAM@mail.ru" } else { "other@mail.ru" }];
        let provider = ProviderStandIn::invoicebox().await.unwrap();
        let outside = Outside { script, ..Outside::default() };
        for arrival in 0..outside.script.len() {
            provider.answers_next(match outside.answer(arrival).0 {
                200 => Scripted::Accept,
                0 => Scripted::Close,
                status => {
                    Scripted::Answer(Reply::json(status, &json!({"error": {"message": "-"}})))
                }
            });
        }
        let settings = invoicebox(provider.url());
        let providers = Arc::new(Providers::new(PATIENCE, Some(settings), None).unwrap());
        let world = World { up: true, ..World::default() };
        let seen = Seen { world, arrivals: [[0; ATTEMPTS]; 2], arrived: 0 };
        let mut site = Self {
            scope: Scope { same, ..SCOPE },
            emails,
            ledger: Ledger::new(emails.map(to)).await,
            provider,
            providers,
            running: JoinSet::new(),
            stop: watch::Sender::new(false),
            delivery: None,
            outside,
            possible: HashSet::from([seen]),
            trace,
        };
        site.begins();
        site
    }

    fn begins(&mut self) {
        let soon = Duration::from_millis(5);
        let throttle = Throttle { wait: soon, longest: soon, most: 1 };
        let policy = RetryPolicy {
            connect: Vec::new(),
            invoicebox: throttle,
            sbis: throttle,
            pause: 4 * soon,
            record: soon,
            window: Duration::ZERO,
            unreachable: None,
        };
        let store = self.ledger.store.clone();
        let delivery = Delivery::new(store, self.providers.clone(), policy, LIMITS);
        self.stop = watch::Sender::new(false);
        let (runs, stop) = (delivery.clone(), self.stop.subscribe());
        self.running.spawn(async move { runs.run(stop).await });
        self.delivery = Some(delivery);
    }

    async fn step(&mut self, choice: u16) {
        let (choice, dice) = (usize::from(choice >> 4), choice & 15);
        match dice {
            0 => self.holds(!self.outside.held),
            1 => self.goes_down(!self.outside.down).await,
            2 => self.dies().await,
            3 => self.stops().await,
            _ => {
                self.somebody_acts(choice).await;
                if dice == 4 {
                    // In the middle of whatever comes of it.
                    tokio::time::sleep(Duration::from_millis(choice as u64 % 10)).await;
                    self.dies().await;
                }
            }
        }
        self.settles().await;
    }

    fn holds(&mut self, held: bool) {
        self.trace.push(format!("held: {held}"));
        self.outside.held = held;
        if held { self.provider.hold() } else { self.provider.release() }
    }

    async fn goes_down(&mut self, down: bool) {
        self.trace.push(format!("down: {down}"));
        self.outside.down = down;
        if down {
            self.provider.go_down().await;
        } else {
            self.provider.come_up().await.unwrap();
        }
    }

    /// One who may, does something that may be done wherever the model can be.
    async fn somebody_acts(&mut self, choice: usize) {
        // Room for what comes of it, also where everything goes wrong.
        let room = self.possible.iter().all(|seen| {
            seen.world.invitations.iter().all(|invitation| invitation.count <= ATTEMPTS - 2)
        });
        let may = |action: &Action| match action {
            Action::Fill(_)
            | Action::Send { .. }
            | Action::Cancel { .. }
            | Action::Arrived { .. }
            | Action::Missing { .. }
            | Action::Revoke
            | Action::Allow => true,
            Action::Repeat { .. } | Action::Release(_) | Action::Resume => room,
            _ => false,
        };
        let mut actions = SCOPE.actions();
        let scope = self.scope;
        let step = |seen: &Seen, action| scope.step(&seen.world, action);
        actions.retain(|it| may(it) && self.possible.iter().all(|seen| step(seen, *it).is_some()));
        let first = *self.possible.iter().next().unwrap();
        let often = |it: &Action| vec![*it; weight(*it, step(&first, *it).unwrap().1)];
        let actions: Vec<Action> = actions.iter().flat_map(often).collect();
        let action = actions[choice % actions.len()];
        let steps = self.possible.iter().map(|seen| (*seen, step(seen, action).unwrap()));
        let steps: Vec<(Seen, (World, Said))> = steps.collect();
        self.trace.push(format!("{action:?}"));
        self.ledger.now = Timestamp::now();
        let said = match steps[0].1.1 {
            Said::Asked => Said::Asked,
            _ => self.ledger.does(action, true).await,
        };
        self.delivery.as_ref().unwrap().wake();
        let fits = steps.into_iter().filter(|(_, (_, expected))| *expected == said);
        self.possible = fits.map(|(seen, (world, _))| Seen { world, ..seen }).collect();
        assert!(!self.possible.is_empty(), "{action:?}: {said:?}");
    }

    /// Every task is dropped where it stands; a new process begins.
    async fn dies(&mut self) {
        self.trace.push("dies".to_owned());
        self.running.shutdown().await;
        self.starts(self.outside.everywhere(&self.possible)).await;
    }

    /// What is under way ends first.
    async fn stops(&mut self) {
        if self.outside.held {
            self.holds(false);
        }
        self.trace.push("stops".to_owned());
        self.stop.send_replace(true);
        let ended = tokio::time::timeout(PATIENCE, self.running.join_next()).await;
        ended.unwrap().unwrap().unwrap();
        let mut left = self.outside.everywhere(&self.possible);
        left.retain(|seen| seen.world.invitations.iter().all(|it| it.call.is_none()));
        self.starts(left).await;
    }

    async fn starts(&mut self, left: HashSet<Seen>) {
        self.ledger.now = Timestamp::now();
        self.ledger.does(Action::Start, true).await;
        let lives = |seen: Seen| {
            let dead = self.scope.next(&seen.world, Action::Crash).unwrap();
            Seen { world: self.scope.next(&dead, Action::Start).unwrap(), ..seen }
        };
        self.possible = left.into_iter().map(lives).collect();
        self.begins();
    }

    /// Waits until the rows are those of a world in which nothing more happens by itself.
    async fn settles(&mut self) {
        let mut rests = self.outside.everywhere(&self.possible);
        rests.retain(|seen| self.outside.rests(seen));
        let numbers = self.ledger.numbers();
        let expected = |seen: &Seen| audit::expected(&seen.world, numbers, None);
        let begun = Instant::now();
        loop {
            let rows = audit::rows(&mut self.ledger.conn, Timestamp::now()).await;
            let rows: Vec<String> = rows.into_iter().map(audit::without_seq).collect();
            let arrived = self.provider.received().len();
            let fits = |seen: &&Seen| seen.arrived == arrived && expected(seen) == rows;
            self.possible = rests.iter().filter(fits).copied().collect();
            if !self.possible.is_empty() {
                break;
            }
            let rests: Vec<_> = rests.iter().map(expected).collect();
            assert!(begun.elapsed() < PATIENCE, "{arrived} {rows:#?} is none of {rests:#?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.keeps_the_promises().await;
    }

    async fn keeps_the_promises(&mut self) {
        let (world, numbers) = (self.possible.iter().next().unwrap().world, self.ledger.numbers());
        let broken = audit::broken(&mut self.ledger.conn, &world, numbers).await;
        assert!(broken.is_empty(), "{broken:#?}");
        // The log of the provider itself: what it took, and what the database says of it.
        let received = self.provider.received();
        assert_eq!(self.provider.violations(), Vec::<String>::new());
        for (email, number) in self.emails.iter().zip(numbers) {
            let Some(number) = number else { continue };
            let of_it =
                received.iter().enumerate().filter(|(_, it)| it.email.as_deref() == Some(email));
            let taken = of_it.clone().filter(|(arrival, _)| self.outside.answer(*arrival).1);
            let (may_be, attempts, asked): (i64, i64, i64) = sqlx::query_as(
                "SELECT count(*) FILTER (WHERE coalesce(outcome, 'unknown') IN ('accepted', 'unknown')),
                        count(*), count(consent)
                 FROM attempts WHERE invitation = ?",
            )
            .bind(number.0)
            .fetch_one(&mut self.ledger.conn)
            .await
            .unwrap();
            let (taken, requests) = (taken.count() as i64, of_it.count() as i64);
            assert!(requests <= attempts, "I1: {requests} requests of {attempts} attempts");
            assert!(taken <= may_be, "I4: {taken} letters, of which {may_be} may be");
            assert!(taken <= 1 + asked, "{taken} letters, and {asked} were asked for");
        }
    }
}

fn walk((same, _, choices): Run, trace: &mut Vec<String>) {
    let (script, choices) = choices.split_at(SCRIPT);
    let script = script.iter().map(|choice| usize::from(*choice) % ANSWERS.len()).collect();
    block_on(async {
        let mut site = Site::new(same, script, trace).await;
        for choice in choices {
            site.step(*choice).await;
        }
        site.stops().await;
        site.settles().await;
    });
}

#[test]
fn delivery_ends_in_random_runs_where_the_model_can() {
    runs(32, SCRIPT + 5..SCRIPT + 20, walk);
}

#[test]
#[ignore = "many runs: a proof, run by .ci/run"]
fn delivery_ends_in_many_runs_where_the_model_can() {
    runs(2, SCRIPT + 5..SCRIPT + 20, walk);
}
