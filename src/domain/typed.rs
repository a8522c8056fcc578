//! What people type where a button or one value is asked for.

use super::{Draft, Field, Inn, Kpp, Provider};

pub fn is_command(text: &str) -> bool {
    text.trim_start().starts_with('/')
}

pub fn is_yes(text: &str) -> bool {
    text.trim().to_lowercase() == "да"
}

pub fn is_no(text: &str) -> bool {
    text.trim().to_lowercase() == "нет"
}

pub fn is_back(text: &str) -> bool {
    text.trim().trim_end_matches('.').to_lowercase() == "назад"
}

const MONTHS: [&str; 12] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];

/// From 1.
pub fn month_named(text: &str) -> Option<i8> {
    (1..).zip(MONTHS).find(|(_, known)| *known == text).map(|(number, _)| number)
}

impl Provider {
    /// In place of its button.
    pub fn named(text: &str) -> Option<Self> {
        match text.trim().trim_end_matches('.').to_lowercase().as_str() {
            "сбис" | "сбис/saby" | "saby" | "sbis" | "саби" => Some(Self::Sbis),
            "invoicebox" | "invoice box" | "инвойсбокс" | "инвойс бокс" => {
                Some(Self::Invoicebox)
            }
            _ => None,
        }
    }
}

impl Draft {
    pub fn field_meant(&self, text: &str) -> Field {
        let organisation = self.fields().contains(&Field::Kpp);
        let begins = |label: &str| text.trim().to_lowercase().starts_with(label);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if text.contains('@') {
            Field::Email
        } else if organisation && (Kpp::parse(text).is_ok() || begins("кпп")) {
            Field::Kpp
        } else if Inn::parse_with_kpp(text).is_ok() || begins("инн") {
            Field::Inn
        } else if text.contains(char::is_alphabetic) {
            Field::Name
        } else if organisation && !matches!(digits, 10 | 12) {
            Field::Kpp
        } else {
            Field::Inn
        }
    }
}
