//! A client of the simulator's control API: phones, mailboxes, clock, faults and received calls.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::provider::Provider;
use super::wire::{Request, Response, TIMEOUT, percent_encode};

/// The longest wait for a message in seconds, less than the [`TIMEOUT`] of its request. It includes a second attempt of
/// the app to send the message, 5 seconds after the first.
const MESSAGE_WAIT_SECS: u64 = 25;

/// A client of the simulator at an address.
#[derive(Clone, Copy, Debug)]
pub struct Simulator {
    pub address: SocketAddr,
}

impl Simulator {
    /// Advances the clock of the simulator, and of an app in the same process, by this number of seconds.
    pub async fn advance_clock(&self, secs: u64) {
        self.send_json("POST", "clock", &json!({ "advance_secs": secs }))
            .await;
    }

    /// Advances the clock to the next noon in UTC, so that the events of the following hours have the same date.
    pub async fn advance_to_noon(&self) {
        const DAY_SECS: u64 = 24 * 60 * 60;
        let since_noon = (self.now_secs().await + DAY_SECS / 2) % DAY_SECS;
        self.advance_clock(DAY_SECS - since_noon).await;
    }

    /// Sets the faults that the simulator injects into provider calls.
    pub async fn set_faults(&self, faults: Value) {
        self.send_json("PUT", "faults", &faults).await;
    }

    /// Waits until provider calls have used up all faults.
    pub async fn wait_until_faults_are_used(&self) {
        let wait = async {
            while self.get_json("faults").await.json() != json!([]) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .expect("provider calls use up all faults in time");
    }

    /// Sets the order and the faults of the webhooks that the simulator sends.
    pub async fn set_webhook_script(&self, script: Value) {
        self.send_json("PUT", "webhooks", &script).await;
    }

    /// Removes all faults.
    pub async fn clear_faults(&self) {
        let answer = Request::new("DELETE", "/_simulator/faults")
            .send(self.address)
            .await;
        assert_eq!(answer.status, 204);
    }

    /// Deletes all state of the simulator.
    pub async fn delete_state(&self) {
        let answer = Request::new("DELETE", "/_simulator/state")
            .send(self.address)
            .await;
        assert_eq!(answer.status, 204);
    }

    /// Lists all calls that the provider received, in order.
    ///
    /// Leaves out cancellations of codes that the simulator does not know: a reused app can still cancel codes of an
    /// earlier test in the background, after the state of the simulator was deleted.
    pub async fn list_calls(&self) -> Vec<Value> {
        let Value::Array(mut calls) = self.get_json("ledger").await.json() else {
            panic!("received calls are not a JSON array");
        };
        let is_unknown = |call: &Value| call["status"] == 404 && call["verification"].is_null();
        calls.retain(|call| call["operation"] != "update" || !is_unknown(call));
        calls
    }

    /// Lists the received calls of one operation: `create`, `check` or `update`.
    pub async fn list_calls_of(&self, operation: &str) -> Vec<Value> {
        let mut calls = self.list_calls().await;
        calls.retain(|call| call["operation"] == operation);
        calls
    }

    /// Waits for the first call of this operation.
    pub async fn wait_for_call(&self, operation: &str) -> Value {
        self.wait_for_numbered_call(operation, 1).await
    }

    /// Waits until the provider has received `number` calls of this operation. Returns the last of them.
    async fn wait_for_numbered_call(&self, operation: &str, number: usize) -> Value {
        let wait = async {
            loop {
                if let Some(call) = self.list_calls_of(operation).await.get(number - 1) {
                    return call.clone();
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .unwrap_or_else(|_| {
                panic!("the provider received no call {number} of {operation} in time")
            })
    }

    /// Waits until the app has cancelled a code at the provider. Telnyx has no such call.
    pub async fn wait_for_cancelled_code(&self) {
        self.wait_for_cancelled_codes(1).await;
    }

    /// Waits until the app has cancelled `count` codes at the provider. Telnyx has no such call.
    pub async fn wait_for_cancelled_codes(&self, count: usize) {
        if Provider::from_environment() == Provider::Twilio {
            let call = self.wait_for_numbered_call("update", count).await;
            assert_eq!(call["params"]["Status"], "canceled");
        }
    }

    /// Returns the channel of the last code: `sms` or `call`.
    pub async fn channel_of_last_code(&self) -> String {
        let last = self
            .list_calls_of("create")
            .await
            .pop()
            .expect("provider received a call that sends a code");
        let channel = last["params"]["Channel"].as_str();
        let channel = channel.or_else(|| last["path"].as_str()?.rsplit('/').next());
        channel.expect("call names a channel").to_owned()
    }

    /// Returns the phone number in a call that sends a code.
    pub fn phone_number_of_call(call: &Value) -> &str {
        let params = &call["params"];
        let to = params["To"].as_str().or(params["phone_number"].as_str());
        to.expect("call names a phone number")
    }

    /// Lists the messages that all phones have received.
    pub async fn list_messages(&self) -> Vec<Value> {
        let messages = self.get_json("messages").await.json();
        messages.as_array().cloned().unwrap_or_default()
    }

    /// Returns the phone with this number. All its messages are unread.
    pub fn phone_with_number(&self, number: &str) -> Phone {
        Phone {
            simulator: *self,
            number: number.to_owned(),
            seen: 0,
        }
    }

    /// Returns the mailbox of this address. All its mails are unread.
    pub fn mailbox_of(&self, address: &str) -> Mailbox {
        Mailbox {
            simulator: *self,
            address: address.to_owned(),
            seen: 0,
        }
    }

    /// Sends a GET request to the control API.
    pub(super) async fn get_json(&self, path: &str) -> Response {
        let answer = Request::get(&format!("/_simulator/{path}"))
            .send(self.address)
            .await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// Sends a JSON body to the control API.
    async fn send_json(&self, method: &str, path: &str, body: &Value) {
        let answer = Request::new(method, &format!("/_simulator/{path}"))
            .with_body("application/json", body.to_string())
            .send(self.address)
            .await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

/// A simulated phone.
#[derive(Clone, Debug)]
pub struct Phone {
    simulator: Simulator,
    number: String,
    seen: u64,
}

impl Phone {
    /// Waits for the next unread message with a code. Returns the code.
    pub async fn next_code(&mut self) -> String {
        loop {
            let message = self.next_message().await;
            if let Some(code) = message["code"].as_str() {
                return code.to_owned();
            }
        }
    }

    /// Waits up to a second for the next unread message, and returns its code. Used where a fault may have dropped the
    /// message.
    pub async fn next_code_within_a_second(&mut self) -> Option<String> {
        let to = percent_encode(&self.number);
        let query = format!("messages?to={to}&after={}&wait=1", self.seen);
        let messages = self.simulator.get_json(&query).await.json();
        let codes = messages.as_array()?.iter();
        let code = codes.rev().find_map(|message| message["code"].as_str());
        code.map(str::to_owned)
    }

    /// Waits for the next unread message without a code. Returns its text.
    pub async fn next_notification(&mut self) -> String {
        loop {
            let message = self.next_message().await;
            if message["code"].is_null() {
                return message["body"]
                    .as_str()
                    .expect("message has a body")
                    .to_owned();
            }
        }
    }

    /// Waits for the next unread message, and marks it as read.
    async fn next_message(&mut self) -> Value {
        let to = percent_encode(&self.number);
        let query = format!(
            "messages?to={to}&after={}&wait={MESSAGE_WAIT_SECS}",
            self.seen
        );
        let messages = self.simulator.get_json(&query).await.json();
        let message = messages
            .get(0)
            .unwrap_or_else(|| panic!("no message arrived at {}", self.number));
        self.seen = message["id"].as_u64().expect("message has an id");
        message.clone()
    }

    /// Counts the received codes.
    pub async fn count_codes(&self) -> usize {
        self.list_messages()
            .await
            .iter()
            .filter(|m| !m["code"].is_null())
            .count()
    }

    /// Lists the codes of all received messages.
    pub async fn list_codes(&self) -> Vec<String> {
        let messages = self.list_messages().await;
        let codes = messages
            .iter()
            .filter_map(|message| message["code"].as_str());
        codes.map(str::to_owned).collect()
    }

    /// Lists the texts of all received messages without a code.
    pub async fn list_notifications(&self) -> Vec<String> {
        let messages = self.list_messages().await;
        let notices = messages.iter().filter(|message| message["code"].is_null());
        notices
            .map(|message| {
                message["body"]
                    .as_str()
                    .expect("message has a body")
                    .to_owned()
            })
            .collect()
    }

    /// Lists all messages that this phone has received.
    async fn list_messages(&self) -> Vec<Value> {
        let query = format!("messages?to={}", percent_encode(&self.number));
        let messages = self.simulator.get_json(&query).await.json();
        messages.as_array().cloned().unwrap_or_default()
    }

    /// Marks all received messages as read.
    pub async fn skip_received_messages(&mut self) {
        let query = format!("messages?to={}", percent_encode(&self.number));
        let messages = self.simulator.get_json(&query).await.json();
        let last = messages
            .as_array()
            .and_then(|all| all.last()?["id"].as_u64());
        self.seen = last.unwrap_or(self.seen);
    }
}

/// A simulated mailbox.
#[derive(Clone, Debug)]
pub struct Mailbox {
    simulator: Simulator,
    address: String,
    seen: u64,
}

/// A received mail.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    id: u64,
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub message_id: String,
}

impl Mailbox {
    /// Waits for the next unread mail, and marks it as read.
    pub async fn next_mail(&mut self) -> Mail {
        let to = percent_encode(&self.address);
        let query = format!("mails?to={to}&after={}&wait={MESSAGE_WAIT_SECS}", self.seen);
        let mail = self.request_mails(&query).await.into_iter().next();
        let mail = mail.unwrap_or_else(|| panic!("no mail arrived at {}", self.address));
        self.seen = mail.id;
        mail
    }

    /// Lists all received mails.
    pub async fn list_mails(&self) -> Vec<Mail> {
        self.request_mails(&format!("mails?to={}", percent_encode(&self.address)))
            .await
    }

    /// Requests mails from the control API with this query.
    async fn request_mails(&self, query: &str) -> Vec<Mail> {
        let mails = self.simulator.get_json(query).await;
        serde_json::from_slice(&mails.body).expect("response is a list of mails")
    }
}
