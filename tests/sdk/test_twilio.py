"""The official Twilio SDK for Python against the simulator, unmodified except for the base URL."""

import json
import os
import unittest

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

import lab

TO = "+14155550142"


def client(token=lab.TOKEN, username=lab.ACCOUNT):
    made = Client(username, token, lab.ACCOUNT)
    made.verify.base_url = lab.URL
    made.api.base_url = lab.URL
    return made


class TwilioVerify(unittest.TestCase):
    def setUp(self):
        lab.reset()
        self.client = client()
        self.service = self.client.verify.v2.services(lab.SERVICE)

    def begin(self, to=TO, **more):
        return self.service.verifications.create(to=to, channel="sms", **more)

    def check(self, **what):
        return self.service.verification_checks.create(**what)

    def refused(self, call):
        with self.assertRaises(TwilioRestException) as raised:
            call()
        return raised.exception.status, raised.exception.code

    def test_created_verification_is_pending_and_does_not_contain_its_code(self):
        made = self.begin(locale="en")
        code = lab.last_message(TO)["code"]
        self.assertRegex(made.sid, "^VE[0-9a-f]{32}$")
        self.assertEqual((made.status, made.valid, made.channel), ("pending", False, "sms"))
        self.assertEqual((made.to, made.service_sid), (TO, lab.SERVICE))
        self.assertEqual(len(made.send_code_attempts), 1)
        self.assertLess(abs((made.date_updated - made.date_created).total_seconds()), 1)
        self.assertFalse(lab.contains_code(str(vars(made)), code))

    def test_wrong_code_keeps_a_verification_pending_and_correct_code_approves_it_once(self):
        made = self.begin()
        code = lab.last_message(TO)["code"]
        missed = self.check(verification_sid=made.sid, code=lab.wrong_code(code))
        self.assertEqual((missed.status, missed.valid), ("pending", False))
        passed = self.check(verification_sid=made.sid, code=code)
        self.assertEqual((passed.status, passed.valid, passed.sid), ("approved", True, made.sid))
        again = lambda: self.check(verification_sid=made.sid, code=code)
        self.assertEqual(self.refused(again), (404, 20404))

    def test_check_by_number_replaces_check_by_sid(self):
        self.begin()
        self.assertEqual(self.check(to=TO, code=lab.last_message(TO)["code"]).status, "approved")

    def test_resend_keeps_the_verification_and_its_code(self):
        made, code = self.begin(), lab.last_message(TO)["code"]
        again = self.service.verifications.create(to=TO, channel="call")
        self.assertEqual(again.sid, made.sid)
        self.assertEqual([sent["channel"] for sent in again.send_code_attempts], ["sms", "call"])
        self.assertEqual(lab.last_message(TO)["code"], code)

    def test_pending_verification_can_be_fetched(self):
        made = self.begin()
        fetched = self.service.verifications(made.sid).fetch()
        self.assertEqual((fetched.sid, fetched.status), (made.sid, "pending"))
        self.assertEqual(fetched.date_created, made.date_created)

    def test_canceled_verification_accepts_no_code_and_a_new_one_can_start(self):
        made, code = self.begin(), lab.last_message(TO)["code"]
        canceled = self.service.verifications(made.sid).update(status="canceled")
        self.assertEqual((canceled.sid, canceled.status), (made.sid, "canceled"))
        late = lambda: self.check(verification_sid=made.sid, code=code)
        self.assertEqual(self.refused(late), (404, 20404))
        self.assertNotEqual(self.begin().sid, made.sid)

    def test_late_code_finds_no_verification(self):
        made, code = self.begin(), lab.last_message(TO)["code"]
        lab.advance_clock(601)
        late = lambda: self.check(verification_sid=made.sid, code=code)
        self.assertEqual(self.refused(late), (404, 20404))

    def test_five_wrong_codes_lock_a_verification(self):
        made, code = self.begin(), lab.last_message(TO)["code"]
        for _ in range(5):
            self.check(verification_sid=made.sid, code=lab.wrong_code(code))
        sixth = lambda: self.check(verification_sid=made.sid, code=code)
        self.assertEqual(self.refused(sixth), (429, 60202))

    def test_wrong_credentials_and_unknown_service_raise_errors_of_the_sdk(self):
        stranger = client("0" * 32).verify.v2.services(lab.SERVICE)
        create = lambda: stranger.verifications.create(to=TO, channel="sms")
        self.assertEqual(self.refused(create), (401, 20003))
        elsewhere = self.client.verify.v2.services("VA" + "0" * 32)
        create = lambda: elsewhere.verifications.create(to=TO, channel="sms")
        self.assertEqual(self.refused(create), (404, 20404))

    def test_api_key_authenticates(self):
        keyed = client(lab.API_SECRET, lab.API_KEY)
        made = keyed.verify.v2.services(lab.SERVICE).verifications.create(to=TO, channel="sms")
        self.assertEqual((made.status, made.account_sid), ("pending", lab.ACCOUNT))
        sent = keyed.messages.create(to=TO, from_="+15005550006", body="Hello")
        self.assertEqual(sent.status, "queued")

    def test_every_magic_number_raises_its_error(self):
        from_us = "+15005550006"
        for row in lab.magic_numbers("twilio"):
            number = row["to"]
            if row["on"] == "check":
                made = self.begin(number)
                call = lambda: self.check(verification_sid=made.sid, code="123456")
            elif row["on"] == "message to":
                call = lambda: self.client.messages.create(to=number, from_=from_us, body="Hello")
            elif row["on"] == "message from":
                call = lambda: self.client.messages.create(to=TO, from_=number, body="Hello")
            else:
                call = lambda: self.begin(number)
            with self.subTest(number=number, on=row["on"]):
                self.assertEqual(self.refused(call), (row["status"], row["code"]))

    def test_text_message_is_queued(self):
        sent = self.client.messages.create(to=TO, from_="+15005550006", body="Hello")
        self.assertEqual((sent.status, sent.body, sent.error_code), ("queued", "Hello", None))
        self.assertEqual(lab.last_message(TO)["body"], "Hello")

    def test_sdk_accepts_webhooks(self):
        listener = lab.Listener(os.environ["WEBHOOK_URL"])
        try:
            made = self.begin()
            validator = RequestValidator(lab.TOKEN)
            kinds = []
            for _ in range(3):
                path, headers, body = listener.next()
                url = listener.origin + path
                headers = {name.lower(): value for name, value in headers.items()}
                signature = headers["x-twilio-signature"]
                self.assertTrue(validator.validate(url, body, signature))
                self.assertFalse(validator.validate(url, body + " ", signature))
                event = json.loads(body)[0]
                self.assertEqual(event["data"]["verification_sid"], made.sid)
                kinds.append(event["type"].rsplit("verify.")[-1])
            self.assertEqual(kinds, ["verification.pending", "message.sent", "message.delivered"])
        finally:
            listener.stop()


if __name__ == "__main__":
    unittest.main()
