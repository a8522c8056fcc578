//! What the providers are called with.

use invite_bot::providers::{InvoiceboxSettings, SbisSettings};
use url::Url;
use uuid::Uuid;

/// The key in the example of Invoicebox's page.
pub const TOKEN: &str = "b37c4c689295904ed21eee5d9a48d42e";

/// Invoicebox at this address.
pub fn invoicebox(url: Url) -> InvoiceboxSettings {
    InvoiceboxSettings { url, token: TOKEN.into(), partner_id: Uuid::max(), proxy: None }
}

/// СБИС at this address.
pub fn sbis(url: Url) -> SbisSettings {
    SbisSettings { url, promotion: None, proxy: None }
}
