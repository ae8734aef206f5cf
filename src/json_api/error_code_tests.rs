//! Tests of the error codes of the JSON API.

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
