//! Dry run of an import: reports what an import would do, without writing.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::super::error::CommandError;
use super::row::{NumberedRow, Row};
use super::row_outcome::{
    AccountComparison, RowOutcome, compare_import_row_with_database,
    decide_import_row_outcome_from_comparisons,
};
use crate::store::Store;

/// State of an import with `--dry-run`.
///
/// It contains digests of the earlier rows of the file, to detect a second row for the same account.
#[derive(Default)]
pub(super) struct DryRun {
    rows: Vec<RowDigests>,
    by_username: HashMap<TextDigest, usize>,
    by_email: HashMap<TextDigest, usize>,
}

/// First 16 bytes of the SHA-256 digest of a text.
type TextDigest = [u8; 16];

/// Digests of the values in an import row, one for each column.
#[derive(Clone, Copy, PartialEq, Eq)]
struct RowDigests {
    username: TextDigest,
    email: TextDigest,
    full_name: TextDigest,
    phone: TextDigest,
    hash: TextDigest,
    /// Whether the hash has the parameters of new hashes, as after a sign-in. Such a hash never conflicts.
    is_current_hash: bool,
}

impl DryRun {
    /// Returns the outcome that an import would have for each row of a batch, without writing to the database.
    pub(super) async fn predict_import_outcomes(
        &mut self,
        store: &Store,
        batch: Vec<NumberedRow<Row>>,
    ) -> Result<Vec<(u64, RowOutcome)>, CommandError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for (line, row) in batch {
            let outcome = match row {
                Err(problems) => RowOutcome::Refused(problems),
                Ok(row) => match compare_import_row_with_database(store, &row).await? {
                    Some(outcome) => outcome,
                    None => self.predict_outcome_and_add_row(&row),
                },
            };
            outcomes.push((line, outcome));
        }
        Ok(outcomes)
    }

    /// Returns the outcome that an import of the row after the earlier rows would have.
    ///
    /// Adds the row to the dry run if no earlier row has its username or e-mail address.
    fn predict_outcome_and_add_row(&mut self, row: &Row) -> RowOutcome {
        let digests = RowDigests::from_row(row);
        let mut holders = vec![
            self.by_username.get(&digests.username),
            self.by_email.get(&digests.email),
        ];
        holders.dedup();
        let holders: Vec<RowDigests> = holders
            .into_iter()
            .flatten()
            .filter_map(|at| self.rows.get(*at).copied())
            .collect();
        if !holders.is_empty() {
            return decide_import_row_outcome_from_comparisons(
                holders
                    .iter()
                    .map(|holder| holder.compare_with_later_row(&digests)),
            );
        }
        let at = self.rows.len();
        self.by_username.insert(digests.username, at);
        self.by_email.insert(digests.email, at);
        self.rows.push(digests);
        RowOutcome::Created
    }
}

impl RowDigests {
    /// Computes digests of the values in an import row, to compare the row with later rows.
    fn from_row(row: &Row) -> Self {
        let phone = row
            .phone
            .as_ref()
            .map_or_else(String::new, |(number, yes)| {
                format!("{} {yes}", number.as_e164())
            });
        Self {
            username: digest_text(&row.username.canonical()),
            email: digest_text(&row.email.canonical()),
            full_name: digest_text(row.full_name.as_str()),
            phone: digest_text(&phone),
            hash: digest_text(row.password_hash.as_str()),
            is_current_hash: row.password_hash.has_format_of_new_hashes(),
        }
    }

    /// Compares this row of the import file with `later_row`, column by column.
    ///
    /// Every hash of `later_row` counts as equal if the hash of this row has the format of new hashes. An import
    /// compares a row with an existing account by the same rule.
    fn compare_with_later_row(&self, later_row: &Self) -> AccountComparison {
        AccountComparison {
            username: self.username == later_row.username,
            email: self.email == later_row.email,
            full_name: self.full_name == later_row.full_name,
            phone: self.phone == later_row.phone,
            hash: self.is_current_hash || self.hash == later_row.hash,
        }
    }
}

/// Returns the first 16 bytes of the SHA-256 digest of a text.
fn digest_text(text: &str) -> TextDigest {
    let mut digest = TextDigest::default();
    digest.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
    digest
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::{create_phone_rules, create_raw_row};
    use super::super::row::{Column, RowProblem};
    use super::*;

    /// Adds a valid row to the dry run of an import, with the values in `replaced`. Returns the outcome of the row.
    fn add_row_with_replaced_values_to_dry_run(
        dry_run: &mut DryRun,
        replaced: &[(Column, &str)],
    ) -> RowOutcome {
        let row = Row::parse_import_row(&create_raw_row(replaced), &create_phone_rules())
            .expect("valid import row");
        dry_run.predict_outcome_and_add_row(&row)
    }

    #[test]
    fn dry_run_reports_a_repeated_account_like_an_import() {
        let mut dry_run = DryRun::default();
        let mut add = |change: &[(Column, &str)]| {
            add_row_with_replaced_values_to_dry_run(&mut dry_run, change)
        };
        assert_eq!(add(&[]), RowOutcome::Created);
        assert_eq!(add(&[]), RowOutcome::Unchanged);
        assert_eq!(add(&[(Column::Username, "Ann")]), RowOutcome::Unchanged);
        let refused = |problem| RowOutcome::Refused(vec![problem]);
        assert_eq!(
            add(&[(Column::Username, "bob")]),
            refused(RowProblem::Taken(Column::Email))
        );
        assert_eq!(
            add(&[(Column::Email, "bob@example.com")]),
            refused(RowProblem::Taken(Column::Username))
        );
        assert_eq!(
            add(&[(Column::FullName, "Ann Other")]),
            refused(RowProblem::Conflicts(Column::FullName))
        );
        let bob = [
            (Column::Username, "bob"),
            (Column::Email, "bob@example.com"),
        ];
        assert_eq!(add(&bob), RowOutcome::Created);
        let both = [
            (Column::Username, "ann"),
            (Column::Email, "bob@example.com"),
        ];
        assert_eq!(
            add(&both),
            RowOutcome::Refused(vec![
                RowProblem::Taken(Column::Username),
                RowProblem::Taken(Column::Email)
            ])
        );
    }
}
