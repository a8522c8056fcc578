//! The ways to Telegram, in their order, and the one to providers and directories. What is wrong is
//! told by its place in the list: an address may hold a password.

use secrecy::ExposeSecret as _;

use super::reader::Reader;
use crate::bot::Route;
use crate::providers::{Proxy, ProxyError};

pub(super) fn to_telegram(read: &mut Reader<'_>) -> Option<Vec<Route>> {
    const NAME: &str = "TELOXIDE_PROXY";
    let Some(list) = read.secret(NAME, |_| Ok(())) else { return Some(vec![Route::Direct]) };
    let mut routes = Vec::new();
    let mut is_right = true;
    for (place, item) in (1..).zip(list.expose_secret().split(',').map(str::trim)) {
        let wrong = match Route::parse(item) {
            Ok(route) if routes.contains(&route) => format!("{route} уже назван выше"),
            Ok(route) => {
                routes.push(route);
                continue;
            }
            Err(error) => why(error).to_owned(),
        };
        is_right = false;
        read.mistake(NAME, format_args!("маршрут {place}: {wrong}"));
    }
    is_right.then_some(routes)
}

pub(super) fn to_providers(read: &mut Reader<'_>) -> Option<Proxy> {
    const NAME: &str = "PROVIDER_PROXY";
    let proxy = read.secret(NAME, |text| match Proxy::parse(text) {
        Err(_) if text.contains(',') => Err("здесь нужен один прокси, а не список"),
        parsed => parsed.map(drop).map_err(why),
    })?;
    Proxy::parse(proxy.expose_secret()).ok()
}

fn why(error: ProxyError) -> &'static str {
    match error {
        ProxyError::Blank => "пустое место; уберите лишнюю запятую",
        ProxyError::NoAddress => {
            "это не адрес прокси; нужен вид socks5h://адрес:порт или http://логин:пароль@адрес:порт; запятая в пароле — %2C"
        }
        ProxyError::Scheme => {
            "такой прокси не подходит; можно socks5h://, socks5://, http:// или https://"
        }
        ProxyError::Escape => {
            "за знаком % нужны два знака кода (цифры или A–F), а сам он пишется как %25"
        }
        ProxyError::Rest => "после адреса и порта ничего не должно быть",
    }
}
