//! Arbitrary responses neither approve a code nor cause a panic.

use proptest::prelude::*;
use reqwest::StatusCode;

use super::super::response::Resource;
use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::api_call::parse_success_body;

/// Returns whether a response with status 200 and this JSON body approves the checked code.
fn is_code_approved_by_body(body: &[u8]) -> bool {
    let case = test_case();
    let response = parse_success_body::<Resource>(StatusCode::OK, body);
    let verdict = response.and_then(|response| response.into_verdict(&case.check_request()));
    matches!(verdict, Ok(Verdict::Approved))
}

/// Returns whether a JSON body meets all four conditions of an approval, parsed without the code under test.
fn meets_approval_conditions(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    body["status"] == "approved"
        && body["sid"] == SID
        && body["service_sid"] == SERVICE
        && body["to"] == PHONE
}

/// Generates random JSON that often contains the words of an approval.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("approved")),
        Just(json!(SID)),
        Just(json!(SERVICE)),
        Just(json!(PHONE)),
        ".{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("status".to_owned()),
        Just("sid".to_owned()),
        Just("service_sid".to_owned()),
        Just("to".to_owned()),
        Just("valid".to_owned()),
        "[a-z_]{1,8}",
    ];
    leaf.prop_recursive(4, 32, 8, move |inner| {
        let fields = prop::collection::vec((key.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_approve(body in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!is_code_approved_by_body(&body));
    }

    #[test]
    fn random_json_approves_only_if_it_meets_all_conditions(body in any_json()) {
        let body = body.to_string();
        prop_assert_eq!(is_code_approved_by_body(body.as_bytes()), meets_approval_conditions(body.as_bytes()));
    }

    #[test]
    fn approval_with_changed_bytes_approves_only_if_it_still_meets_all_conditions(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut body = approved_response().to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cuts {
            body.truncate(cut.index(body.len()));
        }
        prop_assert!(!is_code_approved_by_body(&body) || meets_approval_conditions(&body));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_random_response_over_http_approves(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 20),
        status in 200_u16..600,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcomes = runtime.expect("a runtime").block_on(async {
            let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
            let (twilio, case) = (create_twilio_client_for(server.address), test_case());
            let mut outcomes = Vec::new();
            for body in bodies {
                server.set_response_to_all_requests(CannedResponse::from_status_content_type_and_body(status, "application/json", body));
                let _ = case.send_with(&twilio).await;
                outcomes.push(case.check_with(&twilio).await);
            }
            outcomes
        });
        prop_assert!(!outcomes.contains(&Ok(Verdict::Approved)));
    }
}
