//! The two-minute tour: what a visitor does, in which order, and how the page knows that it is done.

use serde::Serialize;

use super::players::{ANNA, OLEG, PYOTR};

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Step {
    pub person: i64,
    pub title: &'static str,
    pub says: &'static str,
    /// The label of what takes the visitor there, and puts this into the field.
    pub button: &'static str,
    pub types: Option<&'static str>,
    /// In a message of the bot to `person`, any of them: it is done.
    pub seen: &'static [&'static str],
}

const CARD: &str = "Добрый день! Наши реквизиты:\n\
                    Детский сад Чайка\n\
                    ИНН 1215107651, КПП 121501001\n\
                    почта для приглашения: accepted@demo.test";

pub const STEPS: [Step; 6] = [
    Step {
        person: ANNA,
        title: "Карточка клиента одним сообщением",
        says: "Анна вставляет письмо клиента как есть. Выберите СБИС, ответьте «Да», проверьте \
               сводку и нажмите «Отправить».",
        button: "Вписать за Анну",
        types: Some(CARD),
        seen: &["принято"],
    },
    Step {
        person: ANNA,
        title: "Сервис молчит",
        says: "Бот помнит сервис прошлого раза. Нажмите «В Invoicebox» и отправьте: он не ответит. \
               Бот не гадает и второй раз не шлёт, а спросит человека.",
        button: "Вписать за Анну",
        types: Some("slow@demo.test"),
        seen: &["неизвестно"],
    },
    Step {
        person: ANNA,
        title: "Ключ не подошёл",
        says: "Одно сообщение, и сводка готова. Отправьте: Invoicebox не примет ключ. Приглашение \
               подождёт, а Олегу придёт сообщение.",
        button: "Вписать за Анну",
        types: Some("key@demo.test"),
        seen: &["Админ знает"],
    },
    Step {
        person: OLEG,
        title: "Олег возобновляет отправку",
        says: "Нажмите «Возобновить» в чате Олега: приглашение Анны уйдёт само.",
        button: "Открыть чат Олега",
        types: None,
        seen: &["снова отправляет"],
    },
    Step {
        person: ANNA,
        title: "Второй раз — не случайно",
        says: "Тот же адрес ещё раз, в любой сервис: бот скажет, кто и куда его уже приглашал.",
        button: "Вписать за Анну",
        types: Some("accepted@demo.test"),
        seen: &["уже приглашали"],
    },
    Step {
        person: PYOTR,
        title: "Посторонним — ничего",
        says: "Пётр не в списке доступа: бот не рассказывает ему ни о ком.",
        button: "Вписать за Петра",
        types: Some("/start"),
        seen: &["id"],
    },
];
