//! The response to a call of a page.

use domain::{Answer, CodeEntry, FormErrors, Language, Problem, Step, StepOrErrors};

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

    fn answer(&self) -> StepOrErrors {
        assert_eq!(self.response.status, 200, "{}", self.response.text());
        let answer: Result<Answer, _> = serde_json::from_slice(&self.response.body);
        match answer {
            Ok(answer) => answer.content,
            Err(error) => panic!(
                "not an answer of a server function ({error}): {}",
                self.response.text()
            ),
        }
    }

    /// The next step. Panics if the call was refused.
    pub fn step(&self) -> Step {
        match self.answer() {
            StepOrErrors::Step(step) => step,
            StepOrErrors::Refused(refusal) => panic!("refused: {refusal:?}"),
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
            StepOrErrors::Refused(refusal) => refusal,
            StepOrErrors::Step(step) => panic!("not refused: {step:?}"),
        }
    }

    pub fn is_refused(&self) -> bool {
        matches!(self.answer(), StepOrErrors::Refused(_))
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
            .map(|found| (Language::English.page_texts().problem)(&found.problem))
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
