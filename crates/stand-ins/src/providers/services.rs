//! Who is played.

/// Who is asked to invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Invoicebox.
    Invoicebox,
    /// СБИС.
    Sbis,
}

/// Who is asked about organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directory {
    /// The counterparties of Invoicebox.
    Invoicebox,
    /// DaData.
    DaData,
}
