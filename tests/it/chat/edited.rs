//! Messages that are edited, and those that come in one breath.

use std::fmt::Write;

use expect_test::expect_file;
use invite_bot::handlers::{Input, Sent};

use super::player::Player;
use super::report::stands;

/// `1> …` sends a message with this number, `2+> …` one a second after the last, `1~> …` edits one,
/// `[…]` presses.
fn plays(player: &mut Player, steps: &str) -> String {
    let (mut told, mut at) = (String::new(), 0);
    for step in steps.lines().map(str::trim).filter(|step| !step.is_empty()) {
        match step.split_once("> ") {
            _ if step.starts_with('[') => player.plays(step),
            Some((number, text)) => {
                let message: i32 = number.trim_end_matches(['~', '+']).parse().unwrap();
                let text = text.to_owned();
                at += if number.ends_with('+') { 1 } else { 60 };
                player.takes(match number.ends_with('~') {
                    true => Input::Edited { text, message },
                    false => {
                        Input::Message { text: Some(text), about: None, sent: Sent { message, at } }
                    }
                });
            }
            None => panic!("{step}"),
        }
        writeln!(told, "{step}\n    {}", stands(player)).unwrap();
    }
    told
}

#[test]
fn what_an_edit_changes_and_what_follows_at_once() {
    let card = "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001";
    let other = "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example";
    let stories = [
        format!(
            "1> {card}, ian@mail.ru\n[СБИС]\n2> 7705\n1~> {card}, iam@mail.ru\n2~> 7706\n\
             1~> {card}, iam@mail.ru\n1~> ИНН 1215107652\n1~> привет\n[Отмена]\n1~> {card}, b@mail.ru"
        ),
        format!("1> {card}, ian@mail.ru\n[СБИС]\n1~> {other}\n"),
        format!("1> {card}, ian@mail.ru\n2> olga@mail.ru\n1~> {other}"),
        format!("1> {card}, ian@mail.ru\n2> olga@mail.ru\n1~> {card}, ian@mail.ru, срочно"),
        format!(
            "1> {card}, ian@mail.ru\n2> КПП 121502001\n1~> {card}, ian@mail.ru, срочно\n[СБИС]"
        ),
        format!(
            "1> {card}, ian@mail.ru\n2> МБДОУ «Сад», КПП 121501001\n1~> {card}, ian@mail.ru, срочно\n[СБИС]"
        ),
        format!("1> {card}, ian@mail.ru\n2> olga@mail.ru\n2~> irina@mail.ru\n1~> {card}"),
        "1> /invite\n[Invoicebox]\n2> iam.mail.ru\n2~> iam@mail.ru\n2~> iam@mail.ru".to_owned(),
        "1> /invite\n[СБИС]\n2> 1215107651\n3> 12150\n2~> эх\n3~> 121501001".to_owned(),
        format!(
            "1> {card}, ian@mail.ru\n2> {other}\n1~> {card}, iam@mail.ru\n\
             2~> {other}, срочно\n2~> ООО «Лютик», ИНН 2298152449, lutik@mail.ru\n\
             [Перейти к другому]\n1~> {card}, b@mail.ru\n2~> {other}"
        ),
        format!(
            "1> {card}, ian@mail.ru\n2> {other}\n[Продолжить черновик]\n2~> {other}, x\n1~> {card}, b@mail.ru"
        ),
        format!(
            "1> {card}, ian@mail.ru\n2> {other}\n3> /cancel\n2~> {other}, x\n1~> {card}, b@mail.ru"
        ),
        "1> 1215107651\n1~> 7898141776\n2> 2298152449\n1~> 1215107651\n2~> 2298152449".to_owned(),
        format!("1> {card}, ian@mail.ru\n2+> olga@mail.ru"),
        "1> 1215107651\n2+> iam@mail.ru".to_owned(),
        "1> 1215107651\n2> iam@mail.ru".to_owned(),
        format!("1> {card}, ian@mail.ru\n2> {other}\n3+> dir@lutik.example\n4+> ИНН 7898141776"),
    ];
    let told = stories.map(|steps| plays(&mut Player::new(), &steps)).join("\n");
    expect_file!["screens/edited.txt"].assert_eq(&told);
}

#[test]
fn a_draft_begins_with_the_last_provider_and_a_button_changes_it() {
    let mut player = Player::new();
    player.plays("/invite | [Invoicebox] | first@mail.ru | [Отправить]");
    let told = player
        .transcript("new@mail.ru | [В СБИС] | [В Invoicebox] | [В СБИС] | 1215107651 | [Назад]");
    expect_file!["screens/last_provider.txt"].assert_eq(&told);
}
