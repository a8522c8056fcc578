//! The stand-in as those who play on it hold it: its address, what goes wrong, what was asked.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::identity;
use super::message::Person;
use super::queue::HookFault;
use super::server::Server;
use super::state::{Fault, Limit, Refusal, Request};
use super::world::{OnPress, World, lock};

/// A stand-in of Telegram. Clones are handles to the same one; the last handle stops the server.
#[derive(Clone)]
pub struct Telegram {
    pub(super) world: Arc<World>,
    server: Arc<Server>,
}

impl Telegram {
    /// Starts a stand-in on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<Self> {
        let world = Arc::new(World::new());
        let server = Arc::new(Server::start(Arc::clone(&world)).await?);
        Ok(Self { world, server })
    }

    /// The base address, for `TELOXIDE_API_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The only token that is accepted, of the shape of a real one.
    pub fn token(&self) -> String {
        identity::TOKEN.to_owned()
    }

    /// The bot's username, without `@`.
    pub fn bot_username(&self) -> &'static str {
        identity::BOT_USERNAME
    }

    /// The name that people see above the chat.
    pub fn bot_name(&self) -> &'static str {
        identity::BOT_NAME
    }

    /// An outage: every connection is cut and new ones are refused, until [`Self::comes_back`].
    pub async fn goes_down(&self) {
        self.server.stop().await;
    }

    /// The end of an outage: the same port answers again, nothing is forgotten.
    ///
    /// # Errors
    /// When the port has been taken by somebody else meanwhile.
    pub async fn comes_back(&self) -> io::Result<()> {
        self.server.serve(Arc::clone(&self.world)).await
    }

    /// The next `times` calls of `method` (any case) go wrong as told; faults queue up.
    pub fn fails(&self, method: &str, times: usize, fault: Fault) {
        let method = method.to_ascii_lowercase();
        self.world.change(|state| {
            state.faults.extend(std::iter::repeat_n((method, fault), times));
        });
    }

    /// Every request but `getUpdates` goes wrong like this from now on, until [`Self::mends`].
    pub fn breaks(&self, fault: Fault) {
        self.world.change(|state| state.broken = Some(fault));
    }

    /// The end of [`Self::breaks`].
    pub fn mends(&self) {
        self.world.change(|state| state.broken = None);
    }

    /// The next request to the private chat with a person is answered 429, and every other one for
    /// so long after it; that the bot asks before the time it was told is over, is a refusal.
    pub fn limits(&self, person: &Person, seconds: u32) {
        let lasts = Duration::from_secs(seconds.into());
        self.world.change(|state| {
            state.chat_with(person).limit = Some(Limit { lasts, since: None });
        });
    }

    /// Nothing that was ordered with [`Self::fails`] goes wrong any more.
    pub fn forgets_faults(&self) {
        self.world.change(|state| state.faults.clear());
    }

    /// What was refused because the bot asked for something that Telegram does not grant, oldest
    /// first. Faults that were ordered with [`Self::fails`] are not among them.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.world.state().refusals.clone()
    }

    /// Takes the refusals out, so that a test can expect some and then assert that no more came.
    pub fn takes_refusals(&self) -> Vec<Refusal> {
        std::mem::take(&mut self.world.state().refusals)
    }

    /// Every request but `getUpdates`, oldest first, with its parameters and its answer.
    pub fn requests(&self) -> Vec<Request> {
        self.world.state().requests.iter().cloned().collect()
    }

    /// The update kinds that the bot asked for in `getUpdates`; `None` before it named any.
    pub fn allowed_updates(&self) -> Option<Vec<String>> {
        self.world.state().queue.allowed()
    }

    /// How many updates the bot has not confirmed yet.
    pub fn pending_updates(&self) -> usize {
        self.world.state().queue.pending()
    }

    /// The ids of the updates that the bot has confirmed, oldest first: they are forgotten here.
    pub fn confirmed_updates(&self) -> Vec<i64> {
        self.world.state().queue.confirmed()
    }

    /// Hands the newest update out once more, under the id it had, as happens when a confirmation
    /// is lost.
    pub fn repeat_last_update(&self) {
        self.world.change(|state| state.queue.repeat_last());
    }

    /// Hands this out as one more update, whatever it is.
    pub fn hands_out(&self, json: &str) {
        self.world.change(|state| state.queue.hand_out(json));
    }

    /// From the next update on, ids count from here, as they do after a quiet week.
    pub fn restarts_ids_at(&self, first: i64) {
        self.world.change(|state| state.queue.restart_ids(first));
    }

    /// From now on new updates come in any order, with old ones among them.
    pub fn muddles_updates(&self, seed: u64) {
        self.world.change(|state| state.queue.muddle(seed));
    }

    /// Where updates are posted, if a webhook is set.
    pub fn webhook(&self) -> Option<String> {
        self.world.state().queue.webhook.as_ref().map(|webhook| webhook.url.clone())
    }

    /// The secret that comes with each post.
    pub fn webhook_secret(&self) -> Option<String> {
        self.world.state().queue.webhook.as_ref()?.secret.clone()
    }

    /// The next `times` posts arrive, but their answers are lost: they are made again.
    pub fn loses_answers_of_the_webhook(&self, times: usize) {
        self.spoils_posts(times, HookFault::AnswerLost);
    }

    /// After the next `times` posts the line is cut at once: they are made again.
    pub fn hangs_up_on_the_webhook(&self, times: usize) {
        self.spoils_posts(times, HookFault::HangUp);
    }

    fn spoils_posts(&self, times: usize, fault: HookFault) {
        let faults = std::iter::repeat_n(fault, times);
        self.world.change(|state| state.queue.hook_faults.extend(faults));
    }

    /// From now on answers say what time it is, by a clock that is so many seconds ahead.
    pub fn clock_is_ahead_by(&self, seconds: i64) {
        self.world.change(|state| state.clock = Some(seconds));
    }

    /// Calls `hook` before each press is queued for the bot. The newest hook replaces the older.
    pub fn on_press(&self, hook: OnPress) {
        *lock(&self.world.on_press) = Some(Arc::new(hook));
    }

    /// A number that grows with everything that happens.
    pub fn version(&self) -> u64 {
        self.world.state().version
    }

    /// Tells the version whenever it grows.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.version.subscribe()
    }
}
