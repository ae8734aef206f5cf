use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::code_entry::{CodeEntry, MAX_SEND_WAIT_SECS};
use crate::form::{Field, FieldProblem, FormErrors};
use crate::language::Language;
use crate::problem::Problem;
use crate::purpose::Purpose;
use crate::routes;
use crate::step::{MethodOption, Step};
use crate::{is_in_browser, is_none_or_in_browser};

/// JSON response of a server function, which a form in the browser calls over HTTP.
///
/// The browser reads only the member `shown`, which says what to display. Therefore the WASM contains no code that
/// interprets [`Step`] or [`Problem`] values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    #[serde(flatten)]
    pub content: StepOrErrors,
    pub shown: ShownAnswer,
}

/// Result of a server function: the next step of the user, or the errors of the submitted form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "of", rename_all = "snake_case")]
pub enum StepOrErrors {
    Step(Step),
    Refused(FormErrors),
}

/// Part of a server function's response that tells the browser which page or errors to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownAnswer {
    /// The browser goes to the page with this path.
    GoTo(Cow<'static, str>),
    ChooseMethod {
        purpose: Purpose,
        methods: Vec<MethodOption>,
    },
    EnterCode(CodeEntry),
    Errors(ShownErrors),
}

impl Answer {
    /// Creates the response that shows the next step to the user.
    pub fn from_step(step: Step) -> Self {
        let shown = match &step {
            Step::ChooseMethod { purpose, methods } => ShownAnswer::ChooseMethod {
                purpose: *purpose,
                methods: methods.clone(),
            },
            Step::EnterCode(entry) => ShownAnswer::EnterCode(entry.clone()),
            other => ShownAnswer::GoTo(other.path()),
        };
        Self {
            content: StepOrErrors::Step(step),
            shown,
        }
    }

    /// Creates the response with the errors of a submitted form, as texts in `language`.
    ///
    /// `page` is the path of the form's page. The response makes the browser reload `page` if a step-up is missing,
    /// code entry is blocked, or a mailed code has expired or was invalidated. The reloaded page shows the error in
    /// place of the form.
    pub fn from_form_errors(
        errors: FormErrors,
        page: impl Into<Cow<'static, str>>,
        language: Language,
    ) -> Self {
        let page = page.into();
        let is_shown_by_page = errors.first_problem_of(Field::Form) == Some(&Problem::StepUpNeeded)
            || (errors.is_code_entry_blocked() && routes::is_flow_page(&page))
            || (page == routes::VERIFY_EMAIL && errors.has_code_ended());
        let shown = if is_shown_by_page {
            ShownAnswer::GoTo(page)
        } else {
            ShownAnswer::Errors(errors.to_shown_errors(language))
        };
        Self {
            content: StepOrErrors::Refused(errors),
            shown,
        }
    }

    /// Creates the response to a form that was submitted without a valid session, or with the session of another
    /// account.
    ///
    /// The browser goes to the page with the path `page`.
    pub fn from_missing_session(page: impl Into<Cow<'static, str>>) -> Self {
        Self {
            content: StepOrErrors::Refused(FormErrors::for_form(Problem::FlowEnded)),
            shown: ShownAnswer::GoTo(page.into()),
        }
    }
}

impl ShownAnswer {
    /// Returns the path of the page with the next step; `None` for errors.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::GoTo(path) => Some(path),
            Self::ChooseMethod { purpose, .. } => Some(routes::start_page(*purpose)),
            Self::EnterCode(entry) => Some(routes::code_entry_page(entry.purpose)),
            Self::Errors(_) => None,
        }
    }
}

/// Form errors for the browser, with error texts in the language of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownErrors {
    #[serde(skip_serializing_if = "is_in_browser")]
    pub problems: Vec<ShownProblem>,
    /// The current state of the code entry, if a code was refused.
    #[serde(skip_serializing_if = "is_none_or_in_browser")]
    #[cfg_attr(feature = "sign-in-bundle", serde(skip_deserializing))]
    pub entry: Option<CodeEntry>,
    #[serde(skip_serializing_if = "is_none_or_in_browser")]
    pub reaction: Option<Reaction>,
}

/// Error text, and the `name` of the invalid form field. The name is empty for an error of the whole form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownProblem {
    pub field: Cow<'static, str>,
    pub text: String,
}

/// Action of a form after an error, besides the error message: for example, it offers a voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    /// The verification flow has ended, so that the user can only start again.
    EndFlow,
    /// The form offers a voice call, which may work where a text message did not.
    OfferCall,
    /// The form requests a new CAPTCHA challenge, because the old one was used or has expired.
    RenewChallenge,
    /// The form permits another request for a code in this many seconds.
    SendIn(u64),
    /// The form does not submit the same code again, because it would be refused.
    ChangeCode,
}

impl ShownErrors {
    /// Returns whether the form refuses requests for a code, because the next code is too far away.
    ///
    /// The limit is [`MAX_SEND_WAIT_SECS`].
    pub const fn are_code_requests_refused(&self) -> bool {
        matches!(self.reaction, Some(Reaction::SendIn(secs)) if secs > MAX_SEND_WAIT_SECS)
    }

    /// Creates an error that concerns the form as a whole.
    pub fn for_form(error_text: String) -> Self {
        let problem = ShownProblem {
            field: Field::Form.name().into(),
            text: error_text,
        };
        Self {
            problems: vec![problem],
            entry: None,
            reaction: None,
        }
    }

    /// Returns the first error text of `field`; `None` if it has none.
    pub fn first_problem_of(&self, field: Field) -> Option<&str> {
        let name = field.name();
        let found = self.problems.iter().find(|found| found.field == name);
        found.map(|found| found.text.as_str())
    }
}

impl FormErrors {
    /// Converts the form errors to error texts in `language`.
    pub fn to_shown_errors(&self, language: Language) -> ShownErrors {
        let texts = language.page_texts();
        let shown = |found: &FieldProblem| ShownProblem {
            field: found.field.name().into(),
            text: match &found.problem {
                // A form knows the country: its list has one, or the server allows only one.
                Problem::PhoneInvalid => texts.phone.invalid.to_owned(),
                problem => (texts.problem)(problem),
            },
        };
        ShownErrors {
            problems: self.problems.iter().map(shown).collect(),
            entry: self.entry.clone(),
            reaction: self.choose_form_reaction_to_errors(),
        }
    }

    /// Returns whether the code has expired or was invalidated by too many wrong codes.
    fn has_code_ended(&self) -> bool {
        let problem = self.first_problem_of(Field::Code);
        matches!(
            problem,
            Some(Problem::CodeExpired | Problem::AttemptsUsedUp)
        )
    }

    /// Chooses the reaction of the form to its errors. Returns `None` if no error requires a reaction.
    fn choose_form_reaction_to_errors(&self) -> Option<Reaction> {
        let ends_flow = self.problems.iter().any(|found| {
            matches!(
                found.problem,
                Problem::TooManyAttempts
                    | Problem::AttemptsUsedUp
                    | Problem::FlowEnded
                    | Problem::PaymentSettled { .. }
            )
        });
        if ends_flow {
            return Some(Reaction::EndFlow);
        }
        if self.first_problem_of(Field::Captcha) == Some(&Problem::CaptchaFailed) {
            return Some(Reaction::RenewChallenge);
        }
        if let Some(
            Problem::InvalidCode { .. }
            | Problem::UsedCode { .. }
            | Problem::MalformedCode { .. }
            | Problem::RecoveryCodeWrong
            | Problem::RecoveryCodeMalformed,
        ) = self.first_problem_of(Field::Code)
        {
            return Some(Reaction::ChangeCode);
        }
        match self.first_problem_of(Field::Form)? {
            Problem::PhoneUnreachable | Problem::CouldNotSend | Problem::CouldNotVerify => {
                Some(Reaction::OfferCall)
            }
            Problem::ResendWait { secs } => Some(Reaction::SendIn(*secs)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_errors_have_a_translated_text_and_a_field_name() {
        let errors = FormErrors::for_field(Field::Username, Problem::Missing);
        for (language, text) in [
            (Language::English, "Please fill in this field."),
            (Language::German, "Bitte füllen Sie dieses Feld aus."),
            (Language::French, "Veuillez remplir ce champ."),
            (Language::Spanish, "Rellene este campo."),
            (Language::Portuguese, "Preencha este campo."),
            (Language::Polish, "Proszę wypełnić to pole."),
        ] {
            let shown = errors.to_shown_errors(language);
            assert_eq!(shown.first_problem_of(Field::Username), Some(text));
            assert_eq!(shown.first_problem_of(Field::Form), None);
        }
    }

    #[test]
    fn form_reacts_differently_to_ended_flow_wrong_code_and_failed_captcha() {
        for (field, problem, reaction) in [
            (Field::Form, Problem::FlowEnded, Some(Reaction::EndFlow)),
            (
                Field::Code,
                Problem::TooManyAttempts,
                Some(Reaction::EndFlow),
            ),
            (
                Field::Form,
                Problem::CouldNotSend,
                Some(Reaction::OfferCall),
            ),
            (Field::Code, Problem::CouldNotVerify, None),
            (
                Field::Code,
                Problem::InvalidCode {
                    attempts_remaining: 4,
                },
                Some(Reaction::ChangeCode),
            ),
            (
                Field::Captcha,
                Problem::CaptchaFailed,
                Some(Reaction::RenewChallenge),
            ),
            (
                Field::Form,
                Problem::ResendWait { secs: 7 },
                Some(Reaction::SendIn(7)),
            ),
            (Field::Form, Problem::Credentials, None),
        ] {
            let shown = FormErrors::for_field(field, problem).to_shown_errors(Language::English);
            assert_eq!(shown.reaction, reaction, "{shown:?}");
        }
    }

    #[test]
    fn next_step_on_another_page_opens_that_page() {
        let answer = Answer::from_step(Step::Dashboard);
        assert_eq!(answer.shown, ShownAnswer::GoTo(routes::DASHBOARD.into()));
        let methods = Answer::from_step(Step::ChooseMethod {
            purpose: Purpose::SignIn,
            methods: Vec::new(),
        });
        assert_eq!(methods.shown.path(), Some(routes::LOGIN));
    }

    #[test]
    fn missing_step_up_on_form_submit_reloads_the_page() {
        let refused = |problem| {
            let errors = FormErrors::for_form(problem);
            Answer::from_form_errors(errors, routes::PROFILE_PHONE, Language::English).shown
        };
        let page = ShownAnswer::GoTo(routes::PROFILE_PHONE.into());
        assert_eq!(refused(Problem::StepUpNeeded), page);
        assert_ne!(refused(Problem::Busy), page);
    }

    #[test]
    fn missing_session_on_form_submit_opens_the_sign_in_page() {
        let answer = Answer::from_missing_session(routes::LOGIN);
        assert_eq!(answer.shown, ShownAnswer::GoTo(routes::LOGIN.into()));
        let refused = StepOrErrors::Refused(FormErrors::for_form(Problem::FlowEnded));
        assert_eq!(answer.content, refused);
    }

    #[test]
    fn code_refused_because_code_entry_is_blocked_reloads_the_page() {
        let errors = || FormErrors::for_field(Field::Code, Problem::FactorHeld { secs: 60 });
        let refused = |page| Answer::from_form_errors(errors(), page, Language::English).shown;
        for page in [
            routes::LOGIN_VERIFY,
            routes::LOGIN,
            routes::PAYMENTS_CURRENT,
        ] {
            assert_eq!(refused(page), ShownAnswer::GoTo(page.into()));
        }
        // Too many wrong e-mail codes do not end a flow.
        let email = ShownAnswer::GoTo(routes::VERIFY_EMAIL.into());
        assert_ne!(refused(routes::VERIFY_EMAIL), email);
    }

    #[test]
    fn expired_mailed_code_reloads_only_the_page_for_mailed_codes() {
        let refused = |problem, page| {
            let errors = FormErrors::for_field(Field::Code, problem);
            Answer::from_form_errors(errors, page, Language::English).shown
        };
        let reload = ShownAnswer::GoTo(routes::VERIFY_EMAIL.into());
        for problem in [Problem::CodeExpired, Problem::AttemptsUsedUp] {
            assert_eq!(refused(problem.clone(), routes::VERIFY_EMAIL), reload);
            let shown = refused(problem, routes::LOGIN_VERIFY);
            assert!(matches!(shown, ShownAnswer::Errors(_)), "{shown:?}");
        }
        let malformed = Problem::MalformedCode { digits: 6 };
        assert_ne!(refused(malformed, routes::VERIFY_EMAIL), reload);
    }

    #[test]
    fn json_response_contains_the_next_step_or_errors_and_the_member_shown() {
        let step = Answer::from_step(Step::Dashboard);
        let refused = Answer::from_form_errors(
            FormErrors::for_field(Field::Username, Problem::Missing),
            routes::REGISTER,
            Language::English,
        );
        for (answer, json) in [
            (
                step,
                r#"{"answer":"step","of":{"step":"dashboard"},"shown":{"go_to":"/dashboard"}}"#,
            ),
            (
                refused,
                concat!(
                    r#"{"answer":"refused","of":{"problems":[{"field":"username","problem":{"code":"missing"}}],"entry":null},"#,
                    r#""shown":{"errors":{"problems":[{"field":"username","text":"Please fill in this field."}]}}}"#
                ),
            ),
        ] {
            assert_eq!(
                serde_json::to_string(&answer).expect("value is serialised"),
                json
            );
            assert_eq!(
                serde_json::from_str::<Answer>(json).expect("an answer"),
                answer
            );
        }
    }
}
