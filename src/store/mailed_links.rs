//! Rows of the table `password_resets`: single-use links in mails and text messages. Using a link deletes its row.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::password_resets::ResetBasis;
use super::{ReadFrom, StoreError, Tx};
use crate::security::token::{AccountId, TokenHash};
use domain::{ChangeId, RecoveryId, Timestamp};

/// The action of a mailed link, for example a password reset, with the data that the action needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkAction {
    ResetPassword(ResetBasis),
    /// Opens a recovery after a lost phone. Valid while the account has this address and device epoch.
    OpenRecovery {
        account: AccountId,
        email: String,
        device_epoch: i64,
    },
    CancelRecovery {
        account: AccountId,
        recovery: RecoveryId,
    },
    UndoChange {
        account: AccountId,
        change: ChangeId,
    },
}

/// An unused mailed link. The database contains only the hash of the link's token. The link may be expired.
#[derive(Clone, Debug)]
pub struct MailedLink {
    pub token: TokenHash,
    pub action: LinkAction,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The columns that store a link action: `kind`, `account_id`, `email`, `password_digest` and `subject`.
type LinkColumns = (&'static str, String, String, String, String);

const RESET_PASSWORD_KIND: &str = "reset";
const OPEN_RECOVERY_KIND: &str = "open_recovery";
const CANCEL_RECOVERY_KIND: &str = "cancel_recovery";
const UNDO_CHANGE_KIND: &str = "undo";

impl LinkAction {
    /// Converts the action of a mailed link to the values of its database columns.
    fn to_column_values(&self) -> LinkColumns {
        let text = str::to_owned;
        match self {
            Self::ResetPassword(basis) => (
                RESET_PASSWORD_KIND,
                text(basis.account.as_str()),
                basis.email.clone(),
                basis.password_digest.clone(),
                String::new(),
            ),
            Self::OpenRecovery {
                account,
                email,
                device_epoch,
            } => (
                OPEN_RECOVERY_KIND,
                text(account.as_str()),
                email.clone(),
                String::new(),
                device_epoch.to_string(),
            ),
            Self::CancelRecovery { account, recovery } => (
                CANCEL_RECOVERY_KIND,
                text(account.as_str()),
                String::new(),
                String::new(),
                text(recovery.as_str()),
            ),
            Self::UndoChange { account, change } => (
                UNDO_CHANGE_KIND,
                text(account.as_str()),
                String::new(),
                String::new(),
                text(change.as_str()),
            ),
        }
    }

    /// Reads the action of a mailed link from a database row.
    fn link_action_from_row(row: &AnyRow) -> Result<Self, StoreError> {
        let kind: String = row.try_get("kind")?;
        let account = AccountId::from_stored(row.try_get("account_id")?);
        let subject: String = row.try_get("subject")?;
        let inconsistent = |column| StoreError::Inconsistent {
            table: "password_resets",
            column,
        };
        Ok(match kind.as_str() {
            RESET_PASSWORD_KIND => Self::ResetPassword(ResetBasis {
                account,
                email: row.try_get("email")?,
                password_digest: row.try_get("password_digest")?,
            }),
            OPEN_RECOVERY_KIND => Self::OpenRecovery {
                account,
                email: row.try_get("email")?,
                device_epoch: subject.parse().map_err(|_| inconsistent("subject"))?,
            },
            CANCEL_RECOVERY_KIND => Self::CancelRecovery {
                account,
                recovery: RecoveryId::from_stored(subject),
            },
            UNDO_CHANGE_KIND => Self::UndoChange {
                account,
                change: ChangeId::from_stored(subject),
            },
            _ => return Err(inconsistent("kind")),
        })
    }
}

/// Stores a mailed link.
pub async fn insert_mailed_link(tx: &mut Tx, link: &MailedLink) -> Result<(), StoreError> {
    let (kind, account, email, digest, subject) = link.action.to_column_values();
    sqlx::query(
        "INSERT INTO password_resets (token_hash, kind, account_id, email, password_digest, subject, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(link.token.as_str())
    .bind(kind)
    .bind(account)
    .bind(email)
    .bind(digest)
    .bind(subject)
    .bind(link.created_at.as_millis())
    .bind(link.expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Finds the unused mailed link with this token. The caller checks action, expiry and account of the link.
pub async fn find_mailed_link(
    database: ReadFrom<'_>,
    token: &TokenHash,
) -> Result<Option<MailedLink>, StoreError> {
    let query = sqlx::query(
        "SELECT token_hash, kind, account_id, email, password_digest, subject, created_at, expires_at \
         FROM password_resets WHERE token_hash = $1",
    )
    .bind(token.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(mailed_link_from_row).transpose()
}

/// Deletes a mailed link, so that it works only once. Returns `false` if another request has used the link.
pub async fn use_up_mailed_link(tx: &mut Tx, token: &TokenHash) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM password_resets WHERE token_hash = $1")
        .bind(token.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Reads a mailed link from a database row.
fn mailed_link_from_row(row: &AnyRow) -> Result<MailedLink, StoreError> {
    Ok(MailedLink {
        token: TokenHash::from_stored(row.try_get("token_hash")?),
        action: LinkAction::link_action_from_row(row)?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
