//! The backup of every night. What was made is known by the folder alone, so a night that was
//! missed is made up for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{backups, checking};
use crate::bot::Context;
use crate::config::BackupSettings;
use crate::domain::{HoldKind, Warning};
use crate::screens::{Screen, warnings};
use crate::store::{self, BackupError, StorageTrouble};

/// A file that may be damaged is looked through first.
const CHECKED_SOON: Duration = Duration::from_secs(1);

/// Admins are warned when the last good one is older.
const OLD: SignedDuration = SignedDuration::from_hours(48);

/// In looks, after a failure.
const AGAIN_AFTER: u32 = 30;

pub struct Nightly {
    context: Arc<Context>,
    database: PathBuf,
    settings: BackupSettings,
}

impl Nightly {
    pub fn new(context: Arc<Context>, database: PathBuf, settings: BackupSettings) -> Self {
        Self { context, database, settings }
    }

    pub async fn run(self, every: Duration) {
        while self.context.store.is_unchecked() {
            tokio::time::sleep(every.min(CHECKED_SOON)).await;
        }
        loop {
            let now = Timestamp::now();
            let wait = match self.round(now).await {
                Ok(()) => {
                    self.is_well(now).await;
                    every
                }
                Err(error) => {
                    tracing::error!(%error, "the nightly backup failed");
                    self.tell(&error, now).await;
                    every * AGAIN_AFTER
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn round(&self, now: Timestamp) -> Result<(), BackupError> {
        if !self.is_due(now).await? {
            return Ok(());
        }
        let begun = Instant::now();
        let to = self.settings.folder.join(backups::name(now));
        let backup = store::back_up(&self.database, &to).await?;
        let milliseconds = begun.elapsed().as_millis();
        let (file, bytes) = (backup.path.display(), backup.bytes);
        tracing::info!(%file, bytes, milliseconds, "a backup was made");
        if !self.is_in_doubt().await {
            self.prune(backup.path, now).await;
        }
        Ok(())
    }

    async fn is_due(&self, now: Timestamp) -> Result<bool, BackupError> {
        let due = last_due(now, &self.context.zone, self.settings.at);
        let newest = self.newest(now).await?;
        Ok(newest.is_none_or(|newest| newest < due))
    }

    /// One of a time to come was made while the clock was wrong.
    async fn newest(&self, now: Timestamp) -> Result<Option<Timestamp>, BackupError> {
        let folder = self.settings.folder.clone();
        let list = move || backups::make(&folder).and_then(|()| backups::list(&folder));
        let found = tokio::task::spawn_blocking(list).await.map_err(std::io::Error::other)??;
        Ok(found.into_iter().map(|(at, _)| at).find(|at| *at <= now))
    }

    /// Backups of the wrong database must not take the place of those of the right one.
    async fn is_in_doubt(&self) -> bool {
        let holds = self.context.store.reader().holds().await;
        holds.map_or(true, |holds| {
            holds.iter().any(|hold| matches!(hold.kind, HoldKind::UntrustedDatabase { .. }))
        })
    }

    async fn prune(&self, made: PathBuf, now: Timestamp) {
        let settings = self.settings.clone();
        let prune = tokio::task::spawn_blocking(move || backups::prune(&settings, &made, now));
        match prune.await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(count)) => tracing::info!(count, "old backups were removed"),
            Ok(Err(error)) => tracing::error!(%error, "old backups cannot be removed"),
        }
    }

    async fn tell(&self, error: &BackupError, now: Timestamp) {
        if let Some(StorageTrouble::Damaged | StorageTrouble::NoDatabase) = error.database_trouble()
        {
            checking::check(&self.context.store).await;
        }
        let newest = self.newest(now).await.ok().flatten();
        if is_young(newest, now) {
            return;
        }
        let folder = self.settings.folder.display().to_string();
        let zone = &self.context.zone;
        let screen = warnings::backup_failed(error.trouble(), &folder, newest, zone);
        self.warn(true, &screen).await;
    }

    /// Whoever made it.
    async fn is_well(&self, now: Timestamp) {
        let told = self.context.store.warnings().await.unwrap_or_default();
        let is_told = told.iter().any(|(warning, _)| *warning == Warning::Backup);
        if is_told && is_young(self.newest(now).await.ok().flatten(), now) {
            self.warn(false, &warnings::backup_made()).await;
        }
    }

    async fn warn(&self, stands: bool, screen: &Screen) {
        if let Err(error) = self.context.warn(Warning::Backup, stands, screen).await {
            tracing::error!(%error, "nobody is told of the backup");
        }
    }
}

fn is_young(newest: Option<Timestamp>, now: Timestamp) -> bool {
    newest.is_some_and(|newest| now.duration_since(newest) < OLD)
}

/// When the last one was to be made.
fn last_due(now: Timestamp, zone: &TimeZone, at: Time) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let days = [Some(today), today.yesterday().ok()].into_iter().flatten();
    let due = days.filter_map(|day| Some(zone.to_zoned(day.to_datetime(at)).ok()?.timestamp()));
    due.filter(|due| *due <= now).max().unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_at_its_time_of_the_day() {
        let due = |now: &str, zone: &str, at: Time| {
            let zone = TimeZone::get(zone).unwrap();
            last_due(now.parse().unwrap(), &zone, at).to_string()
        };
        let three = Time::constant(3, 0, 0, 0);
        let moscow = "Europe/Moscow";
        assert_eq!(due("2026-11-30T00:00:00Z", moscow, three), "2026-11-30T00:00:00Z");
        assert_eq!(due("2026-11-29T23:59:59Z", moscow, three), "2026-11-29T00:00:00Z");
        assert_eq!(due("2026-11-30T20:00:00Z", moscow, three), "2026-11-30T00:00:00Z");
        // Half past two comes never, and then twice.
        let half_past = Time::constant(2, 30, 0, 0);
        let berlin = "Europe/Berlin";
        assert_eq!(due("2026-03-29T12:00:00Z", berlin, half_past), "2026-03-29T01:30:00Z");
        assert_eq!(due("2026-10-25T12:00:00Z", berlin, half_past), "2026-10-25T00:30:00Z");
    }
}
