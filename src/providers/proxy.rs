//! A way through somebody else's server. Its address may hold a password: it is shown without.

use std::fmt;

use reqwest::Client;
use url::Url;

/// As reqwest takes it, checked: reqwest itself takes any scheme, and fails at each request then.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Url);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyError {
    Blank,
    NoAddress,
    Scheme,
    /// A sign % begins no code of two digits.
    Escape,
    /// Something follows the port.
    Rest,
}

impl Proxy {
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ProxyError::Blank);
        }
        let (scheme, _) = text.split_once("://").ok_or(ProxyError::NoAddress)?;
        if !["socks5h", "socks5", "http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(ProxyError::Scheme);
        }
        if !has_whole_escapes(text) {
            return Err(ProxyError::Escape);
        }
        let url = Url::parse(text).map_err(|_| ProxyError::NoAddress)?;
        if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
            return Err(ProxyError::NoAddress);
        }
        let is_bare = matches!(url.path(), "" | "/");
        if !is_bare || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyError::Rest);
        }
        Ok(Self(url))
    }

    pub fn for_all(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.0.as_str())
    }
}

/// The proxies of the environment are not used, whatever it says.
pub fn through(builder: reqwest::ClientBuilder, proxy: Option<&Proxy>) -> reqwest::Result<Client> {
    match proxy {
        Some(proxy) => builder.no_proxy().proxy(proxy.for_all()?).build(),
        None => builder.no_proxy().build(),
    }
}

fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut code = rest.chars();
        let mut is_digit = || code.next().is_some_and(|digit| digit.is_ascii_hexdigit());
        is_digit() && is_digit()
    })
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(url) = self;
        let has_login = !url.username().is_empty() || url.password().is_some();
        let login = if has_login { "***@" } else { "" };
        write!(f, "{}://{login}{}", url.scheme(), url.host_str().unwrap_or_default())?;
        url.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (typed, shown) in [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            (" socks5h://anna:p%40s%25@10.0.0.1:1080 ", "socks5h://***@10.0.0.1:1080"),
            ("SOCKS5://anna@[::1]:1080", "socks5://***@[::1]:1080"),
            ("https://:canary@proxy.example/", "https://***@proxy.example"),
        ] {
            let proxy = Proxy::parse(typed).unwrap();
            assert_eq!((proxy.to_string(), format!("{proxy:?}")), (shown.into(), shown.into()));
            proxy.for_all().unwrap();
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for (typed, why) in [
            ("", ProxyError::Blank),
            (" ", ProxyError::Blank),
            ("proxy.example:3128", ProxyError::NoAddress),
            ("http://", ProxyError::NoAddress),
            ("http://:3128", ProxyError::NoAddress),
            ("socks5h://:1080", ProxyError::NoAddress),
            ("http://proxy.example:99999", ProxyError::NoAddress),
            ("http://proxy.example:0", ProxyError::NoAddress),
            ("http://proxy.example:port", ProxyError::NoAddress),
            ("socks4://proxy.example:1080", ProxyError::Scheme),
            ("socks4a://proxy.example:1080", ProxyError::Scheme),
            ("ftp://proxy.example:21", ProxyError::Scheme),
            ("http://anna:50%@proxy.example:3128", ProxyError::Escape),
            ("http://anna:%4@proxy.example:3128", ProxyError::Escape),
            ("http://anna:%zz@proxy.example:3128", ProxyError::Escape),
            ("http://proxy.example:3128/path", ProxyError::Rest),
            ("http://proxy.example:3128/?a=b", ProxyError::Rest),
            ("socks5://proxy.example:1080#x", ProxyError::Rest),
        ] {
            assert_eq!(Proxy::parse(typed).unwrap_err(), why, "{typed}");
        }
    }
}
