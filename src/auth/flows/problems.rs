use crate::auth::error::FlowError;
use domain::{Field, FieldProblem, FormErrors, Problem};

/// Problems gathered over a form, so that all of them are told at once.
#[derive(Default)]
pub(super) struct Problems(Vec<FieldProblem>);

impl Problems {
    pub(super) fn take<T>(&mut self, field: Field, parsed: Result<T, Problem>) -> Option<T> {
        parsed.map_err(|problem| self.add(field, problem)).ok()
    }

    pub(super) fn add(&mut self, field: Field, problem: Problem) {
        self.0.push(FieldProblem { field, problem });
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn refusal(self) -> FlowError {
        FlowError::Refused(FormErrors {
            problems: self.0,
            entry: None,
        })
    }
}
