//! The deeds of admins on people that are no matter of access alone: office codes, roles. Limits
//! are in `rules`.

use super::turn::Turn;
use crate::dialogue::{Employee, Finding};
use crate::domain::{Day, OfficeCode, Person, PersonId, Role};
use crate::store::StoreError;

impl Turn<'_> {
    /// What may be changed of a person; `None`: the person has no access.
    pub async fn employee(&mut self, id: PersonId) -> Result<Option<Employee>, StoreError> {
        let listed = self.tx.listed(id).await?;
        let fixed = self.desk.fixed_admins.contains(&id).then_some(Role::Admin);
        let Some(role) = fixed.or(listed.as_ref().and_then(|listed| listed.role)) else {
            return Ok(None);
        };
        let person = listed.map_or(Person { id, name: None }, |listed| listed.person);
        let offices = self.tx.offices(id).await?;
        let now = self.desk.now;
        let day = Day::of(now, &self.context.zone);
        let usage = self.tx.usage(id, &self.context.rules.limits, day, now).await?;
        let limit = self.tx.day_limit(id).await?;
        Ok(Some(Employee { person, role, offices, limit, usage }))
    }

    /// Gives another role to somebody who has one.
    pub async fn set_role(&mut self, id: PersonId, role: Role) -> Result<Finding, StoreError> {
        match self.tx.listed(id).await?.filter(|listed| listed.role.is_some()) {
            Some(_) => self.allow(Person { id, name: None }, Some(role)).await,
            None => Ok(Finding::Colleague(None)),
        }
    }

    /// Gives office codes to somebody who has access.
    pub async fn set_offices(
        &mut self,
        id: PersonId,
        codes: &[OfficeCode],
    ) -> Result<Finding, StoreError> {
        if self.employee(id).await?.is_none() {
            return Ok(Finding::Colleague(None));
        }
        let (me, now) = (self.desk.me.id, self.desk.now);
        // An admin by configuration may never have written.
        self.tx.meet(id, "", now).await?;
        let changed = self.tx.set_offices(me, id, codes, now).await?;
        if id == me {
            self.desk.offices = self.tx.offices(me).await?;
        }
        let Some(employee) = self.employee(id).await? else { return Ok(Finding::Stale) };
        let unchanged = crate::dialogue::StaffAct::Card(id);
        Ok(match changed {
            true => Finding::Offices(employee),
            false => Finding::Employee(Some(employee), unchanged),
        })
    }
}
