//! The header that selects the flow of an event stream of the JSON API.

use crate::support::wire::Request;
use crate::support::{Database, EventStream, TestApp, alter_token, on_both_databases};

on_both_databases![
    flow_token_in_a_header_selects_the_flow_of_an_event_stream,
    unknown_or_repeated_flow_token_in_the_header_selects_no_flow,
];

/// Builds a request for an event stream with this flow token in the header.
fn events_request(path: &str, flow: &str) -> Request {
    Request::get(path).with_header("Sallyport-Flow", flow)
}

/// Tests docs/security.md#leak-04, docs/security.md#sse-01.
async fn flow_token_in_a_header_selects_the_flow_of_an_event_stream(database: Database) {
    let app = TestApp::start(database).await;
    let (client, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, code) = client.sign_in_until_code(&app, &ann).await;
    // The header replaces the parameter.
    let mut streams = Vec::new();
    for path in ["/v1/events?flow=unknown", "/v1/events"] {
        let request = events_request(path, &flow);
        let mut stream = EventStream::open(&request, app.address).await;
        assert_eq!(stream.next_status().await, "sent", "{path}");
        streams.push(stream);
    }
    client
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    for stream in &mut streams {
        assert_eq!(stream.next_status().await, "completed");
        stream.wait_for_end().await;
    }

    let document = client.get("/v1/openapi.json").await;
    let parameters = &document.expect_status(200)["paths"]["/v1/events"]["get"]["parameters"];
    let parameters = parameters.as_array().expect("a list");
    let header = parameters
        .iter()
        .find(|parameter| parameter["name"] == "Sallyport-Flow");
    assert_eq!(header.expect("a parameter")["in"], "header");
}

/// Tests docs/security.md#leak-04, docs/security.md#sse-02.
async fn unknown_or_repeated_flow_token_in_the_header_selects_no_flow(database: Database) {
    let app = TestApp::start(database).await;
    let (client, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, _) = client.sign_in_until_code(&app, &ann).await;
    let path = format!("/v1/events?flow={flow}");
    let altered = alter_token(&flow);
    for unknown in ["", "x", altered.as_str()] {
        let answer = client.send(events_request(&path, unknown)).await;
        let problem = answer.expect_error(404, "not_found");
        assert_eq!(problem["error"], "The flow does not exist.");
    }
    let repeated = events_request(&path, &flow).with_header("Sallyport-Flow", &flow);
    let answer = client.send(repeated).await;
    answer.expect_error(404, "not_found");
}
