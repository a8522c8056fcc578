//! What is wrong with a typed answer.

use super::plural;
use crate::domain::{CompanyName, Email, EmailError, FieldError, InnError, KppError, NameError};

pub const PRESS_A_BUTTON: &str = "Здесь нужно нажать кнопку.";

pub fn field_error(error: &FieldError) -> String {
    match error {
        FieldError::Inn(InnError::Kpp(error)) => {
            format!("ИНН верный, а КПП рядом с ним — нет. {}", kpp_error(error))
        }
        FieldError::Inn(error) => inn_error(error),
        FieldError::Kpp(error) => kpp_error(error),
        FieldError::Name(NameError::Empty) => {
            "В названии нет ни букв, ни цифр. Пришлите ещё раз.".to_owned()
        }
        FieldError::Name(NameError::Long(length)) => format!(
            "Название слишком длинное: {length} {}, а можно до {}. Пришлите короче.",
            plural(*length, "знак", "знака", "знаков"),
            CompanyName::MAX
        ),
        FieldError::Email(error) => email_error(error),
        FieldError::Office(_) => {
            "Код офиса — это 4 или 5 цифр, например 7705. Пришлите ещё раз или нажмите «Без кода»."
                .to_owned()
        }
        FieldError::NotTyped => PRESS_A_BUTTON.to_owned(),
    }
}

fn inn_error(error: &InnError) -> String {
    match error {
        InnError::Length(length) => format!(
            "Здесь {length} {}, а в ИНН их 10 (организация) или 12 (ИП). Пришлите ещё раз.",
            plural(*length, "цифра", "цифры", "цифр")
        ),
        InnError::Checksum(digits) => format!(
            "В ИНН {digits} опечатка: контрольная цифра не сходится. Проверьте и пришлите ещё раз."
        ),
        InnError::Zeros => "ИНН из одних нулей не бывает. Пришлите ещё раз.".to_owned(),
        InnError::NotDigits | InnError::Kpp(_) => {
            "В ИНН бывают только цифры: 10 у организации, 12 у ИП. Пришлите ещё раз.".to_owned()
        }
    }
}

fn kpp_error(error: &KppError) -> String {
    match error {
        KppError::Length(length) => format!(
            "Здесь {length} {}, а в КПП их 9. Пришлите ещё раз.",
            plural(*length, "знак", "знака", "знаков")
        ),
        KppError::Shape => "В КПП первые четыре и последние три знака — цифры, а два между ними — цифры или латинские буквы. Пришлите ещё раз.".to_owned(),
    }
}

fn email_error(error: &EmailError) -> String {
    match error {
        EmailError::NoAt => "В адресе нет знака @. Пришлите адрес целиком, например: iam@mail.ru".to_owned(),
        EmailError::Several => "Здесь больше одного адреса, а приглашение уходит на один. Пришлите один адрес.".to_owned(),
        EmailError::Long(length) => format!(
            "Адрес слишком длинный: {length} {}, а можно до {}. Пришлите другой.",
            plural(*length, "знак", "знака", "знаков"), Email::MAX
        ),
        EmailError::Foreign => "До @ нелатинские буквы: такой адрес не подойдёт. Проверьте раскладку и пришлите ещё раз.".to_owned(),
        EmailError::Space => "Внутри адреса пробел. Пришлите адрес без пробелов.".to_owned(),
        EmailError::Malformed => "Это не похоже на адрес. Проверьте и пришлите целиком, например: iam@mail.ru".to_owned(),
    }
}
