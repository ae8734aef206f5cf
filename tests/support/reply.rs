//! The response to a form post.

use domain::{Answer, CodeEntry, FormErrors, Language, Problem, ShownAnswer, Step, StepOrErrors};

use super::wire::Response;

/// The response to a form post.
#[derive(Clone, Debug)]
pub struct FormResponse {
    pub response: Response,
}

impl FormResponse {
    /// Wraps an HTTP response.
    pub const fn new(response: Response) -> Self {
        Self { response }
    }

    /// Parses the JSON answer of a server function, which has status 429 if a limit is reached. Panics if the response
    /// is anything else.
    fn parse_answer(&self) -> StepOrErrors {
        let status = self.response.status;
        assert!(matches!(status, 200 | 429), "{}", self.response.text());
        let answer: Result<Answer, _> = serde_json::from_slice(&self.response.body);
        match answer {
            Ok(answer) => answer.content,
            Err(error) => panic!(
                "response is not an answer of a server function ({error}): {}",
                self.response.text()
            ),
        }
    }

    /// Returns the next step. Panics if the form was refused.
    pub fn expect_step(&self) -> Step {
        match self.parse_answer() {
            StepOrErrors::Step(step) => step,
            StepOrErrors::Refused(refusal) => panic!("the form was refused: {refusal:?}"),
        }
    }

    /// Returns the code entry of the next step. Panics for any other step.
    pub fn expect_code_entry(&self) -> CodeEntry {
        match self.expect_step() {
            Step::EnterCode(entry) => entry,
            other => panic!("the next step is not a code entry: {other:?}"),
        }
    }

    /// Returns the form errors. Panics if the form was accepted.
    pub fn expect_errors(&self) -> FormErrors {
        match self.parse_answer() {
            StepOrErrors::Refused(refusal) => refusal,
            StepOrErrors::Step(step) => panic!("the form was accepted: {step:?}"),
        }
    }

    /// Returns whether the form was refused.
    pub fn is_refused(&self) -> bool {
        matches!(self.parse_answer(), StepOrErrors::Refused(_))
    }

    /// Returns the only problem. Panics if the form was accepted or has several problems.
    pub fn expect_problem(&self) -> Problem {
        let refusal = self.expect_errors();
        match refusal.problems.as_slice() {
            [only] => only.problem.clone(),
            other => panic!("expected one problem: {other:?}"),
        }
    }

    /// Returns the path of the page that the browser loads after a refused form; `None` if the form shows its errors.
    pub fn page_after_refusal(&self) -> Option<String> {
        let answer: Answer = serde_json::from_slice(&self.response.body).expect("an answer");
        assert!(self.is_refused(), "{}", self.response.text());
        match answer.shown {
            ShownAnswer::GoTo(page) => Some(page.into_owned()),
            _ => None,
        }
    }

    /// Returns the error texts that the user sees.
    pub fn visible_error_text(&self) -> String {
        let texts: Vec<String> = self
            .expect_errors()
            .problems
            .iter()
            .map(|found| (Language::English.page_texts().problem)(&found.problem))
            .collect();
        texts.join(" ")
    }

    /// Returns the path of the redirect. Panics if the response is no redirect.
    pub fn redirect_path(&self) -> String {
        assert_eq!(self.response.status, 303, "{}", self.response.text());
        let location = self.response.header("location");
        location.expect("redirect has a Location header").to_owned()
    }
}
