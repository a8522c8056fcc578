//! The plain bot: the same conversation, written as teloxide's examples are. Dialogues lie in
//! teloxide's own storage; updates are not kept, so what is being handled dies with the process.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _};
use teloxide::dispatching::dialogue::serializer::Json;
use teloxide::dispatching::dialogue::{self, ErasedStorage, InMemStorage, SqliteStorage, Storage};
use teloxide::dispatching::{UpdateFilterExt as _, UpdateHandler};
use teloxide::prelude::*;
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};
use teloxide::utils::command::BotCommands;

#[derive(Args)]
pub struct Naive {
    /// The file of the dialogues; without it they are kept in memory.
    #[arg(long)]
    database: Option<PathBuf>,
    /// Puts the file in WAL mode first, which stays with it.
    #[arg(long)]
    wal: bool,
    /// The address of the Bot API and of the provider.
    #[arg(long)]
    url: reqwest::Url,
    #[arg(long)]
    token: String,
}

#[derive(Clone, Default, Serialize, Deserialize)]
enum State {
    #[default]
    Start,
    ReceiveProvider,
    ReceiveEmail,
    Confirm {
        email: String,
    },
}

#[derive(Clone, BotCommands)]
#[command(rename_rule = "lowercase")]
enum Command {
    Invite,
}

#[derive(Clone)]
struct Provider {
    client: reqwest::Client,
    url: reqwest::Url,
}

type Sessions = ErasedStorage<State>;
type MyDialogue = Dialogue<State, Sessions>;
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Handled = Result<(), Failure>;

pub async fn run(naive: Naive) -> anyhow::Result<()> {
    let bot = Bot::new(naive.token).set_api_url(naive.url.clone());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
    let provider = Provider { client, url: naive.url.join("v3/notification/api/invite")? };
    let sessions = match naive.database {
        // It takes no pragmas: `synchronous` stays SQLite's own, FULL, and the journal is that of
        // the file.
        Some(path) => {
            if naive.wal {
                let file = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
                file.journal_mode(SqliteJournalMode::Wal).connect().await?.close().await?;
            }
            SqliteStorage::open(&path.to_string_lossy(), Json).await?.erase()
        }
        None => InMemStorage::<State>::new().erase(),
    };
    Dispatcher::builder(bot, schema())
        .dependencies(dptree::deps![sessions, provider])
        .enable_ctrlc_handler()
        .build()
        .dispatch()
        .await;
    Ok(())
}

fn schema() -> UpdateHandler<Failure> {
    use dptree::case;

    let messages = Update::filter_message()
        .branch(
            dptree::entry()
                .filter_command::<Command>()
                .branch(case![Command::Invite].endpoint(start)),
        )
        .branch(case![State::ReceiveEmail].endpoint(receive_email));
    let presses = Update::filter_callback_query()
        .branch(case![State::ReceiveProvider].endpoint(receive_provider))
        .branch(case![State::Confirm { email }].endpoint(send));
    dialogue::enter::<Update, Sessions, State, _>().branch(messages).branch(presses)
}

fn keyboard(label: &str, data: &str) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [InlineKeyboardButton::callback(label, data)],
        [InlineKeyboardButton::callback("Отмена", "cancel")],
    ])
}

async fn start(bot: Bot, dialogue: MyDialogue, message: Message) -> Handled {
    bot.send_message(message.chat.id, "Куда приглашаем?")
        .reply_markup(keyboard("Invoicebox", "invoicebox"))
        .await?;
    dialogue.update(State::ReceiveProvider).await?;
    Ok(())
}

async fn receive_provider(bot: Bot, dialogue: MyDialogue, press: CallbackQuery) -> Handled {
    bot.answer_callback_query(press.id.clone()).await?;
    if let Some(message) = press.regular_message() {
        bot.edit_message_text(
            message.chat.id,
            message.id,
            "На какой e-mail отправить приглашение?",
        )
        .await?;
    }
    dialogue.update(State::ReceiveEmail).await?;
    Ok(())
}

async fn receive_email(bot: Bot, dialogue: MyDialogue, message: Message) -> Handled {
    match message.text().filter(|text| text.contains('@')) {
        Some(email) => {
            let summary = format!("Проверьте перед отправкой\nСервис: Invoicebox\nE-mail: {email}");
            bot.send_message(message.chat.id, summary)
                .reply_markup(keyboard("Отправить", "send"))
                .await?;
            dialogue.update(State::Confirm { email: email.to_owned() }).await?;
        }
        None => {
            bot.send_message(message.chat.id, "Это не похоже на адрес.").await?;
        }
    }
    Ok(())
}

async fn send(
    bot: Bot,
    dialogue: MyDialogue,
    email: String,
    press: CallbackQuery,
    provider: Provider,
) -> Handled {
    bot.answer_callback_query(press.id.clone()).await?;
    let body = json!({ "identifier": email, "type": "email", "partnerId": crate::PARTNER_ID });
    let answer = provider.client.post(provider.url).json(&body).send().await?;
    let word = if answer.status().is_success() { "принято" } else { "отказ" };
    if let Some(message) = press.regular_message() {
        let text = format!("{email}: {word} сервисом Invoicebox");
        bot.edit_message_text(message.chat.id, message.id, text).await?;
    }
    dialogue.exit().await?;
    Ok(())
}
