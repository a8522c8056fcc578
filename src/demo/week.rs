//! What the demo opens with: a week in which Олег and Анна have invited clients.

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use uuid::Uuid;

use crate::domain::{
    Answer, DayBounds, Draft, Field, FieldFault, InvitationNo, Limits, Mark, OfficeCode, Outcome,
    Person, PersonId, Provider, Recipient, Refusal, Verdict, Wait,
};
use crate::providers::Providers;
use crate::store::{Actor, Change, NewInvitation, Quotas, Store, SubmitOptions};

/// Both people's office.
pub const OFFICE: &str = "7705";

#[derive(Clone, Copy)]
enum Who {
    Oleg,
    Anna,
}

#[derive(Clone, Copy)]
enum When {
    /// So many days ago, at this hour and minute.
    Day(i64, i8, i8),
    MinutesAgo(i64),
}

#[derive(Clone, Copy)]
enum End {
    Accepted,
    Refused,
    Client,
    Unreachable,
    Cancelled,
    Unknown,
    /// Nobody knew, and the author said that the letter had come.
    Arrived,
}

struct Past {
    when: When,
    who: Who,
    email: &'static str,
    /// ИНН, КПП and name: an invitation to СБИС.
    company: Option<[&'static str; 3]>,
    end: End,
}

const fn past(
    when: When,
    who: Who,
    email: &'static str,
    company: Option<[&'static str; 3]>,
    end: End,
) -> Past {
    Past { when, who, email, company, end }
}

const WEEK: [Past; 16] = {
    use End::{Accepted, Arrived, Cancelled, Client, Refused, Unknown, Unreachable};
    use When::{Day, MinutesAgo};
    use Who::{Anna, Oleg};
    const VESNA: [&str; 3] = ["7700001010", "770001001", "ООО «Весна»"];
    const ZARYA: [&str; 3] = ["7700001027", "770001001", "ООО «Заря»"];
    const MAYAK: [&str; 3] = ["5000001035", "500001001", "ООО «Маяк»"];
    const RODNIK: [&str; 3] = ["7800001045", "780001001", "АО «Родник»"];
    const KEDR: [&str; 3] = ["5400001086", "540001001", "ООО «Кедр»"];
    const GRANIT: [&str; 3] = ["6600001078", "660001001", "ООО «Гранит»"];
    const PARUS: [&str; 3] = ["1600001093", "160001001", "ООО «Парус»"];
    [
        past(Day(6, 10, 12), Anna, "vesna@demo.test", Some(VESNA), Accepted),
        past(Day(6, 11, 40), Anna, "zarya@demo.test", None, Accepted),
        past(Day(6, 15, 5), Oleg, "mayak@demo.test", Some(MAYAK), Client),
        past(Day(5, 9, 48), Anna, "rodnik@demo.test", Some(RODNIK), Accepted),
        past(Day(5, 16, 30), Anna, "buh-kedr@demo.test", None, Refused),
        past(Day(5, 16, 34), Anna, "kedr@demo.test", None, Accepted),
        past(Day(4, 12, 20), Oleg, "granit@demo.test", Some(GRANIT), Accepted),
        past(Day(4, 12, 51), Anna, "parus@demo.test", Some(PARUS), Arrived),
        past(Day(3, 10, 3), Anna, "lesnoy@demo.test", None, Accepted),
        past(Day(3, 14, 27), Anna, "orion@demo.test", None, Unreachable),
        past(Day(2, 11, 15), Anna, "zarya@demo.test", Some(ZARYA), Accepted),
        past(Day(2, 17, 2), Oleg, "klyuch@demo.test", None, Cancelled),
        past(Day(1, 10, 38), Anna, "ruchey@demo.test", None, Accepted),
        past(Day(1, 15, 44), Anna, "kedr@demo.test", Some(KEDR), Accepted),
        past(MinutesAgo(34), Anna, "luna@demo.test", None, Accepted),
        past(MinutesAgo(12), Anna, "volna@demo.test", None, Unknown),
    ]
};

/// Writes the week down as the bot would have; nobody is told of it once more.
pub async fn fill(
    store: &Store,
    providers: &Providers,
    [oleg, anna]: [Person; 2],
    zone: &TimeZone,
    now: Timestamp,
) -> anyhow::Result<()> {
    let week = Week { store, providers, people: [oleg.id, anna.id], zone };
    let begun = week.time(When::Day(7, 9, 0), now)?;
    let offices = [oleg.id, anna.id].map(|person| {
        let codes = OfficeCode::parse(OFFICE).into_iter().collect();
        Change::SetOffices { person, codes }
    });
    week.apply(Actor::Person(oleg.id), begun, &[Change::UpsertPerson(oleg.clone())]).await?;
    week.apply(Actor::Person(oleg.id), begun, &offices).await?;
    for past in &WEEK {
        week.invite(past, now).await.with_context(|| past.email)?;
    }
    Ok(())
}

struct Week<'a> {
    store: &'a Store,
    providers: &'a Providers,
    people: [PersonId; 2],
    zone: &'a TimeZone,
}

impl Week<'_> {
    fn time(&self, when: When, now: Timestamp) -> anyhow::Result<Timestamp> {
        Ok(match when {
            When::MinutesAgo(minutes) => now.checked_sub(SignedDuration::from_mins(minutes))?,
            When::Day(days, hour, minute) => {
                let day = now.to_zoned(self.zone.clone()).checked_sub(days.days())?.date();
                day.at(hour, minute, 0, 0).to_zoned(self.zone.clone())?.timestamp()
            }
        })
    }

    async fn apply(
        &self,
        by: Actor,
        at: Timestamp,
        changes: &[Change],
    ) -> anyhow::Result<crate::store::Applied> {
        Ok(self.store.apply(by, at, changes).await?)
    }

    async fn invite(&self, past: &Past, now: Timestamp) -> anyhow::Result<()> {
        let [oleg, anna] = self.people;
        let person = match past.who {
            Who::Oleg => oleg,
            Who::Anna => anna,
        };
        let by = Actor::Person(person);
        let at = self.time(past.when, now)?;
        let (recipient, guid) = (past.recipient()?, Uuid::new_v4());
        let body = self.providers.body(&recipient, guid).context("the provider is on")?;
        let save = Change::SaveSession { person, was: None, version: 1, body: "{}".to_owned() };
        let draft = self.apply(by, at, &[save]).await?.draft.context("a draft was saved")?;
        let quotas = Quotas { limits: Limits::NONE, day: DayBounds::of(at, self.zone) };
        let submit = Change::Submit(NewInvitation {
            draft,
            recipient: recipient.clone(),
            guid,
            status_message: None,
            send_at: None,
            sources: Vec::new(),
            repeats: None,
            options: SubmitOptions::at_once(at),
            quotas,
        });
        let submitted = self.apply(by, at, &[submit]).await?.submitted;
        let number = submitted.context("an invitation was made")?;
        let mut version = 1;
        let mut later = at;
        if let End::Cancelled = past.end {
            later = at + SignedDuration::from_secs(3);
            self.apply(by, later, &[Change::Cancel { number, version }]).await?;
            version += 1;
        } else {
            for (answer, retry_after) in past.answers() {
                later = later.checked_add(SignedDuration::from_secs(1))?;
                let retry_at = retry_after.map(|wait| later + SignedDuration::from_secs(wait));
                self.call(number, &mut version, &body, answer, later, retry_at).await?;
                later = retry_at.unwrap_or(later);
            }
        }
        if let End::Arrived = past.end {
            let resolve = Change::Resolve { number, version, verdict: Verdict::Arrived };
            self.apply(by, later + SignedDuration::from_mins(25), &[resolve]).await?;
            version += 1;
        }
        if let (When::Day(days @ 3.., ..), End::Accepted | End::Arrived) = (past.when, past.end) {
            let mark = if days > 3 { Mark::Registered } else { Mark::Declined };
            let mark = Change::FollowUp { number, was: None, mark: Some(mark) };
            self.apply(by, later + SignedDuration::from_hours(24), &[mark]).await?;
        }
        let told = Change::GiveUpTelling { number, version };
        self.apply(Actor::Program, later, &[told]).await?;
        Ok(())
    }

    async fn call(
        &self,
        number: InvitationNo,
        version: &mut i64,
        body: &[u8],
        answer: Answer,
        at: Timestamp,
        retry_at: Option<Timestamp>,
    ) -> anyhow::Result<()> {
        let claim = Change::Claim { number, version: *version, body: body.to_vec() };
        let claim = self.apply(Actor::Program, at, &[claim]).await?.claim;
        let attempt = claim.context("it was to be called")?.n;
        let invitation = self.store.reader().invitation(number).await?;
        let provider = invitation.context("it is there")?.recipient.provider();
        let close = Change::Close { number, attempt, provider, answer, retry_at, rest_until: None };
        self.apply(Actor::Program, at, &[close]).await?;
        *version += 2;
        Ok(())
    }
}

impl Past {
    fn recipient(&self) -> anyhow::Result<Recipient> {
        let provider = match self.company {
            Some(_) => Provider::Sbis,
            None => Provider::Invoicebox,
        };
        let mut draft = Draft { provider: Some(provider), ..Draft::default() };
        let company = self.company.map(|[inn, kpp, name]| {
            [(Field::Inn, inn), (Field::Kpp, kpp), (Field::Name, name), (Field::Office, OFFICE)]
        });
        let fields = company.into_iter().flatten().chain([(Field::Email, self.email)]);
        for (field, text) in fields {
            let set = draft.set_from_text(field, text);
            set.map_err(|error| anyhow::anyhow!("{text}: {error:?}"))?;
        }
        draft.finish().map_err(|missing| anyhow::anyhow!("{missing:?} is missing"))
    }

    /// With the seconds until the next call, if there is one.
    fn answers(&self) -> Vec<(Answer, Option<i64>)> {
        let answer = |outcome, http_status, message: Option<&str>| Answer {
            outcome,
            http_status,
            request_id: None,
            message: message.map(str::to_owned),
        };
        let rejected = |why, fields| Outcome::Rejected { why, fields };
        match self.end {
            End::Accepted => {
                vec![(answer(Outcome::Accepted { reference: None }, Some(200), None), None)]
            }
            End::Refused => {
                let fault = FieldFault {
                    name: "identifier".to_owned(),
                    message: "такого почтового ящика нет".to_owned(),
                };
                let words = Some("Приглашение на этот адрес отправить нельзя");
                vec![(answer(rejected(Refusal::Data, vec![fault]), Some(422), words), None)]
            }
            End::Client => {
                let words = Some("Организация связана с авторизованным аккаунтом");
                vec![(answer(rejected(Refusal::AlreadyClient, vec![]), Some(500), words), None)]
            }
            End::Unknown | End::Arrived => {
                vec![(answer(Outcome::Unknown, None, Some("timeout")), None)]
            }
            End::Unreachable => {
                let waits = [Some(5), Some(15), Some(60), Some(180), Some(600), None];
                let not_accepted =
                    || Outcome::NotAccepted { wait: Wait::Connect, retry_after: None };
                let answer = || answer(not_accepted(), None, Some("no connection"));
                waits.into_iter().map(|wait| (answer(), wait)).collect()
            }
            End::Cancelled => Vec::new(),
        }
    }
}
