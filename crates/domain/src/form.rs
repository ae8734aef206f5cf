use serde::{Deserialize, Serialize};

use super::{CodeEntry, Problem};

/// The input a problem belongs to; its name is the `name` of the HTML field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    FullName,
    Username,
    Email,
    Password,
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
    /// The `name` of its input; the form as a whole has none.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::Username => "username",
            Self::Email => "email",
            Self::Password => "password",
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

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: Field,
    pub problem: Problem,
}

/// Why nothing moved on: shown beside the fields, the typed values kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors {
    pub problems: Vec<FieldProblem>,
    /// Where the code entry stands now, when the refusal is about a code.
    pub entry: Option<CodeEntry>,
}

impl FormErrors {
    /// A refusal about one field.
    pub fn of(field: Field, problem: Problem) -> Self {
        Self {
            problems: vec![FieldProblem { field, problem }],
            entry: None,
        }
    }

    /// A refusal about the form as a whole.
    pub fn whole(problem: Problem) -> Self {
        Self::of(Field::Form, problem)
    }

    #[must_use]
    pub fn with_entry(mut self, entry: CodeEntry) -> Self {
        self.entry = Some(entry);
        self
    }

    /// The first problem of `field`, if it has one.
    pub fn about(&self, field: Field) -> Option<&Problem> {
        self.problems
            .iter()
            .find(|p| p.field == field)
            .map(|p| &p.problem)
    }
}
