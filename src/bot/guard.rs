//! Guards the handler tree: a panic, or a handler that never ends, costs one try of one update. In
//! teloxide it would end or block the worker of the chat, and a panic at last the dispatcher.

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use teloxide::dispatching::{DpHandlerDescription, UpdateHandler};
use teloxide::dptree::{self, Handler};
use teloxide::prelude::*;
use teloxide::types::UpdateKind;

use super::client::TelegramClient;
use super::inbox::{Begun, Inbox};
use super::{Context, outbox, parse, render};
use crate::screens::{self, home};
use crate::store::StoreError;

const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);

pub fn guard(tree: UpdateHandler<anyhow::Error>) -> UpdateHandler<anyhow::Error> {
    guard_for(tree, HANDLER_TIMEOUT)
}

fn guard_for(
    tree: Handler<'static, Result<(), anyhow::Error>, DpHandlerDescription>,
    limit: Duration,
) -> UpdateHandler<anyhow::Error> {
    let (description, sig) = (tree.description().clone(), tree.sig().clone());
    dptree::from_fn_with_description(
        description,
        move |deps: DependencyMap, _| {
            let tree = tree.clone();
            async move {
                run(tree, limit, deps).await;
                ControlFlow::Break(Ok(()))
            }
        },
        sig,
    )
}

async fn run(
    tree: Handler<'static, Result<(), anyhow::Error>, DpHandlerDescription>,
    limit: Duration,
    deps: DependencyMap,
) {
    let update: Arc<Update> = deps.get();
    let client: Arc<TelegramClient> = deps.get();
    let context: Arc<Arc<Context>> = deps.get();
    let inbox: Arc<Arc<Inbox>> = deps.get();
    match inbox.begin(&update).await {
        Begun::Go => {}
        Begun::GaveUp => return apologise(&client, &context, &update).await,
        Begun::MustWait => return say_delayed(&client, &context, &update).await,
        Begun::No => return,
    }
    let work = AssertUnwindSafe(tree.dispatch(deps)).catch_unwind();
    let failure = match tokio::time::timeout(limit, work).await {
        // No branch takes it: the update is of a kind that was not asked for.
        Ok(Ok(ControlFlow::Break(Ok(())) | ControlFlow::Continue(_))) => {
            return inbox.done(&update).await;
        }
        Ok(Ok(ControlFlow::Break(Err(error)))) => {
            let disk = error.chain().find_map(disk_error);
            match disk.map(|error| inbox.broken_off(&update, error)) {
                Some(true) => return say_delayed(&client, &context, &update).await,
                Some(false) => return,
                None => format!("{error:#}"),
            }
        }
        Ok(Err(_)) => "it panicked".to_owned(),
        Err(_) => "it took too long".to_owned(),
    };
    if inbox.failed(&update, &failure).await {
        apologise(&client, &context, &update).await;
    }
}

fn disk_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a StoreError> {
    cause.downcast_ref().filter(|error: &&StoreError| error.is_of_the_disk())
}

async fn apologise(client: &TelegramClient, context: &Context, update: &Update) {
    let Some(person) = listed(context, update).await else { return };
    match &update.kind {
        UpdateKind::CallbackQuery(query) => {
            render::answer(client, person, &query.id, Some(screens::FAILED_TOAST)).await;
        }
        UpdateKind::Message(message) | UpdateKind::EditedMessage(message)
            if message.chat.is_private() =>
        {
            render::say(client, message.chat.id, &home::bot_failed(), None).await.ok();
        }
        _ => {}
    }
}

/// Says that the answer takes a while.
async fn say_delayed(client: &TelegramClient, context: &Context, update: &Update) {
    if update.chat().is_some_and(|chat| chat.is_private())
        && let Some(person) = listed(context, update).await
    {
        render::say(client, person, &home::cannot_store(), None).await.ok();
    }
}

/// `None`: the sender is not on the list and must learn nothing.
async fn listed(context: &Context, update: &Update) -> Option<ChatId> {
    let person = update.from().and_then(parse::person)?;
    let is_listed = matches!(outbox::is_listed(context, person.id).await, Ok(true));
    is_listed.then_some(ChatId(person.id.get()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI32, Ordering};

    use futures::StreamExt;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use teloxide::update_listeners::AsUpdateStream;
    use tokio::net::TcpListener;
    use tokio::sync::Notify;
    use tokio::task::JoinSet;

    use super::super::Telegram;
    use super::super::inbox::Listener;
    use super::*;
    use crate::delivery::{Delivery, Limits, RetryPolicy};
    use crate::directory::{Directory, Timings};
    use crate::domain::PersonId;
    use crate::door::Shut;
    use crate::providers::Providers;
    use crate::store::{Actor, Change, Received, Store, Try};

    fn said(update: i64, chat: i64, text: &str) -> String {
        format!(
            r#"{{"update_id":{update},"message":{{"message_id":1,"date":1,
                "chat":{{"id":{chat},"type":"private","first_name":"Анна"}},
                "from":{{"id":{chat},"is_bot":false,"first_name":"Анна"}},"text":"{text}"}}}}"#
        )
    }

    /// What teloxide's dispatcher does with the updates that the listener hands it, for a tree
    /// that notes what was said, or fails as it is told.
    struct Bench {
        _folder: tempfile::TempDir,
        store: Store,
        inbox: Arc<Inbox>,
        context: Arc<Context>,
        heard: Arc<Mutex<Vec<String>>>,
        /// How often there will be no room on the disk to do what «write» asks for.
        no_room: Arc<AtomicI32>,
        /// Where the bot sends to; nobody answers, but apologies can be counted.
        telegram: TcpListener,
    }

    impl Bench {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&folder.path().join("test.db")).await.unwrap();
            let telegram = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let inbox = Arc::new(Inbox::new(store.clone()));
            let context = Arc::new(idle(&store));
            let (heard, no_room) = (Arc::default(), Arc::default());
            Self { _folder: folder, store, inbox, context, heard, no_room, telegram }
        }

        async fn receive(&self, texts: &[(i64, i64, &str)]) {
            let batch: Vec<Received> = texts
                .iter()
                .map(|&(update, chat, text)| Received {
                    update,
                    chat,
                    raw: said(update, chat, text),
                })
                .collect();
            self.inbox.receive(&batch).await.unwrap();
        }

        fn tree(&self) -> UpdateHandler<anyhow::Error> {
            let (heard, room) = (self.heard.clone(), self.no_room.clone());
            let tree = Update::filter_message().endpoint(move |message: Message| {
                let (heard, room) = (heard.clone(), room.clone());
                async move {
                    let text = message.text().unwrap().to_owned();
                    heard.lock().unwrap().push(text.clone());
                    match text.as_str() {
                        "panic" => panic!("on purpose"),
                        "fail" => anyhow::bail!("on purpose"),
                        "hang" => std::future::pending().await,
                        "write" if room.fetch_sub(1, Ordering::Relaxed) > 0 => {
                            let full = io::Error::from(io::ErrorKind::StorageFull);
                            let full = StoreError::from(Shut::Mark(Arc::new(full)));
                            Err(anyhow::Error::new(full).context("a turn"))
                        }
                        _ => Ok(()),
                    }
                }
            });
            guard_for(tree, Duration::from_millis(50))
        }

        /// Runs until nothing is left to do; how many apologies were sent.
        async fn runs(&self) -> usize {
            let url = format!("http://{}", self.telegram.local_addr().unwrap());
            let api_url = Some(url.parse().unwrap());
            let telegram = Telegram { api_url, ..Telegram::of("1:x") };
            let client = TelegramClient::new(&telegram, self.store.door().clone()).unwrap();
            let mut listener = Listener::new(self.inbox.clone());
            let mut updates = listener.as_stream();
            let mut work = JoinSet::new();
            let mut apologies = 0;
            while !self.store.undone().await.unwrap().is_empty() || !work.is_empty() {
                tokio::select! {
                    Some(Ok(update)) = updates.next() => {
                        let (tree, client) = (self.tree(), client.clone());
                        let (context, inbox) = (self.context.clone(), self.inbox.clone());
                        work.spawn(async move {
                            let deps = dptree::deps![update, client, context, inbox];
                            let ended = tree.dispatch(deps).await;
                            assert!(matches!(ended, ControlFlow::Break(Ok(()))));
                        });
                    }
                    Some(ended) = work.join_next() => ended.unwrap(),
                    Ok((client, _)) = self.telegram.accept() => {
                        apologies += 1;
                        drop(client);
                    }
                    () = tokio::time::sleep(Duration::from_millis(100)) => {}
                }
            }
            apologies
        }

        fn heard(&self) -> Vec<String> {
            self.heard.lock().unwrap().clone()
        }
    }

    /// A shell in which nothing is sent; who writes from the chats 5 to 8 is on the list.
    fn idle(store: &Store) -> Context {
        let providers = Arc::new(Providers::new(HANDLER_TIMEOUT, None, None).unwrap());
        let limits = Limits { concurrency: 1, invoicebox_per_minute: 0, sbis_per_minute: 0 };
        let delivery = Delivery::new(store.clone(), providers, RetryPolicy::default(), limits);
        let directory = Directory::new(store.clone(), Timings::default(), None, None).unwrap();
        let listed: BTreeSet<_> = (5..=8).filter_map(PersonId::new).collect();
        let to_tell = Arc::new(Notify::new());
        let rules = crate::domain::OfficeRules::default();
        Context::new(
            store.clone(),
            delivery,
            directory,
            to_tell,
            listed,
            None,
            TimeZone::UTC,
            rules,
        )
    }

    #[tokio::test]
    async fn a_stranger_is_not_even_told_that_something_failed() {
        let bench = Bench::new().await;
        bench.receive(&[(1, 9, "panic"), (2, 5, "panic")]).await;
        assert_eq!(bench.runs().await, 1, "to the one who is on the list");
    }

    #[tokio::test]
    async fn a_poison_update_is_tried_three_times_and_silences_nobody() {
        let bench = Bench::new().await;
        bench.receive(&[(1, 5, "panic"), (2, 6, "fail"), (3, 7, "hang"), (4, 8, "other")]).await;
        bench.receive(&[(5, 5, "after"), (6, 6, "after"), (7, 7, "after")]).await;
        assert_eq!(bench.runs().await, 3, "one apology each, at the last try");
        let heard = bench.heard();
        for poison in ["panic", "fail", "hang", "after"] {
            assert_eq!(heard.iter().filter(|text| *text == poison).count(), 3, "{heard:?}");
        }
        let other = heard.iter().position(|text| text == "other").unwrap();
        assert!(other <= 3, "another chat does not wait: {heard:?}");
        let after = heard.iter().position(|text| text == "after").unwrap();
        assert!(after >= 8, "in its own chat the order is kept: {heard:?}");
    }

    #[tokio::test]
    async fn an_update_outlasts_a_disk_on_which_there_is_no_room() {
        let bench = Bench::new().await;
        bench.no_room.store(3, Ordering::Relaxed);
        bench.receive(&[(1, 5, "write"), (2, 5, "after")]).await;
        assert_eq!(bench.runs().await, 1, "who waits for long is told so once");
        assert_eq!(bench.heard().join(" "), "write write write write after");
        assert!(bench.store.raw_update(1).await.unwrap().is_none(), "nothing was given up");
    }

    #[tokio::test]
    async fn an_update_that_ends_the_program_is_given_up_after_three_starts() {
        let bench = Bench::new().await;
        let raw = said(1, 5, "poison");
        let apply = async |change| {
            let applied = bench.store.apply(Actor::Program, Timestamp::now(), &[change]).await;
            applied.unwrap()
        };
        apply(Change::Receive(vec![Received { update: 1, chat: 5, raw }])).await;
        // Three processes that began with it and were never heard of again, but for the first, which
        // had no reason to count.
        for _ in 0..3 {
            assert_eq!(apply(Change::BeginTry(1)).await.begun, Some(Try::Go));
        }
        bench.inbox.load().await.unwrap();
        assert_eq!(bench.runs().await, 1, "the person is told");
        assert_eq!(bench.heard(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_no_branch_takes_is_done() {
        let bench = Bench::new().await;
        let raw = r#"{"update_id":1,"poll":{"id":"1","question":"?","options":[],
            "total_voter_count":0,"is_closed":true,"is_anonymous":true,"type":"regular",
            "allows_multiple_answers":false}}"#;
        let update: Update = serde_json::from_str(raw).unwrap();
        assert!(matches!(update.kind, UpdateKind::Poll(_)));
        bench.inbox.receive(&[Received { update: 1, chat: 0, raw: raw.into() }]).await.unwrap();
        bench.receive(&[(2, 5, "after")]).await;
        assert_eq!(bench.runs().await, 0);
        assert_eq!(bench.heard(), ["after"]);
    }

    #[tokio::test]
    async fn what_teloxide_cannot_read_is_parked_and_kept() {
        let bench = Bench::new().await;
        let raw = |update| format!(r#"{{"update_id":{update},"message":{{"chat":{{"id":5}}}}}}"#);
        let huge = i64::from(u32::MAX) + 1;
        let batch = [1, huge].map(|update| Received { update, chat: 5, raw: raw(update) });
        bench.inbox.receive(&batch).await.unwrap();
        bench.receive(&[(2, 5, "after")]).await;
        assert_eq!(bench.runs().await, 0);
        assert_eq!(bench.heard(), ["after"]);
    }
}
