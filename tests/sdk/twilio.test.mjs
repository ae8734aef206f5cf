// The official Twilio SDK for Node against the simulator, unmodified except for the base URL.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import twilio from "twilio";

const URL_OF_IT = process.env.SIMULATOR_URL;
const ACCOUNT = "AC5a119007000000000000000000000001";
const TOKEN = "5a119007000000000000000000000002";
const SERVICE = "VA5a119007000000000000000000000003";
const TO = "+14155550144";

const client = twilio(ACCOUNT, TOKEN);
client.verify.baseUrl = URL_OF_IT;
const service = client.verify.v2.services(SERVICE);

const control = async (method, path, body) => {
  const answer = await fetch(`${URL_OF_IT}/_simulator${path}`, {
    method,
    headers: body && { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
};

const codeSentTo = async (to) => {
  const messages = await control("GET", `/messages?to=${encodeURIComponent(to)}&wait=10`);
  return messages.at(-1).code;
};

const wrongCode = (code) => (code[0] === "0" ? "1" : "0") + code.slice(1);
const begin = (to = TO) => service.verifications.create({ to, channel: "sms" });
const check = (verificationSid, code) =>
  service.verificationChecks.create({ verificationSid, code });

beforeEach(() => control("DELETE", "/state"));

test("a wrong code keeps a verification pending and the correct code approves it once", async () => {
  const made = await begin();
  assert.match(made.sid, /^VE[0-9a-f]{32}$/);
  assert.equal(made.status, "pending");
  assert.ok(made.dateCreated instanceof Date && !Number.isNaN(made.dateCreated.getTime()));
  const code = await codeSentTo(TO);
  const missed = await check(made.sid, wrongCode(code));
  assert.deepEqual([missed.status, missed.valid], ["pending", false]);
  const passed = await check(made.sid, code);
  assert.deepEqual([passed.status, passed.valid], ["approved", true]);
  await assert.rejects(check(made.sid, code), { status: 404, code: 20404 });
});

test("a pending verification can be fetched", async () => {
  const made = await begin();
  const fetched = await service.verifications(made.sid).fetch();
  assert.deepEqual([fetched.sid, fetched.status], [made.sid, "pending"]);
  assert.equal(fetched.sendCodeAttempts.length, 1);
});

test("a canceled verification accepts no code", async () => {
  const made = await begin();
  const canceled = await service.verifications(made.sid).update({ status: "canceled" });
  assert.equal(canceled.status, "canceled");
  await assert.rejects(check(made.sid, await codeSentTo(TO)), { status: 404, code: 20404 });
});

test("wrong credentials raise an error of the SDK", async () => {
  const stranger = twilio(ACCOUNT, "0".repeat(32));
  stranger.verify.baseUrl = URL_OF_IT;
  const create = stranger.verify.v2
    .services(SERVICE)
    .verifications.create({ to: TO, channel: "sms" });
  await assert.rejects(create, { status: 401, code: 20003 });
});

test("every magic number is rejected with its error", async () => {
  const rows = await control("GET", "/magic");
  const onCreate = rows.filter((row) => row.provider === "twilio" && row.on === "create" && row.code);
  assert.ok(onCreate.length > 20);
  for (const { to, status, code } of onCreate) {
    await assert.rejects(begin(to), { status, code }, to);
  }
  const onCheck = rows.filter((row) => row.provider === "twilio" && row.on === "check" && row.code);
  assert.ok(onCheck.length > 5);
  for (const { to, status, code } of onCheck) {
    const { sid } = await begin(to);
    await assert.rejects(check(sid, "123456"), { status, code }, to);
  }
});
