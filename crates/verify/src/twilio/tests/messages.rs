//! Text messages without codes.

use super::super::messages::{MessageFailure as F, MessageSender, Messenger, MessengerSettings};
use super::mock_server::{CannedResponse, MockServer, bind_refusing_port};
use super::*;
use domain::PhoneNumber;

const MESSAGE: &str = "SM91ab6f20c7d34e5f8b12a0946ce5d7f3";

/// Creates a client that sends text messages through a server at this address.
fn create_messenger_for(address: SocketAddr, sender: MessageSender) -> Messenger {
    let settings = MessengerSettings {
        base_url: base_url_of_server(address),
        account_sid: ACCOUNT.to_owned(),
        credentials: TwilioCredentials::from_sid_and_secret(ACCOUNT, TOKEN),
        sender,
    };
    Messenger::new(client_with_timeout(LONG_TIMEOUT), settings).expect("settings")
}

/// Returns a phone number as the sender of text messages.
fn phone_number_as_sender() -> MessageSender {
    MessageSender::From("+15005550006".to_owned())
}

/// Returns Twilio's response to a created text message:
/// <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>
fn queued_message_response() -> Value {
    json!({
        "sid": MESSAGE, "account_sid": ACCOUNT, "api_version": "2010-04-01",
        "to": PHONE, "from": "+15005550006", "messaging_service_sid": null, "body": "Hello",
        "status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0",
        "price": null, "price_unit": null, "error_code": null, "error_message": null,
        "date_created": "Mon, 02 Mar 2026 09:15:04 +0000", "date_sent": null,
        "date_updated": "Mon, 02 Mar 2026 09:15:04 +0000",
        "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}.json"),
    })
}

/// Sends a text message through a server that gives this response, and returns the result.
async fn send_message_and_get_result(response: CannedResponse) -> Result<(), F> {
    let server = MockServer::start_mock_server(response).await;
    let to = PhoneNumber::from_e164(PHONE).expect("valid E.164 number");
    create_messenger_for(server.address, phone_number_as_sender())
        .send_message(&to, "Hello")
        .await
}

#[tokio::test]
async fn message_is_one_form_post_to_the_account() {
    let service = "MG4c9e21d70b5f4f3e8a61c2d9f0e7b835";
    for (sender, field) in [
        (phone_number_as_sender(), "From=%2B15005550006".to_owned()),
        (
            MessageSender::Service(service.to_owned()),
            format!("MessagingServiceSid={service}"),
        ),
    ] {
        let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
            201,
            &queued_message_response(),
        ))
        .await;
        let to = PhoneNumber::from_e164(PHONE).expect("valid E.164 number");
        let messenger = create_messenger_for(server.address, sender);
        assert_eq!(messenger.send_message(&to, "Hello & so on").await, Ok(()));
        let request = server.single_received_request();
        assert_eq!(request.method, "POST");
        assert_eq!(
            request.path,
            format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        );
        assert_eq!(
            request.body,
            format!("To=%2B14155550142&{field}&Body=Hello+%26+so+on")
        );
        assert!(request.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn permanent_and_temporary_message_failures_are_distinguished() {
    let throttled = F::Throttled {
        retry_after: Some(Duration::from_secs(17)),
    };
    // A server error does not prove that Twilio has sent nothing.
    let overloaded = F::Overloaded {
        retry_after: Some(Duration::from_secs(17)),
    };
    for (status, code, failure) in [
        (400, 21211, F::BadDestination),
        (400, 21610, F::BadDestination),
        (400, 21614, F::BadDestination),
        (400, 21606, F::Configuration),
        (400, 21603, F::Configuration),
        (401, 20003, F::Configuration),
        (403, 21408, F::Configuration),
        (404, 20404, F::Configuration),
        (429, 20429, throttled),
        (503, 20503, overloaded),
    ] {
        let response =
            CannedResponse::from_status_and_json(status, &error_body(status, code, "Something"));
        let sent = send_message_and_get_result(response.with_header("retry-after", "17")).await;
        assert_eq!(sent, Err(failure), "{status} {code}");
    }
    assert_eq!(
        send_message_and_get_result(CannedResponse::from_status_and_json(
            500,
            &error_body(500, 20500, "Oh")
        ))
        .await,
        Err(F::Unknown)
    );
}

#[tokio::test]
async fn error_page_of_a_proxy_does_not_prove_that_no_message_was_sent() {
    let page = |status| {
        CannedResponse::from_status_content_type_and_body(status, "text/html", "<p>Error</p>")
    };
    for (status, failure) in [
        (400, F::Unknown),
        (401, F::Configuration),
        (403, F::Configuration),
        (408, F::Unknown),
        (413, F::Unknown),
        (502, F::Unknown),
    ] {
        let sent = send_message_and_get_result(page(status)).await;
        assert_eq!(sent, Err(failure), "{status}");
    }
}

#[tokio::test]
async fn message_to_an_unreachable_server_is_not_sent() {
    let (_socket, address) = bind_refusing_port();
    let to = PhoneNumber::from_e164(PHONE).expect("valid E.164 number");
    let sent = create_messenger_for(address, phone_number_as_sender())
        .send_message(&to, "Hello")
        .await;
    assert_eq!(sent, Err(F::NotSent));
}

#[tokio::test]
async fn message_counts_as_sent_only_with_a_message_sid() {
    for invalid in [
        without_field(queued_message_response(), "sid"),
        with_field(
            queued_message_response(),
            "sid",
            "VE91ab6f20c7d34e5f8b12a0946ce5d7f3",
        ),
        with_field(queued_message_response(), "sid", Value::Null),
    ] {
        assert_eq!(
            send_message_and_get_result(CannedResponse::from_status_and_json(201, &invalid)).await,
            Err(F::Unknown)
        );
    }
    let page = CannedResponse::from_status_content_type_and_body(
        201,
        "text/html",
        "<p>Please sign in to the network.</p>",
    );
    assert_eq!(send_message_and_get_result(page).await, Err(F::Unknown));
    assert_eq!(
        send_message_and_get_result(CannedResponse::from_status_and_json(
            201,
            &queued_message_response()
        ))
        .await,
        Ok(())
    );
}
