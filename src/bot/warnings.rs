//! Looks at the machine and at what stands still, and warns admins: once, and that it is over.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::Context;
use crate::domain::{Hold, Warning};
use crate::room::Room;
use crate::screens::{Screen, warnings};
use crate::store::StoreError;

#[derive(Clone, Debug)]
pub struct Limits {
    pub every: Duration,
    /// How long a hold may last.
    pub hold: SignedDuration,
    /// How long Telegram may be out of reach.
    pub silence: Duration,
    /// How much the clock may be off.
    pub clock: SignedDuration,
    /// How long after a panic all is well again.
    pub panic: SignedDuration,
    /// What is little.
    pub room: Room,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
            hold: SignedDuration::from_hours(1),
            silence: Duration::from_secs(600),
            clock: SignedDuration::from_secs(30),
            panic: SignedDuration::from_hours(24),
            room: Room::LITTLE,
        }
    }
}

pub struct Warnings {
    context: Arc<Context>,
    database: PathBuf,
    limits: Limits,
    silence: Silence,
}

/// Whether something is to be told of, or is over; nothing, where it is neither.
type Found = Option<(bool, Screen)>;

impl Warnings {
    pub fn new(context: Arc<Context>, database: PathBuf, limits: Limits) -> Self {
        Self { context, database, limits, silence: Silence::default() }
    }

    pub async fn run(mut self) {
        loop {
            tokio::time::sleep(self.limits.every).await;
            if let Err(error) = self.round(Timestamp::now()).await {
                tracing::error!(%error, "admins are not warned");
            }
        }
    }

    async fn round(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let told = self.context.store.warnings().await?;
        let panics_told = told.iter().find(|(warning, _)| *warning == Warning::Panics);
        let panics = self.panics(now, panics_told.map(|(_, at)| *at));
        let mut found = vec![
            (Warning::Disk, self.room()),
            (Warning::Clock, self.clock()),
            (Warning::Panics, panics),
        ];
        found.extend(self.holds(&told, now).await?);
        for (warning, found) in found {
            let is_told = told.iter().any(|(other, _)| *other == warning);
            if let Some((warns, screen)) = found.filter(|(warns, _)| *warns != is_told) {
                self.context.warn(warning, warns, &screen).await?;
            }
        }
        self.silence(now).await
    }

    /// It is over only with some room to spare, or it would be told again and again.
    fn room(&self) -> Found {
        let room = Room::of(self.database.parent()?)
            .inspect_err(|error| tracing::error!(%error, "the room on the disk cannot be read"))
            .ok()?;
        let (free, percent) = (room.free, room.percent);
        if room.is_below(self.limits.room) {
            Some((true, warnings::little_room(free, percent)))
        } else if !room.is_below(self.limits.room.and_some()) {
            Some((false, warnings::enough_room(free, percent)))
        } else {
            None
        }
    }

    fn clock(&self) -> Found {
        let off = self.context.store.monitor().take_clock()?;
        Some(match off.abs() > self.limits.clock {
            true => (true, warnings::clock_is_off(off)),
            false => (false, warnings::clock_is_right()),
        })
    }

    fn panics(&self, now: Timestamp, told: Option<Timestamp>) -> Found {
        let recent = |at: Timestamp| now.duration_since(at) < self.limits.panic;
        if self.context.store.monitor().last_panic().is_some_and(recent) {
            return Some((true, warnings::panicked()));
        }
        // What was before this start is not known.
        let quiet = |told: &Timestamp| !recent((*told).max(self.context.store.monitor().started()));
        told.filter(quiet).map(|_| (false, warnings::no_panics()))
    }

    async fn holds(
        &self,
        told: &[(Warning, Timestamp)],
        now: Timestamp,
    ) -> Result<Vec<(Warning, Found)>, StoreError> {
        let holds = self.context.store.reader().holds().await?;
        let lasts = |hold: &&Hold| now.duration_since(hold.since) >= self.limits.hold;
        let lasting = holds.iter().filter(lasts).map(|hold| {
            (Warning::Hold(hold.id), Some((true, warnings::hold_lasts(hold, &self.context.zone))))
        });
        let stands = |id: i64| holds.iter().any(|hold| hold.id == id);
        let over =
            told.iter().filter(|(warning, _)| matches!(warning, Warning::Hold(id) if !stands(*id)));
        let over =
            over.map(|(warning, _)| (*warning, Some((false, warnings::hold_is_over(holds.len())))));
        Ok(lasting.chain(over).collect())
    }

    /// Told when the way is free again.
    async fn silence(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let (heard, looked) = (self.context.store.monitor().last_heard(), Instant::now());
        let ended = self.silence.ended(heard, looked, self.limits.silence);
        let at = |instant| now - looked.saturating_duration_since(instant);
        if let Some(since) = ended {
            let screen = warnings::telegram_was_away(at(since), at(heard), &self.context.zone);
            self.context.tell_admins(&screen).await?;
        }
        Ok(())
    }
}

/// Since when Telegram says nothing, if that is long.
#[derive(Debug, Default)]
struct Silence(Option<Instant>);

impl Silence {
    /// `heard`: when Telegram answered last. Returns since when it had not.
    fn ended(&mut self, heard: Instant, now: Instant, limit: Duration) -> Option<Instant> {
        if now.saturating_duration_since(heard) >= limit {
            self.0 = Some(heard);
            return None;
        }
        self.0.take_if(|since| *since < heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_of_ten_minutes_is_told_once_and_only_when_it_is_over() {
        let start = Instant::now();
        let at = |minute: u64| start + Duration::from_secs(60 * minute);
        let mut silence = Silence::default();
        let mut ended = |heard, now| silence.ended(at(heard), at(now), Duration::from_secs(600));
        assert_eq!(ended(0, 1), None);
        assert_eq!(ended(0, 9), None);
        assert_eq!(ended(9, 10), None, "nine minutes are nothing");
        assert_eq!(ended(9, 19), None, "nobody can be told yet");
        assert_eq!(ended(9, 40), None);
        assert_eq!(ended(41, 41), Some(at(9)));
        assert_eq!(ended(42, 42), None, "once");
    }
}
