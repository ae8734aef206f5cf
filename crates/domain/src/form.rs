use serde::{Deserialize, Serialize};

use crate::code_entry::CodeEntry;
use crate::problem::Problem;

/// Field of a form that can have an error. `Form` stands for the form as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    FullName,
    Username,
    Email,
    Password,
    /// The current password, in a form that also asks for a new one.
    CurrentPassword,
    Phone,
    /// The country of a phone number without `+`.
    Country,
    Identifier,
    Captcha,
    Method,
    Code,
    Recipient,
    Amount,
    Currency,
    Description,
    /// The form as a whole, and no single field.
    Form,
}

impl Field {
    /// Returns the `name` attribute of the field's HTML input; empty for the form as a whole.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::Username => "username",
            Self::Email => "email",
            Self::Password => "password",
            Self::CurrentPassword => "current_password",
            Self::Phone => "phone",
            Self::Country => "country",
            Self::Identifier => "identifier",
            Self::Captcha => "captcha",
            Self::Method => "method",
            Self::Code => "code",
            Self::Recipient => "recipient",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Description => "description",
            Self::Form => "",
        }
    }
}

/// Problem with the value of one form field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: Field,
    pub problem: Problem,
}

/// Validation errors of a submitted form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors {
    pub problems: Vec<FieldProblem>,
    /// The current state of the code entry, if a code was refused.
    pub entry: Option<CodeEntry>,
}

impl FormErrors {
    /// Creates form errors with one problem of one field.
    pub fn for_field(field: Field, problem: Problem) -> Self {
        Self {
            problems: vec![FieldProblem { field, problem }],
            entry: None,
        }
    }

    /// Creates form errors with one problem of the form as a whole.
    pub fn for_form(problem: Problem) -> Self {
        Self::for_field(Field::Form, problem)
    }

    /// Adds the current state of the code entry form, which the browser shows together with the errors.
    #[must_use]
    pub fn with_code_entry(mut self, entry: CodeEntry) -> Self {
        self.entry = Some(entry);
        self
    }

    /// Returns whether too many wrong codes have blocked code entry for the account.
    pub fn is_code_entry_blocked(&self) -> bool {
        let held = |found: &FieldProblem| found.problem.is_factor_held();
        self.problems.iter().any(held)
    }

    /// Returns whether the verification flow of the form has ended.
    pub fn has_flow_ended(&self) -> bool {
        let ended = |found: &FieldProblem| found.problem == Problem::FlowEnded;
        self.problems.iter().any(ended)
    }

    /// Returns these errors, or `others` if there are none.
    #[must_use]
    pub fn or_if_none(self, others: Self) -> Self {
        if self.problems.is_empty() {
            others
        } else {
            self
        }
    }

    /// Removes the problem that a verification flow has ended, for a page that shows a live flow.
    #[must_use]
    pub fn without_ended_flow(mut self) -> Self {
        self.problems
            .retain(|found| found.problem != Problem::FlowEnded);
        self
    }

    /// Removes the wait for another code if the code in `entry` has expired while a limit on messages is reached.
    ///
    /// The message of the expired code then states the wait.
    #[must_use]
    pub fn without_wait_after_expired_code(mut self, entry: Option<&CodeEntry>) -> Self {
        if entry.is_some_and(CodeEntry::is_expired_at_message_limit) {
            self.problems
                .retain(|found| !matches!(found.problem, Problem::ResendWait { .. }));
        }
        self
    }

    /// Returns the first problem of `field`; `None` if it has none.
    pub fn first_problem_of(&self, field: Field) -> Option<&Problem> {
        self.problems
            .iter()
            .find(|p| p.field == field)
            .map(|p| &p.problem)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::{Channel, CodeLength, PhoneNumber, Purpose, SentMessage, Timestamp};

    #[test]
    fn wait_for_another_code_is_removed_only_after_the_code_has_expired_at_a_message_limit() {
        let now = Timestamp::from_millis(1_767_225_600_000);
        let phone = PhoneNumber::from_e164("+12025550142").expect("valid E.164 number");
        let errors = FormErrors::for_form(Problem::ResendWait { secs: 2_400 });
        for (lifetime_secs, wait_secs, is_removed) in
            [(0, 2_400, true), (1, 2_400, false), (0, 60, false)]
        {
            let code = CodeEntry {
                purpose: Purpose::SignIn,
                length: CodeLength::SIX,
                now,
                sent: Some(SentMessage {
                    hint: phone.masked_hint(),
                    channel: Channel::Sms,
                    expires_at: now + Duration::from_secs(lifetime_secs),
                    resend_at: now + Duration::from_secs(wait_secs),
                    offer_call: false,
                }),
            };
            let left = errors.clone().without_wait_after_expired_code(Some(&code));
            assert_eq!(left.problems.is_empty(), is_removed, "{wait_secs}");
        }
    }
}
