//! Tests of the error codes of the JSON API.

use std::collections::BTreeSet;

use crate::http::error_response::ErrorResponse;

/// The errors that occur before a handler runs.
const EDGE_ERRORS: [ErrorResponse; 12] = [
    ErrorResponse::MALFORMED,
    ErrorResponse::CROSS_SITE,
    ErrorResponse::NOT_FOUND,
    ErrorResponse::METHOD,
    ErrorResponse::BODY_TOO_SLOW,
    ErrorResponse::BODY_TOO_LARGE,
    ErrorResponse::MEDIA_TYPE,
    ErrorResponse::WRONG_HOST,
    ErrorResponse::TOO_MANY_HEADERS,
    ErrorResponse::INTERNAL,
    ErrorResponse::OVERLOADED,
    ErrorResponse::TOO_SLOW,
];

/// The codes of problems that concern the whole request or only pages, and never one member of a JSON body.
const CODES_WITHOUT_MEMBER: [&str; 23] = [
    "authenticator_voided",
    "bad_request",
    "change_wait",
    "cooling",
    "could_not_send",
    "credentials",
    "email_unproven",
    "export_wait",
    "flow_ended",
    "internal",
    "limit_reached",
    "link_invalid",
    "only_method",
    "overloaded",
    "password_from_mail",
    "payment_settled",
    "payment_unknown",
    "phone_unchanged",
    "phone_unreachable",
    "recovery_pending",
    "reset_link_invalid",
    "second_factor_needed",
    "step_up_needed",
];

/// Extracts all error codes from the source code.
fn list_error_codes_in_source() -> Vec<&'static str> {
    let lines = include_str!("error_code.rs").lines();
    let code = |line: &'static str| line.split_once("=> (\"")?.1.split('"').next();
    lines.filter_map(code).collect()
}

#[test]
fn api_guide_lists_every_error_code() {
    let guide = include_str!("../../docs/api.md");
    let section = guide.split("\n## ");
    let mut section = section.filter(|part| part.starts_with("Errors"));
    let section = section.next().expect("page has a section about errors");
    let codes = list_error_codes_in_source();
    assert!(codes.contains(&"malformed_json") && codes.contains(&"internal"));
    for code in codes
        .into_iter()
        .chain(EDGE_ERRORS.map(|refusal| refusal.reason))
    {
        assert!(section.contains(&format!("`{code}`")), "{code} is missing");
    }
}

/// Converts the name of an enum variant to the code in JSON.
fn to_snake_case(variant: &str) -> String {
    let mut code = String::new();
    for (at, letter) in variant.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            code.push('_');
        }
        code.push(letter.to_ascii_lowercase());
    }
    code
}

/// Extracts the codes of all problems from the source code of the domain.
fn list_problem_codes_in_source() -> BTreeSet<String> {
    let source = include_str!("../../crates/domain/src/problem.rs");
    let (_, body) = source
        .split_once("pub enum Problem {")
        .expect("file has the enum");
    let (body, _) = body.split_once("\n}").expect("enum has an end");
    let mut codes = BTreeSet::new();
    let mut renamed = None;
    for line in body.lines().filter_map(|line| line.strip_prefix("    ")) {
        if let Some(rename) = line.strip_prefix("#[serde(rename = \"") {
            renamed = rename.split('"').next().map(str::to_owned);
        } else if line.starts_with(|first: char| first.is_ascii_uppercase()) {
            let variant = line.trim_end_matches([',', '{', ' ']);
            codes.insert(renamed.take().unwrap_or_else(|| to_snake_case(variant)));
        }
    }
    codes
}

#[test]
fn api_guide_lists_every_code_of_a_member() {
    let guide = include_str!("../../docs/api.md");
    let (_, section) = guide
        .split_once("\n### Codes of members\n")
        .expect("page has a section about codes of members");
    let (section, _) = section.split_once("\n## ").expect("section has an end");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let documented: BTreeSet<String> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();

    let mut codes = list_problem_codes_in_source();
    for code in CODES_WITHOUT_MEMBER {
        assert!(codes.remove(code), "{code} is no problem");
    }
    codes.insert("malformed".to_owned());
    assert_eq!(documented, codes);
}
