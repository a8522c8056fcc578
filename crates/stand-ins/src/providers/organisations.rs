//! What the stand-ins of the directories know, in the documented forms. The organisations are
//! made up, but for the one of СБИС's own page.

use serde_json::{Value, json};
use uuid::Uuid;

use super::reply::Reply;
use super::services::Directory;

/// Neither directory answers about this one.
pub(super) const SLOW: &str = "7700000070";

/// Both directories fail at this one.
pub(super) const DOWN: &str = "5555555552";

/// 22 January 2021 and 5 February 2015, as DaData writes days.
const AS_OF: u64 = 1_611_273_600_000;
const REGISTERED: u64 = 1_423_094_400_000;
/// 1 March 2020.
const ENDED: u64 = 1_583_020_800_000;

struct Entry {
    inn: &'static str,
    kpp: Option<&'static str>,
    short: &'static str,
    full: &'static str,
    status: &'static str,
    address: &'static str,
    branches: &'static [Place],
}

struct Place {
    kpp: &'static str,
    name: &'static str,
    status: &'static str,
    address: &'static str,
}

const fn place(kpp: &'static str, name: &'static str, address: &'static str) -> Place {
    Place { kpp, name, status: "ACTIVE", address }
}

const TWELVE: [Place; 12] = [
    place(
        "540602001",
        "ФИЛИАЛ \"НОВОСИБИРСКИЙ\" ООО \"ПРИМЕР\"",
        "г Новосибирск, ул Примерная, д 2",
    ),
    place("616302001", "ФИЛИАЛ \"РОСТОВСКИЙ\" ООО \"ПРИМЕР\"", "Ростовская обл, г Ростов-на-Дону"),
    place(
        "780202001",
        "ФИЛИАЛ \"ПЕТЕРБУРГСКИЙ\" ООО \"ПРИМЕР\"",
        "г Санкт-Петербург, пр-кт Примерный",
    ),
    place("665802001", "ФИЛИАЛ \"УРАЛЬСКИЙ\" ООО \"ПРИМЕР\"", "Свердловская обл, г Екатеринбург"),
    place("165502001", "ФИЛИАЛ \"КАЗАНСКИЙ\" ООО \"ПРИМЕР\"", "Респ Татарстан, г Казань"),
    place("631502001", "ФИЛИАЛ \"САМАРСКИЙ\" ООО \"ПРИМЕР\"", "г Самара, ул Примерная, д 3"),
    place("027402001", "ФИЛИАЛ \"УФИМСКИЙ\" ООО \"ПРИМЕР\"", "Респ Башкортостан, г Уфа"),
    place("246602001", "ФИЛИАЛ \"КРАСНОЯРСКИЙ\" ООО \"ПРИМЕР\"", "Красноярский край, г Красноярск"),
    place("253602001", "ФИЛИАЛ \"ПРИМОРСКИЙ\" ООО \"ПРИМЕР\"", "Приморский край, г Владивосток"),
    place("230802001", "ФИЛИАЛ \"КУБАНСКИЙ\" ООО \"ПРИМЕР\"", "Краснодарский край, г Краснодар"),
    place("745302001", "ФИЛИАЛ \"ЮЖНОУРАЛЬСКИЙ\" ООО \"ПРИМЕР\"", "Челябинская обл, г Челябинск"),
    place("344402001", "ФИЛИАЛ \"НИЖНЕВОЛЖСКИЙ\" ООО \"ПРИМЕР\"", "Волгоградская обл, г Волгоград"),
];

const fn plain(inn: &'static str, kpp: &'static str, status: &'static str) -> Entry {
    Entry {
        inn,
        kpp: Some(kpp),
        short: "ООО \"ПРИМЕР\"",
        full: "ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ \"ПРИМЕР\"",
        status,
        address: "г Пример, ул Примерная, д 1",
        branches: &[],
    }
}

const ENTRIES: &[Entry] = &[
    Entry {
        short: "Детский сад Чайка",
        full: "Детский сад Чайка",
        ..plain("1215107651", "121501001", "ACTIVE")
    },
    Entry {
        branches: &[
            place(
                "540602001",
                "СИБИРСКИЙ ФИЛИАЛ ООО \"ПРИМЕР\"",
                "г Новосибирск, ул Примерная, д 2",
            ),
            place("616302001", "ЮЖНЫЙ ФИЛИАЛ ООО \"ПРИМЕР\"", "Ростовская обл, г Ростов-на-Дону"),
            Place {
                status: "LIQUIDATED",
                ..place("780202001", "СЕВЕРНЫЙ ФИЛИАЛ ООО \"ПРИМЕР\"", "г Санкт-Петербург")
            },
        ],
        ..plain("7701234560", "770101001", "ACTIVE")
    },
    Entry { branches: &TWELVE, ..plain("1234567894", "770101001", "ACTIVE") },
    plain("2323232323", "232301001", "LIQUIDATED"),
    plain("7810000001", "781001001", "LIQUIDATING"),
    plain("5949000003", "594901001", "BANKRUPT"),
    plain("3257000008", "325701001", "REORGANIZING"),
    Entry {
        inn: "770000000300",
        kpp: None,
        short: "ИП Пример",
        full: "Индивидуальный предприниматель Пример",
        status: "ACTIVE",
        address: "г Пример",
        branches: &[],
    },
];

/// The documented answer about an ИНН.
pub(super) fn known(directory: Directory, inn: &str) -> Reply {
    let entry = ENTRIES.iter().find(|entry| entry.inn == inn);
    match directory {
        Directory::Invoicebox => {
            let data: Vec<Value> = entry.into_iter().map(counterparty).collect();
            Reply::json(200, &json!({ "data": data }))
                .with("x-request-id", &Uuid::new_v4().to_string())
        }
        Directory::DaData => {
            let suggestions: Vec<Value> = entry.into_iter().flat_map(suggestions).collect();
            Reply::json(200, &json!({ "suggestions": suggestions }))
        }
    }
}

/// The fields of the page «Контрагент».
fn counterparty(entry: &Entry) -> Value {
    let mut fields = json!({
        "id": Uuid::new_v4(),
        "vatNumber": entry.inn,
        "name": entry.short,
        "nameFull": entry.full,
        "nameI18n": null,
        "registrationNumber": "1157746078984",
        "registrationDate": "2015-02-05T00:00:00+00:00",
        "registrationAddress": entry.address,
        "postAddress": entry.address,
        "postAddressZip": "123456",
    });
    if let (Some(kpp), Some(fields)) = (entry.kpp, fields.as_object_mut()) {
        fields.insert("taxRegistrationReasonCode".to_owned(), json!(kpp));
    }
    fields
}

/// The organisation and its branches.
fn suggestions(entry: &Entry) -> Vec<Value> {
    let mut head = party(entry, entry.short, entry.status, entry.address);
    if let Some(data) = head.pointer_mut("/data").and_then(Value::as_object_mut) {
        match entry.kpp {
            Some(kpp) => {
                data.insert("kpp".to_owned(), json!(kpp));
                data.insert("branch_type".to_owned(), json!("MAIN"));
                data.insert("branch_count".to_owned(), json!(entry.branches.len()));
            }
            None => {
                data.insert("type".to_owned(), json!("INDIVIDUAL"));
                data.insert("fio".to_owned(), json!({"surname": "Пример", "name": null}));
                data.insert("citizenship".to_owned(), Value::Null);
            }
        }
    }
    let branch = |Place { kpp, name, status, address }: &Place| {
        let mut branch = party(entry, name, status, address);
        if let Some(data) = branch.pointer_mut("/data").and_then(Value::as_object_mut) {
            data.insert("kpp".to_owned(), json!(kpp));
            data.insert("branch_type".to_owned(), json!("BRANCH"));
            data.insert("branch_count".to_owned(), Value::Null);
        }
        branch
    };
    std::iter::once(head).chain(entry.branches.iter().map(branch)).collect()
}

fn party(entry: &Entry, name: &str, status: &str, address: &str) -> Value {
    let ended = (status == "LIQUIDATED").then_some(ENDED);
    json!({
        "value": name,
        "unrestricted_value": name,
        "data": {
            "type": "LEGAL",
            "state": {
                "status": status, "code": null, "actuality_date": AS_OF,
                "registration_date": REGISTERED, "liquidation_date": ended,
            },
            "opf": {"type": "2014", "code": "12300", "full": null, "short": null},
            "name": {
                "full_with_opf": entry.full, "short_with_opf": name,
                "latin": null, "full": name, "short": name,
            },
            "inn": entry.inn, "ogrn": "1157746078984", "okved": "72.19",
            "address": {"value": address, "unrestricted_value": address, "data": null},
            "emails": null, "phones": null,
        },
    })
}
