//! The phone simulator through its HTTP: phones, time, faults and the ledger.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::provider::Provider;
use super::wire::{PATIENCE, Request, Response, percent};

#[derive(Clone, Copy, Debug)]
pub struct Simulator {
    pub address: SocketAddr,
}

impl Simulator {
    /// Moves its time; an app in the same process moves along.
    pub async fn advance(&self, secs: u64) {
        self.put("POST", "clock", &json!({ "advance_secs": secs }))
            .await;
    }

    /// Sets the script of faults.
    pub async fn set_faults(&self, faults: Value) {
        self.put("PUT", "faults", &faults).await;
    }

    /// Waits until every fault of the script was met by a call.
    pub async fn wait_until_faults_are_used(&self) {
        let wait = async {
            while self.get("faults").await.json() != json!([]) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .expect("a call meets the fault");
    }

    /// Sets how its webhooks are sent.
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

    /// Every call the provider received, in order.
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

    /// The first call of this operation; waits for it where the app makes it in the background.
    pub async fn next_call(&self, operation: &str) -> Value {
        let wait = async {
            loop {
                if let Some(call) = self.calls(operation).await.into_iter().next() {
                    return call;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("the provider got no {operation}"))
    }

    /// Waits until the provider was told that a code is no longer wanted. Telnyx cannot be told.
    pub async fn code_is_cancelled(&self) {
        if Provider::configured() == Provider::Twilio {
            let call = self.next_call("update").await;
            assert_eq!(call["params"]["Status"], "canceled");
        }
    }

    /// How the last code was to go, in the words of either provider: `sms` or `call`.
    pub async fn last_channel(&self) -> String {
        let last = self.calls("create").await.pop().expect("a send");
        let channel = last["params"]["Channel"].as_str();
        let channel = channel.or_else(|| last["path"].as_str()?.rsplit('/').next());
        channel.expect("a channel").to_owned()
    }

    /// Where the code of a create was to go, in the words of either provider.
    pub fn destination(call: &Value) -> &str {
        let params = &call["params"];
        let to = params["To"].as_str().or(params["phone_number"].as_str());
        to.expect("a destination")
    }

    pub fn phone(&self, number: &str) -> Phone {
        Phone {
            simulator: *self,
            number: number.to_owned(),
            seen: 0,
        }
    }

    /// Somebody's mailbox.
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

/// Somebody's phone.
#[derive(Clone, Debug)]
pub struct Phone {
    simulator: Simulator,
    number: String,
    seen: u64,
}

impl Phone {
    /// The code of the next message with one that was not read yet; waits for it.
    pub async fn next_code(&mut self) -> String {
        loop {
            let message = self.next().await;
            if let Some(code) = message["code"].as_str() {
                return code.to_owned();
            }
        }
    }

    /// The text of the next message without a code that was not read yet; waits for it.
    pub async fn next_notice(&mut self) -> String {
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

    /// How many codes it ever got.
    pub async fn messages(&self) -> usize {
        self.all()
            .await
            .iter()
            .filter(|m| !m["code"].is_null())
            .count()
    }

    /// Every message without a code it ever got.
    pub async fn notices(&self) -> Vec<String> {
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

    /// Leaves what came so far unread.
    pub async fn skip_received_messages(&mut self) {
        let query = format!("messages?to={}", percent(&self.number));
        let messages = self.simulator.get(&query).await.json();
        let last = messages
            .as_array()
            .and_then(|all| all.last()?["id"].as_u64());
        self.seen = last.unwrap_or(self.seen);
    }
}

/// Somebody's mailbox.
#[derive(Clone, Debug)]
pub struct Mailbox {
    simulator: Simulator,
    address: String,
    seen: u64,
}

/// A mail in it.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    id: u64,
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub message_id: String,
}

impl Mailbox {
    /// The next mail not read yet; waits for it.
    pub async fn next(&mut self) -> Mail {
        let to = percent(&self.address);
        let query = format!("mails?to={to}&after={}&wait=10", self.seen);
        let mail = self.list(&query).await.into_iter().next();
        let mail = mail.unwrap_or_else(|| panic!("no mail came to {}", self.address));
        self.seen = mail.id;
        mail
    }

    /// Every mail that came.
    pub async fn all(&self) -> Vec<Mail> {
        self.list(&format!("mails?to={}", percent(&self.address)))
            .await
    }

    async fn list(&self, query: &str) -> Vec<Mail> {
        let mails = self.simulator.get(query).await;
        serde_json::from_slice(&mails.body).expect("a list of mails")
    }
}
