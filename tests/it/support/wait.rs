//! Waiting for what must come.

use std::time::Duration;

/// Long enough for everything here, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so; `false`: it never was in [`PATIENCE`].
pub async fn until(mut is_so: impl AsyncFnMut() -> bool) -> bool {
    let waited = async {
        let mut pause = Duration::from_millis(1);
        while !is_so().await {
            tokio::time::sleep(pause).await;
            // Looking costs time, too.
            pause = (pause * 3 / 2).min(Duration::from_millis(50));
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.is_ok()
}
