//! The played Telegram against the real teloxide client: what it grants, what it refuses and in
//! which words. The stories of the bot itself are told elsewhere.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stand_ins::telegram::{Action, Fault, Person, Place, PlaceKind, Telegram};
use teloxide::payloads::{
    AnswerCallbackQuerySetters, DeleteMyCommandsSetters, EditMessageTextSetters,
    GetMyCommandsSetters, GetUpdatesSetters, SendMessageSetters, SetMyCommandsSetters,
    SetWebhookSetters,
};
use teloxide::prelude::{Bot, ChatId, Request, Requester};
use teloxide::sugar::request::RequestReplyExt;
use teloxide::types::{
    AllowedUpdate, BotCommand, BotCommandScope, CallbackQuery, CallbackQueryId, ChatAction,
    InlineKeyboardButton, InlineKeyboardMarkup, MessageId, ParseMode, Recipient, Update,
    UpdateKind, UserId,
};
use teloxide::{ApiError, RequestError};

use crate::support::wait::{PATIENCE, until};

const ANNA: i64 = 2001;

fn anna() -> Person {
    Person { username: Some("anna_k".to_owned()), ..Person::new(ANNA, "Анна") }
}

fn chat() -> ChatId {
    ChatId(ANNA)
}

fn bot_of(telegram: &Telegram, token: &str) -> Bot {
    let client = teloxide::net::default_reqwest_settings().no_proxy().build().unwrap();
    Bot::with_client(token, client).set_api_url(telegram.url().parse().unwrap())
}

/// A running stand-in, a bot, and Анна, who has written «/start».
async fn met() -> (Telegram, Bot) {
    let telegram = Telegram::start().await.unwrap();
    telegram.says(&anna(), "/start");
    let bot = bot_of(&telegram, &telegram.token());
    (telegram, bot)
}

fn words<T: std::fmt::Debug>(result: Result<T, RequestError>) -> String {
    match result.unwrap_err() {
        RequestError::Api(ApiError::Unknown(words)) => words,
        RequestError::Api(known) => known.to_string(),
        other => panic!("not a refusal: {other}"),
    }
}

fn buttons(rows: &[&[(&str, &str)]]) -> InlineKeyboardMarkup {
    let button = |(label, data): &(&str, &str)| InlineKeyboardButton::callback(*label, *data);
    InlineKeyboardMarkup::new(
        rows.iter().map(|row| row.iter().map(button).collect::<Vec<_>>()).collect::<Vec<_>>(),
    )
}

async fn poll(bot: &Bot, offset: i32) -> Vec<Update> {
    let updates = bot.get_updates().offset(offset).timeout(5).send().await.unwrap();
    assert!(!updates.iter().any(|it| matches!(it.kind, UpdateKind::Error(_))), "{updates:?}");
    updates
}

async fn next_callback(bot: &Bot) -> CallbackQuery {
    let updates = poll(bot, -1).await;
    match &updates.last().unwrap().kind {
        UpdateKind::CallbackQuery(query) => query.clone(),
        other => panic!("not a press: {other:?}"),
    }
}

#[tokio::test]
async fn the_bot_learns_who_it_is() {
    let (telegram, bot) = met().await;
    let me = bot.get_me().await.unwrap();
    assert_eq!(me.username(), telegram.bot_username());
    assert!(me.user.is_bot && me.can_join_groups && !me.can_read_all_group_messages);
    assert!(telegram.token().split_once(':').unwrap().1.len() >= 35);
}

#[tokio::test]
async fn a_text_arrives_as_the_person_wrote_it() {
    let (telegram, bot) = met().await;
    telegram.says(&anna(), "1215107651");
    let updates = poll(&bot, 0).await;
    let texts: Vec<_> = updates
        .iter()
        .map(|update| match &update.kind {
            UpdateKind::Message(message) => {
                assert_eq!(message.from.as_ref().unwrap().username.as_deref(), Some("anna_k"));
                assert!(message.chat.is_private());
                message.text().unwrap()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["/start", "1215107651"]);
}

#[tokio::test]
async fn a_message_is_seen_without_its_tags() {
    let (telegram, bot) = met().await;
    let sent = bot
        .send_message(chat(), "Сервис: <b>СБИС</b> &amp; <code>770</code>\n")
        .parse_mode(ParseMode::Html)
        .reply_markup(buttons(&[
            &[("🚀 Отправить", "1:send")],
            &[("◀️ Назад", "1:b"), ("❌ Отмена", "1:c")],
        ]))
        .await
        .unwrap();
    assert_eq!(sent.text(), Some("Сервис: СБИС & 770"));

    let seen = telegram.waits_for(&anna(), "СБИС").await.unwrap();
    assert_eq!(seen.id, sent.id.0);
    assert_eq!(seen.html.as_deref(), Some("Сервис: <b>СБИС</b> &amp; <code>770</code>\n"));
    assert_eq!(
        telegram.transcript(&anna()),
        "> /start\n\nСервис: СБИС & 770\n[🚀 Отправить]\n[◀️ Назад] [❌ Отмена]"
    );
    assert!(telegram.refusals().is_empty());
}

#[tokio::test]
async fn broken_html_is_refused_in_the_servers_words() {
    let (telegram, bot) = met().await;
    let say = |text: &'static str| {
        let bot = bot.clone();
        async move { words(bot.send_message(chat(), text).parse_mode(ParseMode::Html).await) }
    };
    assert_eq!(
        say("<b>ООО").await,
        "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    );
    assert_eq!(
        say("пишите <iam@mail.ru>").await,
        "Bad Request: can't parse entities: Unsupported start tag \"iam@mail.ru\" at byte offset 13"
    );
    assert!(
        say("«Рога & Копыта»").await.starts_with("Bad Request: can't parse entities: Unescaped")
    );
    assert_eq!(telegram.chat(&anna()).len(), 1, "nothing was shown");
    assert_eq!(telegram.takes_refusals().len(), 3);
    assert!(telegram.refusals().is_empty());
}

#[tokio::test]
async fn texts_have_their_limits_after_parsing() {
    let (_telegram, bot) = met().await;
    assert_eq!(words(bot.send_message(chat(), "").await), ApiError::MessageTextIsEmpty.to_string());
    assert_eq!(
        words(bot.send_message(chat(), " \n ").await),
        "Bad Request: text must be non-empty"
    );
    let long = "щ".repeat(4097);
    assert_eq!(
        words(bot.send_message(chat(), &long).await),
        ApiError::MessageIsTooLong.to_string()
    );
    let fits = format!("<b>{}</b>", "щ".repeat(4096));
    let sent = bot.send_message(chat(), fits).parse_mode(ParseMode::Html).await.unwrap();
    assert_eq!(
        words(bot.edit_message_text(chat(), sent.id, long).await),
        ApiError::EditedMessageIsTooLong.to_string()
    );
}

#[tokio::test]
async fn button_data_has_one_to_sixty_four_bytes() {
    let (_telegram, bot) = met().await;
    let send =
        |data: String| bot.send_message(chat(), "?").reply_markup(buttons(&[&[("x", &data)]]));
    send("я".repeat(32)).await.unwrap();
    assert_eq!(words(send("я".repeat(33)).await), ApiError::ButtonDataInvalid.to_string());
    assert_eq!(
        words(send(String::new()).await),
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline \
         keyboard"
    );
}

#[tokio::test]
async fn an_edit_must_change_something_that_exists() {
    let (telegram, bot) = met().await;
    let keyboard = buttons(&[&[("Отмена", "c")]]);
    let sent = bot.send_message(chat(), "⏳").reply_markup(keyboard.clone()).await.unwrap();
    let unchanged =
        words(bot.edit_message_text(chat(), sent.id, "⏳").reply_markup(keyboard).await);
    assert_eq!(unchanged, ApiError::MessageNotModified.to_string());
    // An edit without a keyboard takes the keyboard away, which is a change.
    bot.edit_message_text(chat(), sent.id, "⏳").await.unwrap();
    bot.edit_message_text(chat(), sent.id, "✅ №1: принято").await.unwrap();
    let seen = telegram.waits_for(&anna(), "принято").await.unwrap();
    assert_eq!((seen.former, seen.buttons.len()), (vec!["⏳".to_owned()], 0));

    let missing = ApiError::MessageToEditNotFound.to_string();
    assert_eq!(words(bot.edit_message_text(chat(), MessageId(9999), "x").await), missing);
    assert_eq!(words(bot.edit_message_reply_markup(chat(), MessageId(9999)).await), missing);
    assert_eq!(
        words(bot.edit_message_reply_markup(chat(), sent.id).await),
        ApiError::MessageNotModified.to_string()
    );
    let hers = MessageId(telegram.chat(&anna()).first().unwrap().id);
    assert_eq!(
        words(bot.edit_message_text(chat(), hers, "x").await),
        ApiError::MessageCantBeEdited.to_string()
    );
}

#[tokio::test]
async fn chats_that_never_wrote_and_people_who_blocked_are_out_of_reach() {
    let (telegram, bot) = met().await;
    let stranger = ChatId(3001);
    let say = |to: ChatId| bot.send_message(to, "Здравствуйте!");
    assert_eq!(words(say(stranger).await), ApiError::ChatNotFound.to_string());

    let place =
        Place { id: -1001, kind: PlaceKind::Supergroup, title: "Продажи".to_owned() };
    telegram.says_in(&Person::new(3001, "Пётр"), &place, "/start");
    assert_eq!(
        words(say(stranger).await),
        "Forbidden: bot can't initiate conversation with a user"
    );
    say(ChatId(-1001)).await.unwrap();
    bot.leave_chat(ChatId(-1001)).await.unwrap();
    assert_eq!(
        words(say(ChatId(-1001)).await),
        "Forbidden: bot is not a member of the supergroup chat"
    );

    telegram.blocks(&anna());
    assert_eq!(words(say(chat()).await), ApiError::BotBlocked.to_string());
    assert_eq!(
        words(bot.send_chat_action(chat(), ChatAction::Typing).await),
        ApiError::BotBlocked.to_string()
    );
    telegram.unblocks(&anna());
    bot.send_chat_action(chat(), ChatAction::Typing).await.unwrap();
    assert!(telegram.is_typing(&anna()));
    say(chat()).await.unwrap();
    assert!(!telegram.is_typing(&anna()));
}

#[tokio::test]
async fn a_press_carries_its_message_and_is_answered_once() {
    let (telegram, bot) = met().await;
    let keyboard = buttons(&[&[("📑 СБИС — компания", "d1:sbis")]]);
    let sent = bot.send_message(chat(), "Куда?").reply_markup(keyboard.clone()).await.unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    telegram.on_press(Box::new(move |message, label| {
        ear.lock().unwrap().push((message.id, label.to_owned()));
    }));

    let press = telegram.presses(&anna(), "сбис").await.unwrap();
    let query = next_callback(&bot).await;
    assert_eq!(query.data.as_deref(), Some("d1:sbis"));
    let message = query.regular_message().unwrap();
    assert_eq!((message.id, message.reply_markup()), (sent.id, Some(&keyboard)));
    assert_eq!(*heard.lock().unwrap(), [(sent.id.0, "📑 СБИС — компания".to_owned())]);

    assert!(press.answered().is_none());
    let long = "щ".repeat(201);
    assert_eq!(
        words(bot.answer_callback_query(query.id.clone()).text(long).await),
        ApiError::EditedMessageIsTooLong.to_string()
    );
    bot.answer_callback_query(query.id.clone()).text("Готово").await.unwrap();
    assert_eq!(press.answer().await.unwrap().text, "Готово");
    let too_old =
        "Bad Request: query is too old and response timeout expired or query ID is invalid";
    assert_eq!(words(bot.answer_callback_query(query.id).await), too_old);
    assert_eq!(words(bot.answer_callback_query(CallbackQueryId("1".to_owned())).await), too_old);

    press.again();
    let again = next_callback(&bot).await;
    telegram.presses_expire();
    assert_eq!(words(bot.answer_callback_query(again.id).await), too_old);
}

#[tokio::test]
async fn a_forged_press_reaches_the_bot_as_it_is() {
    let (telegram, bot) = met().await;
    let sent = bot.send_message(chat(), "Куда?").await.unwrap();
    let pyotr = Person::new(3001, "Пётр");
    telegram.presses_data(&pyotr, sent.id.0, "d1:send");
    let query = next_callback(&bot).await;
    assert_eq!((query.from.id, query.data.as_deref()), (UserId(3001), Some("d1:send")));
    assert_eq!(query.regular_message().unwrap().chat.id, chat());

    telegram.presses_data(&anna(), 7, "d1:send");
    let query = next_callback(&bot).await;
    assert!(query.regular_message().is_none(), "a message that is too old");
    assert_eq!(query.message.unwrap().id(), MessageId(7));
}

#[tokio::test]
async fn an_address_behind_a_button_is_no_press() {
    let (telegram, bot) = met().await;
    let link = |url: &str| {
        let button = InlineKeyboardButton::url("Написать", url.parse().unwrap());
        bot.send_message(chat(), "?").reply_markup(InlineKeyboardMarkup::new([[button]]))
    };
    link("https://t.me/oleg").await.unwrap();
    let error = telegram.presses(&anna(), "Написать").await.err().unwrap();
    assert!(error.to_string().contains("[Написать → https://t.me/oleg]"), "{error}");
    let url = telegram.last(&anna()).unwrap().button("написать").unwrap().action.clone();
    assert_eq!(url, Action::Url("https://t.me/oleg".to_owned()));

    link(&format!("tg://user?id={ANNA}")).await.unwrap();
    telegram.hides_from_links(&anna());
    assert_eq!(
        words(link(&format!("tg://user?id={ANNA}")).await),
        "Bad Request: BUTTON_USER_PRIVACY_RESTRICTED"
    );
}

#[tokio::test]
async fn updates_stay_until_they_are_confirmed() {
    let (telegram, bot) = met().await;
    telegram.says(&anna(), "раз");
    let first = poll(&bot, 0).await;
    assert_eq!(poll(&bot, 0).await.len(), 2, "not confirmed, so told again");
    let last = i32::try_from(first.last().unwrap().id.0).unwrap();
    assert_eq!(poll(&bot, last).await.len(), 1);
    telegram.says(&anna(), "два");
    telegram.says(&anna(), "три");
    assert_eq!(poll(&bot, -1).await.len(), 1, "a negative offset counts from the end");
    assert_eq!(poll(&bot, 0).await.len(), 1, "and forgets the others");
    let updates = bot.get_updates().offset(last + 2).limit(1).await.unwrap();
    assert_eq!(updates.len(), 1);
    assert!(bot.get_updates().offset(last + 3).await.unwrap().is_empty());
    telegram.is_caught_up().await.unwrap();

    telegram.repeat_last_update();
    let again = poll(&bot, last + 3).await;
    assert_eq!(again.first().unwrap().id, updates.first().unwrap().id, "handed out twice");
}

#[tokio::test]
async fn a_long_poll_ends_when_something_happens() {
    let (telegram, bot) = met().await;
    let last = i32::try_from(poll(&bot, 0).await.last().unwrap().id.0).unwrap();
    let says = async {
        telegram.is_polled().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        telegram.says(&anna(), "раз");
    };
    let (updates, ()) = tokio::join!(poll(&bot, last + 1), says);
    assert_eq!(updates.len(), 1);
}

#[tokio::test]
async fn of_two_polls_at_once_the_older_is_ended() {
    let (telegram, bot) = met().await;
    let next = i32::try_from(poll(&bot, 0).await.last().unwrap().id.0).unwrap() + 1;
    let older = bot.get_updates().offset(next).timeout(10).send();
    let newer = async {
        // The older one has come by then.
        tokio::time::sleep(Duration::from_millis(500)).await;
        bot.get_updates().offset(next).timeout(10).send().await
    };
    let mut changes = telegram.changes();
    let says = async {
        while telegram.refusals().is_empty() {
            let next = tokio::time::timeout(PATIENCE, changes.changed()).await;
            next.expect("the older poll is told").unwrap();
        }
        telegram.says(&anna(), "раз");
    };
    let (older, newer, ()) = tokio::join!(older, newer, says);
    assert_eq!(words(older), ApiError::TerminatedByOtherGetUpdates.to_string());
    assert_eq!(newer.unwrap().len(), 1);
    assert_eq!(telegram.refusals().first().unwrap().status, 409);
}

#[tokio::test]
async fn only_kinds_that_were_asked_for_are_sent_also_later() {
    let (telegram, bot) = met().await;
    bot.get_updates().allowed_updates([AllowedUpdate::Message]).await.unwrap();
    let said = telegram.says(&anna(), "раз");
    telegram.edits(&anna(), said.id, "два");
    telegram.blocks(&anna());
    let updates = bot.get_updates().await.unwrap();
    assert_eq!(updates.len(), 2, "both messages, no edit, no block");
    assert_eq!(telegram.allowed_updates(), Some(vec!["message".to_owned()]));
    assert!(telegram.chat(&anna()).last().unwrap().is_edited());
}

#[tokio::test]
async fn every_kind_of_deed_is_readable_for_teloxide() {
    let (telegram, bot) = met().await;
    let pyotr = Person {
        last_name: Some("Сидоров".to_owned()),
        username: Some("pyotr".to_owned()),
        ..Person::new(3001, "Пётр")
    };
    let first = telegram.chat(&anna()).first().unwrap().id;
    telegram.replies(&anna(), first, "это она");
    telegram.forwards(&anna(), Some(&pyotr), "мой ИНН 1215107651");
    telegram.forwards(&anna(), None, "кто я?");
    telegram.shares_contact(&anna(), &pyotr);
    telegram.sends_sticker(&anna());
    telegram.edits(&anna(), first, "/help");
    telegram.blocks(&anna());
    let group = Place { id: -5, kind: PlaceKind::Group, title: "Продажи".to_owned() };
    telegram.says_in(&anna(), &group, "просто разговор");
    telegram.says_in(&anna(), &group, "/start");
    let channel = Place { id: -1002, kind: PlaceKind::Channel, title: "Новости".to_owned() };
    telegram.posts(&channel, "Скидки");

    let updates = poll(&bot, 0).await;
    assert_eq!(updates.len(), 10);
    let messages: Vec<_> = updates
        .iter()
        .filter_map(|update| match &update.kind {
            UpdateKind::Message(message) => Some(message),
            _ => None,
        })
        .collect();
    assert_eq!(messages[1].reply_to_message().unwrap().text(), Some("/start"));
    assert_eq!(messages[2].forward_from_user().unwrap().id, UserId(3001));
    assert!(messages[3].forward_from_user().is_none() && messages[3].forward_origin().is_some());
    assert_eq!(messages[4].contact().unwrap().user_id, Some(UserId(3001)));
    assert!(messages[5].sticker().is_some());
    assert_eq!(messages[6].text(), Some("/start"), "a plain talk in a group is not told");
    assert!(matches!(updates[6].kind, UpdateKind::EditedMessage(_)));
    assert!(matches!(updates[7].kind, UpdateKind::MyChatMember(_)));
    assert!(matches!(updates[9].kind, UpdateKind::ChannelPost(_)));
}

#[tokio::test]
async fn a_reply_needs_its_message() {
    let (telegram, bot) = met().await;
    let first = MessageId(telegram.chat(&anna()).first().unwrap().id);
    bot.send_message(chat(), "Да?").reply_to(first).await.unwrap();
    assert_eq!(telegram.last(&anna()).unwrap().reply_to, Some(first.0));
    assert_eq!(
        words(bot.send_message(chat(), "Да?").reply_to(MessageId(9999)).await),
        "Bad Request: message to be replied not found"
    );
}

#[tokio::test]
async fn command_menus_are_published_by_scope() {
    let (telegram, bot) = met().await;
    let of = |name: &str| vec![BotCommand::new(name, "Пригласить клиента")];
    let hers = || BotCommandScope::Chat { chat_id: Recipient::Id(chat()) };
    bot.set_my_commands(of("start")).await.unwrap();
    bot.set_my_commands(of("/invite")).scope(hers()).await.unwrap();
    assert_eq!(telegram.commands(&anna()).first().unwrap().command, "invite");
    assert_eq!(bot.get_my_commands().scope(hers()).await.unwrap(), of("invite"));
    bot.delete_my_commands().scope(hers()).await.unwrap();
    assert_eq!(telegram.commands(&anna()).first().unwrap().command, "start");

    let nobody = BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(3001)) };
    for (commands, scope, refusal) in [
        (of("Пригласить"), hers(), "BOT_COMMAND_INVALID"),
        (of("startNow"), hers(), "BOT_COMMAND_INVALID"),
        (of(&"a".repeat(33)), hers(), "command length must not exceed 32"),
        (vec![BotCommand::new("a", " ")], hers(), "command description must be non-empty"),
        (vec![BotCommand::new("a", "b"); 101], hers(), "BOT_COMMANDS_TOO_MUCH"),
        (of("a"), nobody, "chat not found"),
    ] {
        let refused = words(bot.set_my_commands(commands).scope(scope).await);
        assert!(refused.ends_with(refusal), "{refused} instead of {refusal}");
    }
}

#[tokio::test]
async fn the_webhook_is_off_and_can_be_deleted_again() {
    let (telegram, bot) = met().await;
    let info = bot.get_webhook_info().await.unwrap();
    assert_eq!((info.url, info.pending_update_count), (None, 1));
    bot.delete_webhook().await.unwrap();
    assert_eq!(telegram.pending_updates(), 1);
}

#[tokio::test]
async fn beside_a_webhook_nobody_polls() {
    let (telegram, bot) = met().await;
    let there = url::Url::parse("http://127.0.0.1:9/hook").unwrap();
    bot.set_webhook(there.clone()).secret_token("abc".to_owned()).await.unwrap();
    let refused = words(bot.get_updates().await);
    assert!(refused.starts_with("Conflict: can't use getUpdates"), "{refused}");
    let info = bot.get_webhook_info().await.unwrap();
    assert_eq!((info.url, info.pending_update_count), (Some(there), 1));
    let fails = async || bot.get_webhook_info().await.unwrap().last_error_message.is_some();
    assert!(until(fails).await, "nobody listens there");
    for (url, secret) in [("http://bot.example/", "abc"), ("https://bot.example/", "a b")] {
        let set = bot.set_webhook(url.parse().unwrap()).secret_token(secret.to_owned());
        assert!(words(set.await).starts_with("Bad Request"), "{url} {secret}");
    }
    bot.delete_webhook().await.unwrap();
    assert_eq!(bot.get_updates().await.unwrap().len(), 1, "nothing is lost");
    assert_eq!(telegram.takes_refusals().len(), 3);
}

#[tokio::test]
async fn wrong_tokens_methods_and_parameters_are_refused() {
    let (telegram, bot) = met().await;
    let stranger = bot_of(&telegram, "7000000001:wrong");
    assert!(matches!(stranger.get_me().await, Err(RequestError::Api(ApiError::InvalidToken))));
    assert_eq!(words(bot.log_out().await), "Not Found: method not found");
    assert_eq!(
        words(bot.send_message(chat(), "x").allow_paid_broadcast(true).await),
        "Bad Request: unknown parameter \"allow_paid_broadcast\""
    );
    let statuses: Vec<_> = telegram.refusals().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [401, 404, 400]);
}

#[tokio::test]
async fn names_of_methods_and_kinds_of_bodies_are_free() {
    let (telegram, _bot) = met().await;
    let client = teloxide::net::default_reqwest_settings().no_proxy().build().unwrap();
    let url = |method: &str| format!("{}/bot{}/{method}", telegram.url(), telegram.token());
    let form =
        [("chat_id", "2001"), ("text", "форма"), ("reply_markup", r#"{"inline_keyboard":[]}"#)];
    let sent = client
        .post(url("SENDMESSAGE"))
        .body(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish());
    let sent =
        sent.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let parts = "--b\r\ncontent-disposition: form-data; name=\"chat_id\"\r\n\r\n2001\r\n--b\r\n\
                 content-disposition: form-data; name=\"text\"\r\n\r\nчасти\r\n--b--\r\n";
    let sent = client
        .post(url("sendMessage"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(parts)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    let sent = client.get(url("sendmessage") + "?chat_id=2001&text=query").send().await.unwrap();
    assert_eq!(sent.status(), 200);
    assert_eq!(telegram.transcript(&anna()), "> /start\n\nформа\n\nчасти\n\nquery");
}

#[tokio::test]
async fn ordered_faults_come_once_each_and_are_no_refusals() {
    let (telegram, bot) = met().await;
    telegram.fails("sendMessage", 1, Fault::RetryAfter { seconds: 3 });
    telegram.fails("sendMessage", 1, Fault::Garbage);
    let description = "Bad Request: chat is tired".to_owned();
    telegram.fails("sendMessage", 1, Fault::Refuse { status: 400, description });
    telegram.fails("SendMessage", 1, Fault::AnswerLost);
    let say = || bot.send_message(chat(), "Раз");
    assert!(matches!(say().await, Err(RequestError::RetryAfter(it)) if it.seconds() == 3));
    assert!(matches!(say().await, Err(RequestError::InvalidJson { .. })));
    assert_eq!(words(say().await), "Bad Request: chat is tired");
    assert_eq!(telegram.chat(&anna()).len(), 1);
    tokio::select! {
        answer = say().send() => panic!("{answer:?}"),
        done = until(async || telegram.chat(&anna()).len() == 2) => {
            assert!(done, "it was done all the same");
        }
    }
    say().await.unwrap();
    assert!(telegram.refusals().is_empty());
    let asked: Vec<_> = telegram.requests().iter().map(|it| it.method.clone()).collect();
    assert_eq!(asked, ["SendMessage"; 5]);
}

#[tokio::test]
async fn an_outage_cuts_a_running_poll_and_ends_on_the_same_address() {
    let (telegram, bot) = met().await;
    let next = i32::try_from(poll(&bot, 0).await.last().unwrap().id.0).unwrap() + 1;
    let outage = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        telegram.goes_down().await;
    };
    let (cut, ()) = tokio::join!(bot.get_updates().offset(next).timeout(10).send(), outage);
    assert!(matches!(cut, Err(RequestError::Network(_))), "{cut:?}");
    assert!(matches!(bot.get_me().await, Err(RequestError::Network(_))));
    telegram.says(&anna(), "есть кто?");
    telegram.comes_back().await.unwrap();
    assert_eq!(poll(&bot, next).await.len(), 1, "what was said meanwhile waits");
}

#[tokio::test]
async fn waiting_in_vain_shows_the_chat() {
    let telegram = Telegram::start().await.unwrap();
    telegram.gives_up_after(Duration::from_millis(20));
    telegram.says(&anna(), "/start");
    let error = telegram.waits_for(&anna(), "Здравствуйте").await.unwrap_err();
    assert!(error.to_string().contains("«Здравствуйте»") && error.to_string().contains("> /start"));
}
