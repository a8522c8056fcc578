//! Commands as people write them: nothing beside one is dropped in silence.

use crate::support::people::Client;
use crate::support::world::World;

#[tokio::test]
async fn what_does_not_fit_a_command_is_refused_as_a_whole() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    anna.asks("/start", "Здравствуйте").await;
    oleg.asks("/start", "Здравствуйте").await;
    let before = world.everything().await;
    for (command, told) in [
        ("/allow 3 000 000 003 Пётр", "Не понял до конца"),
        ("/allow 3000000003 админ Пётр", "Не понял до конца"),
        ("/allow Пётр 3000000003", "Нужен числовой id"),
        ("/revoke 3 000 000 003", "Нужен числовой id"),
        ("/revoke 3000000003 Пётр", "Нужен числовой id"),
        ("/staff 3 000 000 003", "Лимит — целое число"),
        ("/staff 3000000003 30 штук", "Лимит — целое число"),
        ("/staff Пётр", "По имени «Пётр» никого не нашёл"),
        ("/stoplist удалить x", "Ничего не внесено"),
        ("/stoplist ИНН", "Ничего не внесено"),
        ("/status Ромашка", "Такого приглашения нет"),
        ("/cancel №3", "Ничего не сделано"),
    ] {
        let answer = oleg.asks(command, told).await;
        assert!(!answer.text.contains("Доступ открыт"), "{command}: {}", answer.text);
    }
    world.unchanged(&before).await;
}

#[tokio::test]
async fn words_after_a_command_count_as_they_do_elsewhere() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    for words in ["/status <iam@mail.ru>", "/status почта: iam@mail.ru"] {
        anna.asks(words, "№1").await;
    }
    anna.asks("№1", "№1 · ").await;
    anna.asks("№ 1", "№1 · ").await;
    anna.asks("№7", "Такого приглашения нет").await;
    anna.asks("№ 12, ИНН/КПП 1215107651/121501001", "Куда приглашаем").await;
    anna.presses("Отмена").await;
    anna.asks("/invite ИНН/КПП 1215107651/121501001, sad@mail.ru", "Куда приглашаем").await;
    anna.presses("Отмена").await;
    anna.asks("/statsu", "Возможно, /status?").await;
    anna.asks("/xyzzy", "Все команды — /help").await;
    oleg.asks("/staff анна", "Анна").await;
    oleg.asks("/stoplist ИНН: 7707083893 просили", "7707083893").await;
}

#[tokio::test]
async fn anna_goes_back_by_a_word() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.asks("назад", "Здесь нужно нажать кнопку").await;
    anna.presses("СБИС").await;
    anna.asks("1215107651", "КПП").await;
    anna.asks("назад", "ИНН").await;
    anna.asks("Назад.", "Куда приглашаем").await;
}
