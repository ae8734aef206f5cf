//! What a call answered.

use domain::{Answer, CodeEntry, FormErrors, Language, Problem, Step};

use super::wire::Response;

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
        serde_json::from_slice(&self.response.body)
            .unwrap_or_else(|_| panic!("no answer of ours: {}", self.response.text()))
    }

    /// The next step; anything else fails the test.
    pub fn step(&self) -> Step {
        match self.answer() {
            Answer::Step(step) => step,
            Answer::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// The code entry that is next.
    pub fn entry(&self) -> CodeEntry {
        match self.step() {
            Step::EnterCode(entry) => entry,
            other => panic!("no code entry: {other:?}"),
        }
    }

    pub fn refusal(&self) -> FormErrors {
        match self.answer() {
            Answer::Refused(refusal) => refusal,
            Answer::Step(step) => panic!("not refused: {step:?}"),
        }
    }

    pub fn is_refused(&self) -> bool {
        matches!(self.answer(), Answer::Refused(_))
    }

    /// The one thing that was wrong.
    pub fn problem(&self) -> Problem {
        let refusal = self.refusal();
        match refusal.problems.as_slice() {
            [only] => only.problem.clone(),
            other => panic!("not one problem: {other:?}"),
        }
    }

    /// What was wrong, in the words a user reads.
    pub fn says(&self) -> String {
        let texts: Vec<String> = self
            .refusal()
            .problems
            .iter()
            .map(|found| (Language::English.island_texts().problem)(&found.problem))
            .collect();
        texts.join(" ")
    }

    /// Where a form is sent on to.
    pub fn location(&self) -> String {
        assert_eq!(self.response.status, 303, "{}", self.response.text());
        let location = self.response.header("location");
        location.expect("a redirect says where to").to_owned()
    }
}
