//! What a label says of the value that follows it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelKind {
    Inn,
    Kpp,
    Email,
    Name,
    /// The name of anything, goods too.
    AnyName,
    FullName,
    ShortName,
    /// One side of a deal; the value may be a person's name.
    Party,
    PersonName,
    Bank,
    /// The bank's own ИНН or КПП.
    BankCode,
    /// An account or the bank's БИК.
    Account,
    Phone,
    /// Whom an answer goes to.
    Sender,
    Header,
    /// None of the fields: ОГРН, an address, a site.
    Irrelevant,
}

impl LabelKind {
    pub fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::AnyName | Self::FullName | Self::ShortName)
    }
}

pub(crate) fn names_a_party(kind: &LabelKind) -> bool {
    kind.is_name() || *kind == LabelKind::Party
}
