//! What the stand-ins answer: the documented forms. The texts are ours, for neither provider
//! publishes its own.

use serde_json::{Value, json};
use uuid::Uuid;

use super::reply::Reply;
use super::services::Service;

/// The documented success.
pub(super) fn accepted(service: Service) -> Reply {
    let body = match service {
        Service::Invoicebox => json!({"data": {"id": Uuid::new_v4()}}),
        Service::Sbis => json!({"jsonrpc": "2.0", "result": false, "id": 0, "protocol": 2}),
    };
    Reply::json(200, &body).with("x-request-id", &Uuid::new_v4().to_string())
}

/// The data are wrong.
pub(super) fn refused(service: Service) -> Reply {
    match service {
        Service::Invoicebox => wrong_address("такого почтового ящика нет", "wrong_value"),
        Service::Sbis => Reply::json(500, &rpc_error(-32000, "Некорректные ИНН и КПП")),
    }
}

/// The client is one already; Invoicebox has no words of its own for it.
pub(super) fn client(service: Service) -> Reply {
    let message = "Организация связана с авторизованным аккаунтом";
    match service {
        Service::Invoicebox => wrong_address("он уже зарегистрирован", "already_registered"),
        Service::Sbis => Reply::json(500, &rpc_error(-32000, message)),
    }
}

/// Too many requests.
pub(super) fn throttled(service: Service) -> Reply {
    let message = "Метод вызывается слишком часто";
    match service {
        Service::Invoicebox => {
            Reply::json(429, &error(message, "", json!([]))).with("retry-after", "2")
        }
        Service::Sbis => Reply::json(429, &rpc_error(-32000, message)),
    }
}

/// The key is refused.
pub(super) fn key(service: Service) -> Reply {
    let body = match service {
        Service::Invoicebox => error("Unauthorized", "unauthorized", json!([])),
        Service::Sbis => json!({"jsonrpc": "2.0", "error": "Not authorized.", "id": -1}),
    };
    Reply::json(401, &body)
}

/// The request is not the documented one.
pub(super) fn violation(service: Service, violation: &str) -> Reply {
    match service {
        Service::Invoicebox => Reply::json(400, &error(violation, "validation", json!([]))),
        Service::Sbis => Reply::json(500, &rpc_error(-32602, violation)),
    }
}

/// The message and the field's together are one sentence that says what is wrong.
fn wrong_address(why: &str, code: &str) -> Reply {
    let fields = json!([{"name": "identifier", "code": code, "message": why}]);
    Reply::json(422, &error("Приглашение на этот адрес отправить нельзя", "validation", fields))
}

fn error(message: &str, code: &str, fields: Value) -> Value {
    json!({"error": {"message": message, "code": code, "fields": fields}})
}

fn rpc_error(code: i64, message: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "error": {"code": code, "message": message, "details": message, "type": "error", "data": null},
        "id": 0,
    })
}
