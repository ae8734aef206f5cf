//! Messages that are no codes.

use super::super::messages::{MessageFailure as F, Messenger, MessengerSettings, Sender};
use super::stand_in::{Canned, StandIn};
use super::*;
use domain::PhoneNumber;

const MESSAGE: &str = "SM91ab6f20c7d34e5f8b12a0946ce5d7f3";

fn messenger(address: SocketAddr, sender: Sender) -> Messenger {
    let settings = MessengerSettings {
        base_url: url(address),
        account_sid: ACCOUNT.to_owned(),
        credentials: Credentials::new(ACCOUNT, TOKEN),
        sender,
    };
    Messenger::new(client(PATIENT), settings).expect("settings")
}

fn from_number() -> Sender {
    Sender::From("+15005550006".to_owned())
}

/// <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>
fn queued() -> Value {
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

async fn outcome(answer: Canned) -> Result<(), F> {
    let stand_in = StandIn::answering(answer).await;
    let to = PhoneNumber::from_e164(PHONE).expect("E.164");
    messenger(stand_in.address, from_number())
        .message(&to, "Hello")
        .await
}

/// LEAK-04, PRV-01
#[tokio::test]
async fn a_message_is_one_form_post_to_the_account() {
    let service = "MG4c9e21d70b5f4f3e8a61c2d9f0e7b835";
    for (sender, field) in [
        (from_number(), "From=%2B15005550006".to_owned()),
        (
            Sender::Service(service.to_owned()),
            format!("MessagingServiceSid={service}"),
        ),
    ] {
        let stand_in = StandIn::answering(Canned::json(201, &queued())).await;
        let to = PhoneNumber::from_e164(PHONE).expect("E.164");
        let messenger = messenger(stand_in.address, sender);
        assert_eq!(messenger.message(&to, "Hello & so on").await, Ok(()));
        let seen = stand_in.one_request();
        assert_eq!(seen.method, "POST");
        assert_eq!(
            seen.path,
            format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        );
        assert_eq!(
            seen.body,
            format!("To=%2B14155550142&{field}&Body=Hello+%26+so+on")
        );
        assert!(seen.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn what_cannot_be_delivered_is_told_from_what_may_be_later() {
    let later = F::Throttled {
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
        (429, 20429, later),
        (503, 20503, later),
    ] {
        let answer = Canned::json(status, &error(status, code, "Something"));
        let sent = outcome(answer.with("retry-after", "17")).await;
        assert_eq!(sent, Err(failure), "{status} {code}");
    }
    assert_eq!(
        outcome(Canned::json(500, &error(500, 20500, "Oh"))).await,
        Err(F::Unknown)
    );
}

#[tokio::test]
async fn only_a_message_with_a_name_was_sent() {
    for odd in [
        without(queued(), "sid"),
        but(queued(), "sid", "VE91ab6f20c7d34e5f8b12a0946ce5d7f3"),
        but(queued(), "sid", Value::Null),
    ] {
        assert_eq!(outcome(Canned::json(201, &odd)).await, Err(F::Unknown));
    }
    let page = Canned::typed(201, "text/html", "<p>Please sign in to the network.</p>");
    assert_eq!(outcome(page).await, Err(F::Unknown));
    assert_eq!(outcome(Canned::json(201, &queued())).await, Ok(()));
}
