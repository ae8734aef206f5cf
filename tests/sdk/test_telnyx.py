"""The official Telnyx SDK for Python against the simulator, unmodified except for the base URL.

Telnyx has no cancel: contract of Verify v2, section "Timing and attempts".
"""

import os
import unittest

import telnyx

import lab

TO = "+14155550143"


def client(key=lab.TELNYX_KEY):
    # Retries are off, because a repeated create would send two messages.
    return telnyx.Telnyx(
        api_key=key, base_url=lab.URL + "/v2", max_retries=0, public_key=lab.TELNYX_PUBLIC_KEY,
    )


class TelnyxVerify(unittest.TestCase):
    def setUp(self):
        lab.reset()
        self.client = client()
        self.verifications = self.client.verifications

    def begin(self, to=TO):
        made = self.verifications.trigger_sms(phone_number=to, verify_profile_id=lab.PROFILE)
        return made.data

    def check(self, made, code):
        return self.verifications.actions.verify(made.id, code=code).data.response_code

    def refused(self, call):
        with self.assertRaises(telnyx.APIStatusError) as raised:
            call()
        error = raised.exception
        return error.status_code, int(error.body["errors"][0]["code"]), type(error)

    def test_created_verification_is_pending_and_does_not_contain_its_code(self):
        made = self.begin()
        code = lab.last_message(TO)["code"]
        self.assertEqual((made.status, made.type, made.phone_number), ("pending", "sms", TO))
        self.assertEqual((made.timeout_secs, made.verify_profile_id), (300, lab.PROFILE))
        self.assertFalse(lab.contains_code(made.to_json(), code))

    def test_wrong_code_is_rejected_and_correct_code_is_accepted(self):
        made = self.begin()
        code = lab.last_message(TO)["code"]
        self.assertEqual(self.check(made, lab.wrong_code(code)), "rejected")
        self.assertEqual(self.check(made, code), "accepted")
        self.assertNotEqual(self.check(made, code), "accepted")

    def test_check_by_number_replaces_check_by_id(self):
        self.begin()
        answer = self.verifications.by_phone_number.actions.verify(
            TO, code=lab.last_message(TO)["code"], verify_profile_id=lab.PROFILE,
        )
        self.assertEqual((answer.data.response_code, answer.data.phone_number), ("accepted", TO))

    def test_voice_call_contains_a_code(self):
        made = self.verifications.trigger_call(phone_number=TO, verify_profile_id=lab.PROFILE)
        self.assertEqual(made.data.type, "call")
        self.assertEqual(self.check(made.data, lab.last_message(TO)["code"]), "accepted")

    def test_whatsapp_message_contains_a_code(self):
        made = self.verifications.trigger_whatsapp_verification(
            phone_number=TO, verify_profile_id=lab.PROFILE,
        )
        self.assertEqual(made.data.type, "whatsapp")
        self.assertEqual(self.check(made.data, lab.last_message(TO)["code"]), "accepted")

    def test_codes_have_the_default_length_of_telnyx(self):
        self.begin()
        self.assertEqual(len(lab.last_message(TO)["code"]), 5)

    def test_finished_verification_can_be_read(self):
        made = self.begin()
        self.check(made, lab.last_message(TO)["code"])
        self.assertEqual(self.verifications.retrieve(made.id).data.status, "accepted")
        listed = self.verifications.by_phone_number.list(TO)
        self.assertEqual([found.id for found in listed.data], [made.id])
        self.assertEqual(listed.meta.total_results, 1)

    def test_late_code_is_expired(self):
        made, code = self.begin(), lab.last_message(TO)["code"]
        lab.advance_clock(301)
        self.assertEqual(self.check(made, code), "expired")

    def test_five_wrong_codes_lock_a_verification(self):
        made, code = self.begin(), lab.last_message(TO)["code"]
        for _ in range(5):
            self.assertEqual(self.check(made, lab.wrong_code(code)), "rejected")
        self.assertEqual(self.check(made, code), "max_attempts_exceeded")

    def test_wrong_key_and_unknown_profile_raise_errors_of_the_sdk(self):
        create = lambda: client("KEY0").verifications.trigger_sms(
            phone_number=TO, verify_profile_id=lab.PROFILE,
        )
        self.assertEqual(self.refused(create), (401, 10009, telnyx.AuthenticationError))
        create = lambda: self.verifications.trigger_sms(
            phone_number=TO, verify_profile_id="00000000-0000-4000-8000-000000000000",
        )
        self.assertEqual(self.refused(create), (404, 10005, telnyx.NotFoundError))

    def test_every_magic_number_raises_its_error(self):
        for row in lab.magic_numbers("telnyx"):
            call = lambda: self.begin(row["to"])
            if row["on"] == "check":
                made = self.begin(row["to"])
                call = lambda: self.check(made, "12345")
            with self.subTest(number=row["to"]):
                status, code, _ = self.refused(call)
                self.assertEqual((status, code), (row["status"], row["code"]))

    def test_sdk_accepts_webhooks_at_any_simulated_time(self):
        listener = lab.Listener(os.environ["WEBHOOK_URL"])
        lab.advance_clock(3600)
        try:
            made = self.begin()
            kinds = []
            for _ in range(2):
                _, headers, body = listener.next()
                event = self.client.webhooks.unwrap(body, headers=headers)
                self.assertEqual(event.data.payload["id"], made.id)
                kinds.append(event.data.event_type)
                with self.assertRaises(ValueError):
                    self.client.webhooks.unwrap(body + " ", headers=headers)
            self.assertEqual(kinds, ["verify.sent", "verify.delivered"])
        finally:
            listener.stop()


if __name__ == "__main__":
    unittest.main()
