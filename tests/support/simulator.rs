//! A client of the phone simulator: phones, mailboxes, clock, faults and received calls.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::provider::Provider;
use super::wire::{Request, Response, TIMEOUT, percent};

/// A client of the simulator at this address.
#[derive(Clone, Copy, Debug)]
pub struct Simulator {
    pub address: SocketAddr,
}

impl Simulator {
    /// Advances the clock of the simulator and of an app in the same process.
    pub async fn advance(&self, secs: u64) {
        self.put("POST", "clock", &json!({ "advance_secs": secs }))
            .await;
    }

    /// Sets the faults that the simulator injects.
    pub async fn set_faults(&self, faults: Value) {
        self.put("PUT", "faults", &faults).await;
    }

    /// Waits until calls have used up all faults.
    pub async fn wait_until_faults_are_used(&self) {
        let wait = async {
            while self.get("faults").await.json() != json!([]) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .expect("calls use up all faults");
    }

    /// Sets how the simulator sends webhooks.
    pub async fn set_webhook_script(&self, script: Value) {
        self.put("PUT", "webhooks", &script).await;
    }

    pub async fn clear_faults(&self) {
        let answer = Request::new("DELETE", "/_simulator/faults")
            .send(self.address)
            .await;
        assert_eq!(answer.status, 204);
    }

    pub async fn reset(&self) {
        let answer = Request::new("DELETE", "/_simulator/state")
            .send(self.address)
            .await;
        assert_eq!(answer.status, 204);
    }

    /// All calls that the provider received, in order.
    pub async fn ledger(&self) -> Vec<Value> {
        match self.get("ledger").await.json() {
            Value::Array(calls) => calls,
            other => panic!("a list was expected: {other}"),
        }
    }

    /// The calls of one operation: `create`, `check`, `update`.
    pub async fn calls(&self, operation: &str) -> Vec<Value> {
        let mut calls = self.ledger().await;
        calls.retain(|call| call["operation"] == operation);
        calls
    }

    /// Waits for the first call of this operation.
    pub async fn next_call(&self, operation: &str) -> Value {
        let wait = async {
            loop {
                if let Some(call) = self.calls(operation).await.into_iter().next() {
                    return call;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .unwrap_or_else(|_| panic!("the provider received no {operation}"))
    }

    /// Waits until the app has cancelled a code at the provider. Telnyx has no such call.
    pub async fn wait_for_cancelled_code(&self) {
        if Provider::configured() == Provider::Twilio {
            let call = self.next_call("update").await;
            assert_eq!(call["params"]["Status"], "canceled");
        }
    }

    /// The channel of the last code: `sms` or `call`.
    pub async fn last_channel(&self) -> String {
        let last = self.calls("create").await.pop().expect("a send");
        let channel = last["params"]["Channel"].as_str();
        let channel = channel.or_else(|| last["path"].as_str()?.rsplit('/').next());
        channel.expect("a channel").to_owned()
    }

    /// The phone number of a call that sends a code.
    pub fn destination(call: &Value) -> &str {
        let params = &call["params"];
        let to = params["To"].as_str().or(params["phone_number"].as_str());
        to.expect("a destination")
    }

    /// The messages that all phones have received.
    pub async fn received_messages(&self) -> Vec<Value> {
        let messages = self.get("messages").await.json();
        messages.as_array().cloned().unwrap_or_default()
    }

    pub fn phone(&self, number: &str) -> Phone {
        Phone {
            simulator: *self,
            number: number.to_owned(),
            seen: 0,
        }
    }

    /// The mailbox of an address.
    pub fn mails(&self, address: &str) -> Mailbox {
        Mailbox {
            simulator: *self,
            address: address.to_owned(),
            seen: 0,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        let answer = Request::get(&format!("/_simulator/{path}"))
            .send(self.address)
            .await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    async fn put(&self, method: &str, path: &str, body: &Value) {
        let answer = Request::new(method, &format!("/_simulator/{path}"))
            .with_body("application/json", body.to_string())
            .send(self.address)
            .await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

/// The phone with this number.
#[derive(Clone, Debug)]
pub struct Phone {
    simulator: Simulator,
    number: String,
    seen: u64,
}

impl Phone {
    /// Waits for the next unread message with a code, and returns the code.
    pub async fn next_code(&mut self) -> String {
        loop {
            let message = self.next().await;
            if let Some(code) = message["code"].as_str() {
                return code.to_owned();
            }
        }
    }

    /// Waits up to a second for the next unread message, and returns its code. For codes that a fault may have dropped.
    pub async fn code_within_a_second(&mut self) -> Option<String> {
        let to = percent(&self.number);
        let query = format!("messages?to={to}&after={}&wait=1", self.seen);
        let messages = self.simulator.get(&query).await.json();
        let codes = messages.as_array()?.iter();
        let code = codes.rev().find_map(|message| message["code"].as_str());
        code.map(str::to_owned)
    }

    /// Waits for the next unread message without a code, and returns its text.
    pub async fn next_notification(&mut self) -> String {
        loop {
            let message = self.next().await;
            if message["code"].is_null() {
                return message["body"].as_str().expect("a body").to_owned();
            }
        }
    }

    async fn next(&mut self) -> Value {
        let to = percent(&self.number);
        let query = format!("messages?to={to}&after={}&wait=10", self.seen);
        let messages = self.simulator.get(&query).await.json();
        let message = messages
            .get(0)
            .unwrap_or_else(|| panic!("no message came to {}", self.number));
        self.seen = message["id"].as_u64().expect("an id");
        message.clone()
    }

    /// The number of received codes.
    pub async fn code_count(&self) -> usize {
        self.all()
            .await
            .iter()
            .filter(|m| !m["code"].is_null())
            .count()
    }

    /// The texts of all received messages without a code.
    pub async fn notifications(&self) -> Vec<String> {
        let all = self.all().await;
        let notices = all.iter().filter(|message| message["code"].is_null());
        notices
            .map(|message| message["body"].as_str().expect("a body").to_owned())
            .collect()
    }

    async fn all(&self) -> Vec<Value> {
        let query = format!("messages?to={}", percent(&self.number));
        let messages = self.simulator.get(&query).await.json();
        messages.as_array().cloned().unwrap_or_default()
    }

    /// Marks all received messages as read.
    pub async fn skip_received_messages(&mut self) {
        let query = format!("messages?to={}", percent(&self.number));
        let messages = self.simulator.get(&query).await.json();
        let last = messages
            .as_array()
            .and_then(|all| all.last()?["id"].as_u64());
        self.seen = last.unwrap_or(self.seen);
    }
}

/// The mailbox of an address.
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
    /// Waits for the next unread mail.
    pub async fn next(&mut self) -> Mail {
        let to = percent(&self.address);
        let query = format!("mails?to={to}&after={}&wait=10", self.seen);
        let mail = self.list(&query).await.into_iter().next();
        let mail = mail.unwrap_or_else(|| panic!("no mail came to {}", self.address));
        self.seen = mail.id;
        mail
    }

    /// All received mails.
    pub async fn all(&self) -> Vec<Mail> {
        self.list(&format!("mails?to={}", percent(&self.address)))
            .await
    }

    async fn list(&self, query: &str) -> Vec<Mail> {
        let mails = self.simulator.get(query).await;
        serde_json::from_slice(&mails.body).expect("a list of mails")
    }
}
