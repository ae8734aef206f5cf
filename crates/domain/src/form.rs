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
        let held = |found: &FieldProblem| matches!(found.problem, Problem::FactorHeld { .. });
        self.problems.iter().any(held)
    }

    /// Returns whether the verification flow of the form has ended.
    pub fn has_flow_ended(&self) -> bool {
        let ended = |found: &FieldProblem| found.problem == Problem::FlowEnded;
        self.problems.iter().any(ended)
    }

    /// Removes the problem that a verification flow has ended, for a page that shows a live flow.
    #[must_use]
    pub fn without_ended_flow(mut self) -> Self {
        self.problems
            .retain(|found| found.problem != Problem::FlowEnded);
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
