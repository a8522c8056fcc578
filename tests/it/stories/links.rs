//! A link that Олег sends lets a new colleague in.

use stand_ins::telegram::{Action, Message, Person};

use crate::support::people::Someone;
use crate::support::world::World;

fn pyotr(world: &World) -> Someone {
    world.person(Person::new(1020, "Пётр"))
}

/// Makes a link with these buttons pressed before; the word after `/start`.
async fn makes(oleg: &Someone, changes: &[&str]) -> String {
    oleg.asks("/link", "Ссылка сотруднику").await;
    for change in changes {
        oleg.presses(change).await;
        oleg.sees("Ссылка сотруднику").await;
    }
    oleg.presses("Создать ссылку").await;
    word_of(&oleg.sees("Ссылка готова").await)
}

/// What its button copies.
fn word_of(made: &Message) -> String {
    let copied = made.buttons.iter().flatten().find_map(|it| match &it.action {
        Action::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let link = copied.expect("a button that copies the link");
    let (bot, word) = link.split_once("?start=").expect("a deep link");
    assert!(bot.starts_with("https://t.me/"), "{bot}");
    word.to_owned()
}

async fn opens(who: &Someone, word: &str, part: &str) -> Message {
    who.asks(&format!("/start {word}"), part).await
}

#[tokio::test]
async fn a_new_colleague_comes_in_by_a_link_and_oleg_is_told() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let word = makes(&oleg, &[]).await;
    assert!(word.starts_with("j_") && word.len() == 34, "{word}");
    opens(&pyotr, &word, "Вам открыт доступ, роль: сотрудник").await;
    oleg.sees("По вашей ссылке вошёл человек: Пётр, id 1020, сотрудник").await;
    pyotr.asks("/start", "Здравствуйте, Пётр!").await;
    pyotr.asks("/help", "/invite").await;

    // It was for one.
    let other = world.person(Person::new(1021, "Чужой"));
    opens(&other, &word, "По ней уже вошли все").await;
    assert_eq!(world.rows("SELECT name FROM people WHERE id = 1021").await, Vec::<String>::new());
    // Whoever is in already loses nothing.
    opens(&pyotr, &word, "У вас уже есть доступ").await;
}

#[tokio::test]
async fn a_link_gives_the_role_and_the_limit_that_oleg_chose() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let word =
        makes(&oleg, &["Роль: сотрудник", "Лимит: как в настройках", "Сколько человек: 1"]).await;
    opens(&pyotr, &word, "роль: старший").await;
    assert_eq!(
        world.rows("SELECT role || ' ' || day_limit FROM people WHERE id = 1020").await,
        ["senior 10"]
    );
    oleg.asks("/link", "Ссылка сотруднику").await;
    oleg.presses("Действующие").await;
    oleg.sees("1 из 5 · старший · 10 в день · Олег").await;
}

#[tokio::test]
async fn a_link_that_was_revoked_or_replaced_says_so_to_its_holder_alone() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let revoked = makes(&oleg, &[]).await;
    oleg.presses("Действующие").await;
    oleg.sees("0 из 1").await;
    oleg.presses("Отозвать 1").await;
    oleg.sees("Их нет").await;
    opens(&pyotr, &revoked, "Ссылку отозвали").await;

    let replaced = makes(&oleg, &[]).await;
    oleg.presses("Действующие").await;
    oleg.presses("Заменить 1").await;
    let new = word_of(&oleg.sees("Ссылка готова").await);
    let other = world.person(Person::new(1022, "Вера"));
    opens(&other, &replaced, "Ссылку заменили новой").await;

    // One digit away there is nothing: not a word more than to any stranger.
    let wrong = match new.strip_suffix('0') {
        Some(rest) => format!("{rest}1"),
        None => format!("{}0", new.chars().take(33).collect::<String>()),
    };
    let before = world.everything().await;
    let third = world.person(Person::new(1023, "Глеб"));
    let told = opens(&third, &wrong, "Доступ выдаёт администратор").await;
    assert!(!told.text.contains("сылк"), "{}", told.text);
    world.unchanged(&before).await;
    opens(&pyotr, &new, "Вам открыт доступ").await;
}

#[tokio::test]
async fn a_link_that_ran_out_lets_nobody_in() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let word = makes(&oleg, &[]).await;
    world.changes("DROP TRIGGER link_stays_what_it_is; UPDATE links SET until = 1;").await;
    opens(&pyotr, &word, "Ссылка истекла").await;
    assert_eq!(world.rows("SELECT used || '' FROM links").await, ["0"]);
}

#[tokio::test]
async fn the_last_place_is_taken_once_by_two_who_open_it_at_once() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let other = world.person(Person::new(1021, "Вера"));
    let word = makes(&oleg, &[]).await;
    pyotr.says(&format!("/start {word}"));
    other.says(&format!("/start {word}"));
    pyotr.sees("").await;
    other.sees("").await;
    world.settles().await;
    let in_now =
        world.rows("SELECT name FROM people WHERE id IN (1020, 1021) AND role = 'staff'").await;
    assert_eq!(in_now.len(), 1, "{in_now:?}");
    assert_eq!(world.rows("SELECT used || '' FROM links").await, ["1"]);
}

#[tokio::test]
async fn the_links_of_an_admin_who_leaves_open_nothing() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let irina = world.person(Person::new(1040, "Ирина"));
    irina.asks("/start", "Доступ выдаёт администратор").await;
    oleg.asks("/allow 1040 Ирина", "Доступ открыт: Ирина").await;
    oleg.makes_admin("/allow 1040 админ").await;
    irina.asks("/start", "Здравствуйте").await;
    let word = makes(&irina, &[]).await;
    oleg.asks("/revoke 1040", "Доступ отозван").await;
    opens(&pyotr, &word, "Ссылку отозвали").await;
}

#[tokio::test]
async fn whoever_was_thrown_out_does_not_come_back_by_a_link() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let word = makes(&oleg, &["Сколько человек: 1"]).await;
    opens(&pyotr, &word, "Вам открыт доступ").await;
    oleg.asks("/revoke 1020", "Доступ отозван").await;
    pyotr.sees("Доступ закрыт").await;
    opens(&pyotr, &word, "Доступ выдаёт администратор").await;
    assert_eq!(world.rows("SELECT used || '' FROM links").await, ["1"]);
}

#[tokio::test]
async fn a_replaced_link_has_what_was_left_of_the_old_one() {
    let world = World::new().await;
    let (oleg, pyotr) = (world.oleg(), pyotr(&world));
    let word = makes(&oleg, &["Сколько человек: 1"]).await;
    opens(&pyotr, &word, "Вам открыт доступ").await;
    oleg.asks("/link", "Ссылка сотруднику").await;
    oleg.presses("Действующие").await;
    oleg.presses("Заменить 1").await;
    oleg.sees("Ссылка готова").await;
    assert_eq!(
        world.rows("SELECT concat(uses, ' ', used, ' ', ended) FROM links ORDER BY id").await,
        ["5 1 replaced", "4 0 "]
    );
}
