//! Gives every invitation the key that its address has by now: earlier releases took a domain as
//! it was typed, so that two ways of writing one mailbox were two recipients.

use sqlx::SqlitePool;

use super::StoreError;
use crate::domain::Email;

/// Puts right what an earlier release left, if anything; in one transaction. Where that would put
/// two invitations in flight to one recipient, the recipient of one stays as it was until the
/// other is settled and the program starts again: neither may be lost, and no third one is made.
pub(super) async fn put_right(writer: &SqlitePool) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "SELECT number, email_key, recipient_key FROM invitations
         WHERE email_key || recipient_key GLOB '*[^ -~]*' ORDER BY number"
    )
    .fetch_all(writer)
    .await?;
    let mut wrong = Vec::new();
    for row in rows {
        let key = Email::parse(&row.email_key).ok().map(|email| email.key());
        // A domain that cannot be encoded keeps its letters.
        if let Some(key) = key.filter(|key| key.is_ascii()) {
            wrong.push((row.number, key, !row.recipient_key.is_ascii()));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    for (number, key, is_recipient) in wrong {
        sqlx::query!("UPDATE invitations SET email_key = ? WHERE number = ?", key, number)
            .execute(&mut *tx)
            .await?;
        if is_recipient {
            sqlx::query!(
                "UPDATE OR IGNORE invitations SET recipient_key = email_key WHERE number = ?",
                number,
            )
            .execute(&mut *tx)
            .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
