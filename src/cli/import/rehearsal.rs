//! A dry run: reports what an import would do, without writing.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::super::error::OperatorError;
use super::row::{Numbered, Row};
use super::verdict::{self, Likeness, Verdict, judged_by_store};
use crate::store::Store;

/// What would have been written by now, so that a second row of the same account is judged as it
/// would be: by hashes alone, some hundred bytes a row.
#[derive(Default)]
pub(super) struct Rehearsal {
    rows: Vec<Marks>,
    by_username: HashMap<Mark, usize>,
    by_email: HashMap<Mark, usize>,
}

/// Half a SHA-256: as good as the text itself for telling texts apart.
type Mark = [u8; 16];

/// A row, by the marks of its columns.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Marks {
    username: Mark,
    email: Mark,
    full_name: Mark,
    phone: Mark,
    hash: Mark,
    /// Another row with another hash finds this one replaced only after a sign-in.
    of_our_form: bool,
}

impl Rehearsal {
    pub(super) async fn judge(
        &mut self,
        store: &Store,
        batch: Vec<Numbered<Row>>,
    ) -> Result<Vec<(u64, Verdict)>, OperatorError> {
        let mut judged = Vec::with_capacity(batch.len());
        for (line, row) in batch {
            let verdict = match row {
                Err(problems) => Verdict::Refused(problems),
                Ok(row) => match judged_by_store(store, &row).await? {
                    Some(verdict) => verdict,
                    None => self.add(&row),
                },
            };
            judged.push((line, verdict));
        }
        Ok(judged)
    }

    fn add(&mut self, row: &Row) -> Verdict {
        let marks = Marks::of(row);
        let mut holders = vec![
            self.by_username.get(&marks.username),
            self.by_email.get(&marks.email),
        ];
        holders.dedup();
        let holders: Vec<Marks> = holders
            .into_iter()
            .flatten()
            .filter_map(|at| self.rows.get(*at).copied())
            .collect();
        if !holders.is_empty() {
            return verdict::judge(holders.iter().map(|holder| holder.likeness_to(&marks)));
        }
        let at = self.rows.len();
        self.by_username.insert(marks.username, at);
        self.by_email.insert(marks.email, at);
        self.rows.push(marks);
        Verdict::Created
    }
}

impl Marks {
    fn of(row: &Row) -> Self {
        let phone = row
            .phone
            .as_ref()
            .map_or_else(String::new, |(number, yes)| {
                format!("{} {yes}", number.as_e164())
            });
        Self {
            username: mark(&row.username.canonical()),
            email: mark(&row.email.canonical()),
            full_name: mark(row.full_name.as_str()),
            phone: mark(&phone),
            hash: mark(row.password_hash.as_str()),
            of_our_form: row.password_hash.is_of_our_form(),
        }
    }

    fn likeness_to(&self, row: &Self) -> Likeness {
        Likeness {
            username: self.username == row.username,
            email: self.email == row.email,
            full_name: self.full_name == row.full_name,
            phone: self.phone == row.phone,
            hash: self.of_our_form || self.hash == row.hash,
        }
    }
}

fn mark(text: &str) -> Mark {
    let mut mark = Mark::default();
    mark.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
    mark
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::{raw, rules};
    use super::super::row::{Column, RowProblem};
    use super::*;

    fn add(rehearsal: &mut Rehearsal, change: &[(Column, &str)]) -> Verdict {
        let row = Row::parse(&raw(change), &rules()).expect("sound");
        rehearsal.add(&row)
    }

    #[test]
    fn a_second_row_of_an_account_is_judged_as_if_the_first_had_been_written() {
        let mut rehearsal = Rehearsal::default();
        let mut add = |change: &[(Column, &str)]| add(&mut rehearsal, change);
        assert_eq!(add(&[]), Verdict::Created);
        assert_eq!(add(&[]), Verdict::Unchanged);
        assert_eq!(add(&[(Column::Username, "Ann")]), Verdict::Unchanged);
        let refused = |problem| Verdict::Refused(vec![problem]);
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
            refused(RowProblem::Differs(Column::FullName))
        );
        let bob = [
            (Column::Username, "bob"),
            (Column::Email, "bob@example.com"),
        ];
        assert_eq!(add(&bob), Verdict::Created);
        let both = [
            (Column::Username, "ann"),
            (Column::Email, "bob@example.com"),
        ];
        assert_eq!(
            add(&both),
            Verdict::Refused(vec![
                RowProblem::Taken(Column::Username),
                RowProblem::Taken(Column::Email)
            ])
        );
    }
}
