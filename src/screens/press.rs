//! What a press means, and its form in a button: at most 64 bytes, never trusted.

use serde::{Deserialize, Serialize};

use crate::dialogue::session::DraftAct;
use crate::domain::{
    DraftRevision, Field, InvitationNo, LimitPeriod, LinkTerms, OfficeCode, Period, Permission,
    PersonId, RequestKind, ResultWord, Role,
};

use super::wire::{Words, Write, wire};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Press {
    Home,
    Invite,
    /// Below a status card, which stays.
    InviteAnother,
    /// Written with its [`DraftRevision`].
    Draft(DraftAct),
    /// Drawn at this `version`.
    Card(InvitationNo, i64, CardAct),
    /// Of a page, to which it leads back.
    CardOf(InvitationNo, List),
    List(List),
    Filter(ListFilter),
    Authors(ListFilter),
    Staff(StaffAct),
    StopList(StopAct),
    Request(RequestAct),
    Links(LinkAct),
    Report(ReportAct),
    FollowUp(FollowAct),
    /// A link to a chat, which never comes back as a press.
    Write(PersonId),
    Resume(i64, Option<i64>),
    Caption,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardAct {
    /// In place of a list.
    Open,
    /// Below a status message, which stays.
    OpenBelow,
    Arrived,
    Missing,
    AskResend,
    /// With the minute (Unix) of the question, if it was asked.
    Resend(Option<i64>),
    Cancel,
    Release,
    ResendMenu,
    /// A new draft with the same data.
    Copy,
    Switch,
    /// With the minute (Unix) of the question.
    ResendOverLimit(i64),
    Edit(Field),
    /// Three presses: who asked, a confirmation, the entry.
    AskStop,
    ChooseStop(StopScope),
    Stop(StopScope),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopScope {
    Address,
    Company,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopAct {
    Page(u32),
    AskRemove(i64),
    Remove(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestAct {
    /// By a stranger, or about the open draft.
    Ask(RequestKind),
    /// About the recipient of this one.
    AskOf(RequestKind, InvitationNo),
    Page,
    Open(i64),
    Roles(i64),
    Admit(i64, Role),
    Extra(i64, u32),
    Grant(i64),
    Refuse(i64),
    Block(i64),
    Unblock(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowAct {
    Answer(InvitationNo, Answer),
    Undo(InvitationNo),
    AskCall(InvitationNo),
    /// In so many working days.
    Call(InvitationNo, u32),
    /// In the question of that day, as `20261130`.
    InList(i64, InvitationNo, Answer),
    All(i64),
    Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Registered,
    Declined,
    CallBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportAct {
    Period(Period),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkAct {
    Terms(LinkTerms),
    Make(LinkTerms),
    Page,
    Revoke(i64),
    Replace(i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub filter: ListFilter,
    /// From 0.
    pub page: u32,
}

impl List {
    pub fn of(filter: ListFilter) -> Self {
        Self { filter, page: 0 }
    }

    pub const ALL: Self = Self { filter: ListFilter::All(None, None, None), page: 0 };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFilter {
    All(Option<ResultWord>, Option<PersonId>, Option<Period>),
    /// To the same address as this one.
    SameEmail(InvitationNo),
    SameInn(InvitationNo),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffAct {
    Page(u32),
    AskRevoke(PersonId),
    Revoke(PersonId),
    AskLimit(PersonId, LimitPeriod),
    /// `None`: as configured.
    SetLimit(PersonId, LimitPeriod, Option<u32>),
    Card(PersonId),
    AskRole(PersonId),
    AskUntil(PersonId),
    /// For so many days from today; `None`: without an end.
    SetUntil(PersonId, Option<u32>),
    SetRole(PersonId, Role),
    AskOffice(PersonId),
    SetOffice(PersonId, Option<OfficeCode>),
    /// In place of the codes that somebody has; with the minute (Unix) of the question.
    ReplaceOffices(PersonId, Option<OfficeCode>, i64),
}

wire! { Press {
    Home = "h",
    Invite = "n",
InviteAnother = "n+",
    Draft(act) = "d",
    Card(number, version, act) = "c",
    CardOf(number, list) = "o",
    List(list) = "l",
    Filter(filter) = "f",
    Authors(filter) = "a",
    Staff(act) = "s",
    StopList(act) = "x",
    Request(act) = "q",
    Links(act) = "k",
    Report(act) = "g",
    FollowUp(act) = "u",
    Write(person) = "w",
    Resume(hold, asked) = "r",
Caption = "-",
}}

wire! { CardAct {
    Open = "open",
OpenBelow = "details",
    Arrived = "arrived",
    Missing = "missing",
    AskResend = "ask",
    Resend(asked) = "resend",
    Cancel = "cancel",
    Release = "release",
    ResendMenu = "menu",
    Copy = "copy",
    Switch = "switch",
    ResendOverLimit(asked) = "over",
    Edit(field) = "edit",
    AskStop = "stop?",
    ChooseStop(scope) = "stop??",
    Stop(scope) = "stop",
}}

wire! { Period { Today = "d", Week = "w", Month = "m" } }

wire! { LimitPeriod { Day = "day", Hour = "hour" } }

wire! { StopScope { Address = "address", Company = "company" } }

wire! { StopAct { Page(page) = "p", AskRemove(id) = "a", Remove(id) = "r" } }

wire! { RequestKind { Access = "a", Limit = "l", Repeat = "r", Stop = "s" } }

wire! { RequestAct {
    Ask(kind) = "q",
    AskOf(kind, number) = "q+",
    Page = "p",
    Open(id) = "c",
    Roles(id) = "k?",
    Admit(id, role) = "k",
    Extra(id, more) = "l",
    Grant(id) = "y",
    Refuse(id) = "n",
    Block(id) = "b",
    Unblock(id) = "u",
}}

wire! { Answer { Registered = "y", Declined = "n", CallBack = "c" } }

wire! { FollowAct {
    Answer(number, answer) = "a",
    Undo(number) = "u",
    AskCall(number) = "c?",
    Call(number, days) = "c",
    InList(day, number, answer) = "l",
    All(day) = "all",
    Later = "later",
}}

wire! { ReportAct { Period(period) = "p" } }

wire! { LinkAct {
    Terms(terms) = "t",
    Make(terms) = "m",
    Page = "p",
    Revoke(id) = "r",
    Replace(id) = "x",
}}

wire! { ListFilter { All(bucket, author, period) = "a", SameEmail(number) = "email", SameInn(number) = "inn" } }

wire! { StaffAct {
    Page(page) = "p",
    AskRevoke(id) = "r?",
    Revoke(id) = "r",
    AskLimit(id, period) = "l?",
    SetLimit(id, period, limit) = "l",
    Card(id) = "c",
    AskRole(id) = "k?",
    AskUntil(id) = "u?",
    SetUntil(id, days) = "u",
    SetRole(id, role) = "k",
    AskOffice(id) = "o?",
    SetOffice(id, code) = "o",
    ReplaceOffices(id, code, asked) = "o!",
}}

wire! { DraftAct {
    Choose(provider) = "to",
    Inn(inn) = "inn",
    KeepValue = "keep",
    Office(code) = "office",
    WithoutOffice = "nooffice",
    TakeFromRegistry = "yes",
    Branches(page) = "branches",
    Kpp(kpp) = "kpp",
    Edit(field) = "edit",
    Back = "back",
    Cancel = "cancel",
    Send = "send",
    Pick(index) = "pick",
    ByHand = "byhand",
    KeepUnfinished = "continue",
    TakePasted = "pasted",
    History = "history",
    ConfirmRepeat(named) = "anyway",
    SendOverLimit = "over",
    ShowDraft = "resume",
    StartOver = "restart",
}}

impl Write for List {
    fn write(&self, to: &mut String) {
        self.page.write(to);
        self.filter.write(to);
    }

    fn read(from: &mut Words<'_>) -> Option<Self> {
        Some(Self { page: Write::read(from)?, filter: Write::read(from)? })
    }
}

impl From<Press> for String {
    fn from(press: Press) -> Self {
        press.encode(None)
    }
}

impl TryFrom<String> for Press {
    type Error = &'static str;

    fn try_from(data: String) -> Result<Self, Self::Error> {
        Press::decode(&data).map(|(press, _)| press).ok_or("no data of a button")
    }
}

impl Press {
    /// `None`: everybody on the list may press it, and the handler looks further.
    pub fn needs(&self) -> Option<Permission> {
        match self {
            Self::Invite | Self::InviteAnother | Self::Draft(_) => Some(Permission::Send),
            Self::Card(_, _, CardAct::Open | CardAct::OpenBelow) => None,
            Self::Card(..) => Some(Permission::Send),
            Self::Authors(_) => Some(Permission::SeeAll),
            Self::Staff(StaffAct::Page(_) | StaffAct::Card(_)) => Some(Permission::SeeStaff),
            Self::Staff(_) => Some(Permission::ManageStaff),
            Self::StopList(_) => Some(Permission::ManageStopList),
            Self::Request(RequestAct::Ask(_) | RequestAct::AskOf(..)) => Some(Permission::Send),
            Self::Request(_) => Some(Permission::DecideRequests),
            Self::Links(_) => Some(Permission::ManageStaff),
            Self::Report(_) => Some(Permission::SeeReports),
            Self::FollowUp(_) => Some(Permission::Send),
            Self::Resume(..) => Some(Permission::Resume),
            Self::Home
            | Self::CardOf(..)
            | Self::List(_)
            | Self::Filter(_)
            | Self::Write(_)
            | Self::Caption => None,
        }
    }

    /// At most 64 bytes.
    pub fn encode(&self, revision: Option<DraftRevision>) -> String {
        let mut data = String::new();
        match self {
            Self::Draft(act) => {
                let DraftRevision { draft, revision } =
                    revision.unwrap_or(DraftRevision { draft: 0, revision: 0 });
                data = format!("d:{draft}:{revision}:");
                act.write(&mut data);
            }
            other => other.write(&mut data),
        }
        data.pop();
        data
    }

    pub fn decode(data: &str) -> Option<(Self, Option<DraftRevision>)> {
        let read = match data.strip_prefix("d:") {
            Some(rest) => {
                let mut words = Words::new(rest);
                let (draft, revision) = (Write::read(&mut words)?, Write::read(&mut words)?);
                let press = Self::Draft(Write::read(&mut words)?);
                (press, Some(DraftRevision { draft, revision }), words)
            }
            None => {
                let mut words = Words::new(data);
                (Self::read(&mut words)?, None, words)
            }
        };
        let (press, revision, mut words) = read;
        words.next().is_none().then_some((press, revision))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::domain::{Inn, Kpp, Lifetime, Provider};

    fn field() -> impl Strategy<Value = Field> {
        use Field::{Email, Inn, Kpp, Name, Office, Provider};
        select(vec![Provider, Inn, Kpp, Name, Email, Office])
    }

    fn provider() -> impl Strategy<Value = Provider> {
        select(Provider::ALL.to_vec())
    }

    fn person() -> impl Strategy<Value = PersonId> {
        (1i64..1 << 52).prop_map(|id| PersonId::new(id).unwrap())
    }

    fn period() -> impl Strategy<Value = LimitPeriod> {
        prop::sample::select(LimitPeriod::ALL.to_vec())
    }

    fn code() -> impl Strategy<Value = OfficeCode> {
        "[0-9]{4,5}".prop_map(|code| OfficeCode::parse(&code).unwrap())
    }

    /// A minute (Unix) of the next thousands of years.
    fn minute() -> impl Strategy<Value = i64> {
        any::<i32>().prop_map(i64::from)
    }

    fn filter() -> impl Strategy<Value = ListFilter> {
        use prop::option::of;
        prop_oneof![
            (of(select(ResultWord::ALL.to_vec())), of(person()), of(select(Period::ALL.to_vec())))
                .prop_map(|(bucket, author, period)| ListFilter::All(bucket, author, period)),
            any::<i64>().prop_map(|n| ListFilter::SameEmail(InvitationNo(n))),
            any::<i64>().prop_map(|n| ListFilter::SameInn(InvitationNo(n))),
        ]
    }

    fn draft_act() -> impl Strategy<Value = DraftAct> {
        use DraftAct::{
            Back, Branches, ByHand, Cancel, Choose, ConfirmRepeat, Edit, History, KeepUnfinished,
            KeepValue, Office, Pick, Send, SendOverLimit, ShowDraft, StartOver, TakeFromRegistry,
            TakePasted, WithoutOffice,
        };
        let zero = select(vec!["0816000005", "500100732259"]);
        prop_oneof![
            select(vec![
                KeepValue,
                WithoutOffice,
                TakeFromRegistry,
                Back,
                Cancel,
                Send,
                ByHand,
                KeepUnfinished,
                TakePasted,
                History,
                SendOverLimit,
                ShowDraft,
                StartOver,
            ]),
            provider().prop_map(Choose),
            zero.prop_map(|inn| DraftAct::Inn(Inn::parse(inn).unwrap())),
            code().prop_map(Office),
            any::<u16>().prop_map(Branches),
            "[0-9]{4}[0-9A-Z]{2}[0-9]{3}".prop_map(|it| DraftAct::Kpp(Kpp::parse(&it).unwrap())),
            field().prop_map(Edit),
            any::<u8>().prop_map(Pick),
            any::<u32>().prop_map(ConfirmRepeat),
        ]
    }

    fn card_act() -> impl Strategy<Value = CardAct> {
        use CardAct::{
            Arrived, AskResend, AskStop, Cancel, ChooseStop, Copy, Edit, Missing, Open, OpenBelow,
            Release, Resend, ResendMenu, ResendOverLimit, Stop, Switch,
        };
        let scope = || select(vec![StopScope::Address, StopScope::Company]);
        prop_oneof![
            select(vec![
                Open, OpenBelow, Arrived, Missing, AskResend, Cancel, Release, ResendMenu, Copy,
                Switch, AskStop,
            ]),
            prop::option::of(minute()).prop_map(Resend),
            minute().prop_map(ResendOverLimit),
            field().prop_map(Edit),
            scope().prop_map(ChooseStop),
            scope().prop_map(Stop),
        ]
    }

    fn staff_act() -> impl Strategy<Value = StaffAct> {
        use StaffAct::{
            AskLimit, AskOffice, AskRevoke, AskRole, AskUntil, Card, Page, ReplaceOffices, Revoke,
            SetLimit, SetOffice, SetRole, SetUntil,
        };
        use prop::option::of;
        prop_oneof![
            any::<u32>().prop_map(Page),
            person().prop_map(AskRevoke),
            person().prop_map(Revoke),
            (person(), period()).prop_map(|(id, period)| AskLimit(id, period)),
            (person(), period(), of(any::<u32>()))
                .prop_map(|(id, period, limit)| SetLimit(id, period, limit)),
            person().prop_map(Card),
            person().prop_map(AskRole),
            person().prop_map(AskUntil),
            (person(), of(any::<u32>())).prop_map(|(id, days)| SetUntil(id, days)),
            (person(), select(Role::ALL.to_vec())).prop_map(|(id, role)| SetRole(id, role)),
            person().prop_map(AskOffice),
            (person(), of(code())).prop_map(|(id, code)| SetOffice(id, code)),
            (person(), of(code()), minute())
                .prop_map(|(id, code, asked)| ReplaceOffices(id, code, asked)),
        ]
    }

    fn request_act() -> impl Strategy<Value = RequestAct> {
        use RequestAct::{
            Admit, Ask, AskOf, Block, Extra, Grant, Open, Page, Refuse, Roles, Unblock,
        };
        let kind = || select(RequestKind::ALL.to_vec());
        let id = any::<i64>;
        prop_oneof![
            Just(Page),
            kind().prop_map(Ask),
            (kind(), id()).prop_map(|(kind, number)| AskOf(kind, InvitationNo(number))),
            (id(), select(Role::ALL.to_vec())).prop_map(|(id, role)| Admit(id, role)),
            (id(), any::<u32>()).prop_map(|(id, more)| Extra(id, more)),
            (id(), select(vec![Open, Roles, Grant, Refuse, Block, Unblock]))
                .prop_map(|(id, act)| act(id)),
        ]
    }

    fn follow_act() -> impl Strategy<Value = FollowAct> {
        use FollowAct::{All, AskCall, Call, InList, Later, Undo};
        let number = || any::<i64>().prop_map(InvitationNo);
        let answer = || select(vec![Answer::Registered, Answer::Declined, Answer::CallBack]);
        prop_oneof![
            (number(), answer()).prop_map(|(number, it)| FollowAct::Answer(number, it)),
            number().prop_map(Undo),
            number().prop_map(AskCall),
            (number(), any::<u32>()).prop_map(|(number, days)| Call(number, days)),
            (any::<i64>(), number(), answer())
                .prop_map(|(day, number, it)| InList(day, number, it)),
            any::<i64>().prop_map(All),
            Just(Later),
        ]
    }

    fn link_act() -> impl Strategy<Value = LinkAct> {
        use prop::option::of;
        let roles = || select(Role::ALL.to_vec());
        let lifetimes = || select(Lifetime::ALL.to_vec());
        let terms = || {
            (roles(), lifetimes(), any::<u32>(), of(code()), of(any::<u32>())).prop_map(
                |(role, lifetime, uses, office, day_limit)| LinkTerms {
                    role,
                    lifetime,
                    uses,
                    office,
                    day_limit,
                },
            )
        };
        prop_oneof![
            terms().prop_map(LinkAct::Terms),
            terms().prop_map(LinkAct::Make),
            Just(LinkAct::Page),
            any::<i64>().prop_map(LinkAct::Revoke),
            any::<i64>().prop_map(LinkAct::Replace),
        ]
    }

    fn press() -> impl Strategy<Value = Press> {
        use Press::{
            Authors, Caption, Card, CardOf, Draft, Filter, Home, Invite, InviteAnother, List,
            Request, Resume, Staff, StopList, Write,
        };
        prop_oneof![
            request_act().prop_map(Request),
            link_act().prop_map(Press::Links),
            follow_act().prop_map(Press::FollowUp),
            select(Period::ALL.to_vec()).prop_map(|it| Press::Report(ReportAct::Period(it))),
            select(vec![Home, Invite, InviteAnother, Caption]),
            draft_act().prop_map(Draft),
            (any::<i64>(), any::<i64>(), card_act()).prop_map(|(n, version, act)| Card(
                InvitationNo(n),
                version,
                act
            )),
            (filter(), any::<u32>()).prop_map(|(filter, page)| List(super::List { filter, page })),
            (any::<i64>(), filter(), any::<u32>()).prop_map(|(number, filter, page)| CardOf(
                InvitationNo(number),
                super::List { filter, page }
            )),
            filter().prop_map(Filter),
            filter().prop_map(Authors),
            staff_act().prop_map(Staff),
            any::<u32>().prop_map(|page| StopList(StopAct::Page(page))),
            any::<i64>().prop_map(|id| StopList(StopAct::AskRemove(id))),
            any::<i64>().prop_map(|id| StopList(StopAct::Remove(id))),
            person().prop_map(Write),
            (any::<i64>(), prop::option::of(minute())).prop_map(|(id, minute)| Resume(id, minute)),
        ]
    }

    proptest! {
        #[test]
        fn a_button_comes_back_as_it_was_made(press in press(), draft in any::<i64>(), revision in any::<i64>()) {
            let revision = DraftRevision { draft, revision };
            let data = press.encode(Some(revision));
            prop_assert!((1..=64).contains(&data.len()), "{} bytes: {data}", data.len());
            let revision = matches!(press, Press::Draft(_)).then_some(revision);
            prop_assert_eq!(Press::decode(&data), Some((press.clone(), revision)));
            // A kept message holds its buttons in the same words.
            let json = serde_json::to_string(&press).unwrap();
            prop_assert_eq!(serde_json::from_str::<Press>(&json).unwrap(), press);
        }

        #[test]
        fn strange_data_never_panics(data in "\\PC{0,64}|([0-9-]{1,4}:){0,2}[dclfasrhnxw](:[-0-9a-z?]{0,9}){0,6}") {
            Press::decode(&data);
        }
    }

    #[test]
    fn what_no_screen_makes_is_not_read() {
        for data in [
            "",
            ":",
            "z",
            "d:send",
            "1:send",
            "1:1:",
            "1:1:d",
            "1:1:d:",
            "1:1:d:launch",
            "1:1:d:send:",
            "1:1:d:send:2",
            "1:1:h",
            "1:1:d:anyway",
            "1:1:d:anyway:-1",
            "1:1:d:office:12",
            "1:1:d:pick:256",
            "1:1:d:pick:",
            "1:1:d:inn:123",
            "n:",
            "n+:1",
            "c:1:1:edit",
            "c:1:1:edit:",
            "c:1:1:edit:secret",
            "c:x:1:open",
            "l:0:secret",
            "l:0:a",
            "l:0:a::",
            "l:0:a::0:",
            "l:-1:a:::",
            "f:a:lost::",
            "f:a:::y",
            "r:bank",
            "r:",
            "u:",
            "u:1:soon",
            "s:r:-5",
            "s:r:0",
            "s:d:5:many",
            "s:r:5:now",
            "s:k:5:king",
            "s:o:5:12",
            "x:r:",
            "w:0",
            "-:",
        ] {
            assert_eq!(Press::decode(data), None, "{data}");
        }
    }
}
