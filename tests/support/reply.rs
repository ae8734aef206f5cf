//! The response to a call of a page.

use domain::{Answer, CodeEntry, FormErrors, Language, Problem, Step};

use super::wire::Response;

/// The response to a call of a page.
#[derive(Clone, Debug)]
pub struct Reply {
    pub response: Response,
}

impl Reply {
    pub const fn new(response: Response) -> Self {
        Self { response }
    }

    fn answer(&self) -> Answer {
        assert_eq!(self.response.status, 200, "{}", self.response.text());
        serde_json::from_slice(&self.response.body).unwrap_or_else(|_| {
            panic!(
                "not an answer of a server function: {}",
                self.response.text()
            )
        })
    }

    /// The next step. Panics if the call was refused.
    pub fn step(&self) -> Step {
        match self.answer() {
            Answer::Step(step) => step,
            Answer::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// The code entry of the next step. Panics for any other answer.
    pub fn entry(&self) -> CodeEntry {
        match self.step() {
            Step::EnterCode(entry) => entry,
            other => panic!("no code entry: {other:?}"),
        }
    }

    /// The errors. Panics if the call was not refused.
    pub fn refusal(&self) -> FormErrors {
        match self.answer() {
            Answer::Refused(refusal) => refusal,
            Answer::Step(step) => panic!("not refused: {step:?}"),
        }
    }

    pub fn is_refused(&self) -> bool {
        matches!(self.answer(), Answer::Refused(_))
    }

    /// The only problem. Panics if the call was not refused, or for several reasons.
    pub fn problem(&self) -> Problem {
        let refusal = self.refusal();
        match refusal.problems.as_slice() {
            [only] => only.problem.clone(),
            other => panic!("not one problem: {other:?}"),
        }
    }

    /// The error texts that the user sees.
    pub fn error_text(&self) -> String {
        let texts: Vec<String> = self
            .refusal()
            .problems
            .iter()
            .map(|found| (Language::English.island_texts().problem)(&found.problem))
            .collect();
        texts.join(" ")
    }

    /// The path of the redirect after a form post.
    pub fn location(&self) -> String {
        assert_eq!(self.response.status, 303, "{}", self.response.text());
        let location = self.response.header("location");
        location.expect("a redirect has a location").to_owned()
    }
}
