//! What answers mean, without a network.

use invite_bot::domain::{Answer, FieldFault, Outcome, Provider, Refusal};
use invite_bot::providers::{Response, invoicebox, sbis};
use proptest::prelude::*;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

fn response(status: u16, content_type: &str, body: Option<Vec<u8>>) -> Response {
    let value = HeaderValue::from_str(content_type).unwrap();
    Response { status, headers: HeaderMap::from_iter([(CONTENT_TYPE, value)]), body }
}

fn classify(provider: Provider, response: &Response) -> Answer {
    match provider {
        Provider::Invoicebox => invoicebox::classify(response),
        Provider::Sbis => sbis::classify(response),
    }
}

fn said(provider: Provider, status: u16, body: &Value) -> Answer {
    classify(provider, &response(status, "application/json", Some(body.to_string().into_bytes())))
}

#[test]
fn invoicebox_is_quoted_wherever_it_puts_its_words() {
    for (body, message) in [
        (json!({"error": {"message": "Unauthorized", "code": "unauthorized"}}), "Unauthorized"),
        (json!({"message": "Validation error", "code": "validation"}), "Validation error"),
        (json!({"error": {"message": "", "code": "forbidden"}}), "forbidden"),
        (json!({"error": "Не так"}), "Не так"),
        (json!({"error": null, "message": "Не так"}), "Не так"),
    ] {
        for status in [200, 401, 422, 429, 500] {
            let answer = said(Provider::Invoicebox, status, &body);
            assert_eq!(answer.message.as_deref(), Some(message), "{body}");
        }
    }
    assert_eq!(said(Provider::Invoicebox, 422, &json!({"error": {}})).message, None);
}

#[test]
fn invoicebox_names_the_fields_that_are_wrong() {
    let fault =
        |name: &str, message: &str| FieldFault { name: name.into(), message: message.into() };
    let fields = json!([
        {"name": "identifier", "code": "wrong_value", "message": "Адрес\nне существует"},
        {"name": "type", "code": "wrong_value", "message": ""},
        {"code": "wrong_value"},
        "nonsense",
    ]);
    for body in [json!({"error": {"fields": fields}}), json!({"fields": fields})] {
        let answer = said(Provider::Invoicebox, 422, &body);
        let named = vec![fault("identifier", "Адрес не существует"), fault("type", "wrong_value")];
        assert_eq!(answer.outcome, Outcome::Rejected { why: Refusal::Data, fields: named });
    }
    let many = json!({"fields": vec![json!({"name": "x"}); 1000]});
    let Outcome::Rejected { fields, .. } = said(Provider::Invoicebox, 422, &many).outcome else {
        panic!()
    };
    assert_eq!(fields.len(), 20);
}

#[test]
fn sbis_is_quoted_by_its_message_and_else_by_its_details() {
    for (error, message) in [
        (json!({"message": "Не так", "details": "Подробно"}), Some("Не так")),
        (json!({"message": " ", "details": "Подробно"}), Some("Подробно")),
        (json!({"code": -32000}), None),
        (json!("Not authorized."), Some("Not authorized.")),
    ] {
        let answer = said(Provider::Sbis, 500, &json!({"error": error}));
        assert_eq!(answer.message.as_deref(), message);
    }
}

#[test]
fn what_a_service_says_is_one_line_of_a_thousand_characters() {
    let text = format!("a\r\n\u{202e}b{}", "я".repeat(2000));
    for provider in Provider::ALL {
        let message = said(provider, 500, &json!({"error": {"message": text}})).message.unwrap();
        assert!(message.starts_with("a bя"), "{message}");
        assert_eq!(message.chars().count(), 1000);
    }
}

#[test]
fn the_number_of_the_request_is_kept_for_support() {
    for provider in Provider::ALL {
        let mut response = response(500, "text/html", None);
        response.headers.insert("X-Request-Id", HeaderValue::from_static(" 4f40fed3 "));
        assert_eq!(classify(provider, &response).request_id.as_deref(), Some("4f40fed3"));
        response.headers.insert("X-Request-Id", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
        assert_eq!(classify(provider, &response).request_id, None);
    }
}

#[test]
fn refusals_of_sbis_are_told_apart_by_their_words() {
    for (text, why) in [
        ("Переданные ИНН и КПП являются некорректными", Refusal::Data),
        ("Некорректный ИНН", Refusal::Data),
        ("Неверный КПП: 121501001", Refusal::Data),
        ("Указан неправильный ИНН/КПП.", Refusal::Data),
        ("ИНН не верный", Refusal::Data),
        ("Значение «ИННПолуч» недопустимо", Refusal::Data),
        ("ИНН не прошёл проверку контрольной суммы", Refusal::Data),
        ("ошибка в ИНН", Refusal::Data),
        ("КПП не указан", Refusal::Data),
        ("Приглашаемая организация связана с авторизованным аккаунтом", Refusal::AlreadyClient),
        ("Организация с ИНН 1215107651 связана с платным аккаунтом", Refusal::AlreadyClient),
        ("У аккаунта есть платная лицензия", Refusal::AlreadyClient),
        ("Организация уже зарегистрирована", Refusal::AlreadyClient),
        ("Организация подключена к платному аккаунту сервиса СБИС", Refusal::AlreadyClient),
        ("Контрагент уже подключён к ЭДО", Refusal::AlreadyClient),
        ("Сервис оператора временно недоступен.", Refusal::Other),
        ("Проверка ИНН временно недоступна, указано неверное время", Refusal::Other),
        ("Сервис проверки ИНН вернул некорректный ответ", Refusal::Other),
        ("Ошибка проверки ИНН: повторите позже, неверный таймаут", Refusal::Other),
        ("Аккаунт не авторизован", Refusal::Other),
        ("Неавторизованный аккаунт", Refusal::Other),
        ("Бесплатный аккаунт не найден", Refusal::Other),
        ("Авторизованный аккаунт, но некорректный ИНН", Refusal::Other),
        ("Некорректный формат инновации", Refusal::Other),
        ("Некорректный адрес почты", Refusal::Other),
        ("Not authorized.", Refusal::Other),
        ("", Refusal::Other),
    ] {
        for error in [json!(text), json!({"code": -32000, "message": text})] {
            let answer = said(Provider::Sbis, 500, &json!({"error": error}));
            assert_eq!(answer.outcome, Outcome::Rejected { why, fields: vec![] }, "{text}");
        }
    }
}

/// JSON that looks like an answer often enough to get past the first checks.
fn likely_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![any::<i64>(), Just(-32601), Just(-32000)].prop_map(Value::from),
        prop_oneof!["\\PC{0,12}", Just("ИНН некорректен".to_owned())].prop_map(Value::from),
    ];
    let key = proptest::sample::select(vec![
        "data", "id", "error", "result", "message", "code", "details", "fields", "name",
    ]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key.clone(), inner, 0..4).prop_map(|members| {
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            }),
        ]
    })
}

fn any_response() -> impl Strategy<Value = Response> {
    let status = prop_oneof![Just(200u16), 100u16..600, any::<u16>()];
    let types =
        ["application/json", "application/json-rpc; charset=utf-8", "a/b+json", "text/html"];
    let body = prop_oneof![
        likely_json().prop_map(|json| Some(json.to_string().into_bytes())),
        proptest::collection::vec(any::<u8>(), 0..64).prop_map(Some),
        Just(None),
    ];
    (status, proptest::sample::select(types.to_vec()), body)
        .prop_map(|(status, content_type, body)| response(status, content_type, body))
}

/// The documented success, read a second time and in another way.
fn is_success(provider: Provider, response: &Response) -> bool {
    let is_json = response.headers[CONTENT_TYPE] != "text/html";
    let body: Option<Value> =
        response.body.as_ref().and_then(|body| serde_json::from_slice(body).ok());
    let body = body.filter(|_| is_json).unwrap_or_default();
    let documented = match provider {
        Provider::Invoicebox => match &body["data"]["id"] {
            Value::String(id) => !invite_bot::domain::tidy(id).is_empty(),
            other => other.is_number(),
        },
        Provider::Sbis => {
            body.as_object().is_some_and(|body| body.contains_key("result"))
                && body["error"].is_null()
        }
    };
    (200..300).contains(&response.status) && documented
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn accepted_is_the_documented_success_and_nothing_else(response in any_response()) {
        for provider in Provider::ALL {
            let answer = classify(provider, &response);
            let accepted = matches!(answer.outcome, Outcome::Accepted { .. });
            prop_assert_eq!(accepted, is_success(provider, &response), "{:?}", answer);
            prop_assert_eq!(answer.http_status, Some(response.status));
            prop_assert!(answer.message.is_none_or(|it| !it.is_empty() && it.chars().count() <= 1000));
        }
    }

    #[test]
    fn no_header_is_too_strange(
        status in 100u16..600, name in "retry-after|content-type|x-request-id",
        value in proptest::collection::vec(any::<u8>(), 0..40), body in proptest::collection::vec(any::<u8>(), 0..9),
    ) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let mut response = response(status, "application/json", Some(body));
        response.headers.insert(name.parse::<reqwest::header::HeaderName>().unwrap(), value);
        for provider in Provider::ALL {
            classify(provider, &response);
        }
    }
}
