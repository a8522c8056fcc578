//! Which СБИС office an invitation names: the person's own codes, which an admin sets, else the
//! organisation's, else what is answered.

use super::Desk;
use crate::domain::{Draft, Office, OfficeCode, Provider};

/// Whether this person may send with what stands in the draft. Staff with codes have one of them;
/// an admin may use any. A code that was taken because it was the person's own must still be.
pub fn is_allowed(desk: &Desk, draft: &Draft) -> bool {
    let own = |office: &Office| match office {
        Office::Code(code) => desk.offices.contains(code),
        Office::Without => false,
    };
    let any = is_free(desk) && !draft.own_office;
    draft.provider != Some(Provider::Sbis) || any || draft.office.as_ref().is_none_or(own)
}

/// Whether this person may answer with any code, or with none.
pub fn is_free(desk: &Desk) -> bool {
    desk.is_admin() || desk.offices.is_empty()
}

/// Whether there is nothing to choose.
pub fn is_fixed(desk: &Desk) -> bool {
    !is_free(desk) && desk.offices.len() == 1
}

/// Takes the code that need not be asked for, in place of one that this person may not use.
pub fn settle(desk: &Desk, draft: &mut Draft) {
    if !is_allowed(desk, draft) {
        draft.office = None;
    }
    if draft.provider == Some(Provider::Sbis) && draft.office.is_none() {
        let code = match desk.offices.as_slice() {
            [] => desk.office.as_ref(),
            [only] => Some(only),
            _ => None,
        };
        draft.office = code.cloned().map(Office::Code);
        draft.own_office = draft.office.is_some() && !desk.offices.is_empty();
    }
}

/// The codes that a question offers as buttons: the person's own; where there are none, the last
/// one used and the organisation's.
pub fn offered<'a>(desk: &'a Desk, draft: &Draft) -> Vec<&'a OfficeCode> {
    let present = match &draft.office {
        Some(Office::Code(code)) => Some(code),
        _ => None,
    };
    let mut codes: Vec<_> = match desk.offices.as_slice() {
        [] => desk.last_office.iter().chain(&desk.office).collect(),
        own => own.iter().collect(),
    };
    codes.dedup();
    codes.retain(|code| Some(*code) != present);
    codes
}
