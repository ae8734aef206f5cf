use serde::{Deserialize, Serialize};

use crate::code_entry::CodeEntry;
use crate::problem::Problem;

/// The form field that a problem belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    FullName,
    Username,
    Email,
    Password,
    /// The current password, where a new one is entered too.
    CurrentPassword,
    Phone,
    Identifier,
    Captcha,
    Method,
    Code,
    Recipient,
    Amount,
    Currency,
    Description,
    /// The form as a whole.
    Form,
}

impl Field {
    /// The `name` attribute of the HTML input; empty for the form as a whole.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::Username => "username",
            Self::Email => "email",
            Self::Password => "password",
            Self::CurrentPassword => "current_password",
            Self::Phone => "phone",
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

/// A problem and the field it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: Field,
    pub problem: Problem,
}

/// The errors of a submitted form. The page shows them beside the fields and keeps the typed values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors {
    pub problems: Vec<FieldProblem>,
    /// The current state of the code entry, if a code was refused.
    pub entry: Option<CodeEntry>,
}

impl FormErrors {
    /// One error, of one field.
    pub fn of(field: Field, problem: Problem) -> Self {
        Self {
            problems: vec![FieldProblem { field, problem }],
            entry: None,
        }
    }

    /// One error, of the form as a whole.
    pub fn whole(problem: Problem) -> Self {
        Self::of(Field::Form, problem)
    }

    #[must_use]
    pub fn with_entry(mut self, entry: CodeEntry) -> Self {
        self.entry = Some(entry);
        self
    }

    /// The first problem of `field`.
    pub fn about(&self, field: Field) -> Option<&Problem> {
        self.problems
            .iter()
            .find(|p| p.field == field)
            .map(|p| &p.problem)
    }
}
