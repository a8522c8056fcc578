//! What one may type in the demo, and what comes of it, for people. The stand-ins know the same by
//! their own rules; `tests/it/providers` holds the one to the other.

/// Addresses whose invitations end in a fixed way, and how, for people. Every other address is
/// accepted.
pub const OUTCOMES: [(&str, &str); 7] = [
    ("accepted@demo.test", "принято"),
    ("refused@demo.test", "отказ: сервис считает данные неверными"),
    ("client@demo.test", "СБИС: уже клиент; Invoicebox: отказ, адрес уже зарегистрирован"),
    ("slow@demo.test", "неизвестно: сервис прочитал запрос и не ответил"),
    ("throttled@demo.test", "сервис просит подождать; бот ждёт и отправляет сам: принято"),
    ("key@demo.test", "сервис не принимает ключ: пауза, Олег нажимает «Возобновить», принято"),
    ("unreachable@demo.test", "нет связи: не отправлено; «Попробовать ещё раз» — принято"),
];

/// The local part of the address for which there is no connection. A server cannot know the
/// address before there is one: who plays this outcome calls `ProviderStandIn::go_down`.
pub const UNREACHABLE: &str = "unreachable";

/// ИНН that are answered in a fixed way, and how, for people. No other is known.
pub const ORGANISATIONS: [(&str, &str); 11] = [
    ("1215107651", "действующая организация"),
    ("7701234560", "действующая организация с двумя филиалами"),
    ("1234567894", "действующая организация с 12 филиалами"),
    ("2323232323", "ликвидирована"),
    ("7810000001", "ликвидируется"),
    ("5949000003", "банкрот"),
    ("3257000008", "реорганизуется"),
    ("770000000300", "ИП"),
    ("0816000005", "не найдена"),
    ("7700000070", "справочники молчат: через 3 секунды заполняем вручную"),
    ("5555555552", "справочники недоступны: заполняем вручную"),
];
