#!/usr/bin/env python3
"""Tests the shops of both examples with the requests of a browser. Starts a Sallyport for them.

    python3 examples/test_examples.py PROGRAM [-v] [NAME …]

PROGRAM is the sallyport binary. The Node shop takes its packages from `npm ci` in examples/node,
the Python shop the interpreter that EXAMPLES_PYTHON names.
"""

import os
import re
import signal
import socket
import sys
import unittest
from pathlib import Path

from driver import CLIENT, PASSWORD, Browser, Process, Relay, Sallyport, call, send
from payment_tests import PaymentTests

EXAMPLES = Path(__file__).resolve().parent
PYTHON = os.environ.get("EXAMPLES_PYTHON", EXAMPLES.parent / "target/examples/bin/python")
PROGRAM = None

# How long the shops wait for Sallyport, in seconds. Some tests take that long.
SHOP_TIMEOUT = 5


SALLYPORT = None


def setUpModule():
    global SALLYPORT
    SALLYPORT = Sallyport(PROGRAM)
    unittest.addModuleCleanup(SALLYPORT.stop)


class AShop(PaymentTests):
    """The tests of a shop, the same for each language."""

    command = None

    @classmethod
    def setUpClass(cls):
        cls.sallyport = SALLYPORT
        cls.relay = Relay(SALLYPORT.address)
        cls.addClassCleanup(cls.relay.stop)
        process, cls.address = cls.start()
        cls.addClassCleanup(process.stop)

    @classmethod
    def start(cls, **environment):
        by_the_relay = {"SALLYPORT_URL": cls.relay.address, "SALLYPORT_ISSUER": SALLYPORT.address}
        process = Process(cls.command, **{
            "PORT": "0",
            "SALLYPORT_CLIENT": CLIENT,
            "SALLYPORT_TIMEOUT_SECS": str(SHOP_TIMEOUT),
            **(environment if "SALLYPORT_URL" in environment else by_the_relay | environment),
        })
        return process, process.address("The shop")

    def another_shop(self, **environment):
        process, address = self.start(**environment)
        self.addCleanup(process.stop)
        return address

    def setUp(self):
        self.ann = SALLYPORT.person()
        self.browser = Browser(self, self.address)

    # The actions of users.

    def begin(self, browser=None, person=None, **more):
        whom = {"identifier": (person or self.ann).username, "password": PASSWORD}
        return (browser or self.browser).post("/sign-in", {**whom, **more})

    def signed_in(self, browser=None, person=None):
        """Signs a user in and returns the browser. The next message to the user is permitted at once."""
        browser, person = browser or self.browser, person or self.ann
        self.succeeds(self.begin(browser, person))
        self.succeeds(browser.post("/sign-in/code", {"code": person.code()}))
        SALLYPORT.wait()
        return browser

    def order(self, amount="150.00", key="", browser=None):
        order = {"amount": amount, "recipient": "Acme Inc."}
        answer = (browser or self.browser).post("/orders", order, **{"Idempotency-Key": key})
        return self.succeeds(answer, 201)

    def succeeds(self, answer, status=200):
        self.assertEqual(answer.status, status, answer.text)
        return answer.body

    def refused(self, answer, status, code):
        """Asserts that a response is this error, with a sentence for users. All errors have the same members."""
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual((answer.body["status"], answer.body["code"]), (status, code))
        self.assertRegex(answer.body["error"], r"^[A-Z].*[a-z]")
        retry_after = answer.body.get("retry_after")
        self.assertEqual(answer.headers.get("Retry-After"), retry_after and str(retry_after))
        return answer.body

    # Signing in.

    def test_a_customer_signs_in_with_a_password_and_the_code_from_the_phone(self):
        self.refused(self.browser.get("/me"), 401, "not_signed_in")
        begun = self.succeeds(self.begin())
        self.assertEqual(begun["phone_hint"], f"+1******{self.ann.phone[-4:]}")
        self.assertEqual((begun["method"], begun["methods"]), ("sms", ["sms", "call"]))
        self.assertEqual((begun["timeout_secs"], begun["resend_after"]), (300, 30))
        self.refused(self.browser.get("/me"), 401, "not_signed_in")
        self.succeeds(self.browser.post("/sign-in/code", {"code": self.ann.code()}))
        me = self.succeeds(self.browser.get("/me"))
        self.assertEqual((me["name"], me["username"]), ("Ann Lee", self.ann.username))

    def test_a_shop_needs_to_know_an_address_and_its_own_secret_and_no_more(self):
        shop = self.another_shop(SALLYPORT_URL=SALLYPORT.address)
        browser = self.signed_in(Browser(self, shop))
        self.assertEqual(self.order("5.00", browser=browser)["status"], "completed")

    def test_a_wrong_password_and_an_unknown_name_are_refused_alike(self):
        wrong_password = self.begin(password="not it at all")
        nobody = self.begin(identifier="nobody")
        self.refused(nobody, 401, "invalid_credentials")
        self.assertEqual(wrong_password.body, nobody.body)
        self.assertIsNone(self.browser.cookie)

    def test_a_wrong_code_says_how_many_tries_are_left(self):
        self.begin()
        code = self.ann.code()
        # Two wrong codes: a repetition of the code that was refused last would use no attempt.
        others = [f"{(int(code) + offset) % 10 ** len(code):0{len(code)}}" for offset in (1, 2)]
        for left, entered in zip((4, 3), others):
            answer = self.browser.post("/sign-in/code", {"code": entered})
            self.assertEqual(self.refused(answer, 401, "invalid_code")["attempts_remaining"], left)
        self.refused(self.browser.get("/me"), 401, "not_signed_in")
        self.succeeds(self.browser.post("/sign-in/code", {"code": code}))

    def test_a_code_without_a_sign_in_is_for_nothing(self):
        self.refused(self.browser.post("/sign-in/code", {"code": "123456"}), 400, "no_pending")
        self.refused(self.browser.post("/sign-in/resend", {}), 400, "no_pending")

    def test_a_message_is_sent_again_but_not_too_soon(self):
        self.begin()
        self.ann.code()
        answer = self.browser.post("/sign-in/resend", {})
        early = self.refused(answer, 429, "resend_wait")
        self.assertIn(early["retry_after"], range(1, 31))
        SALLYPORT.wait(early["retry_after"])
        again = self.succeeds(self.browser.post("/sign-in/resend", {"method": "call"}))
        self.assertEqual(again["resend_after"], 30)
        call = self.ann.message()
        self.assertEqual(call["channel"], "call")
        self.succeeds(self.browser.post("/sign-in/code", {"code": call["code"]}))

    def test_a_sign_in_that_came_too_soon_for_its_message_goes_on_with_a_resend(self):
        self.begin()
        self.ann.code()
        second = Browser(self, self.address)
        early = self.refused(self.begin(second), 429, "resend_wait")
        SALLYPORT.wait(early["retry_after"])
        self.succeeds(second.post("/sign-in/resend", {}))
        self.succeeds(second.post("/sign-in/code", {"code": self.ann.code()}))

    def test_the_session_has_a_new_id_once_the_code_was_right(self):
        self.begin()
        before = Browser(self, self.address)
        before.cookie = self.browser.cookie
        self.succeeds(self.browser.post("/sign-in/code", {"code": self.ann.code()}))
        self.assertNotEqual(before.cookie, self.browser.cookie)
        self.refused(before.get("/me"), 401, "not_signed_in")

    def test_a_token_of_another_issuer_or_for_another_audience_signs_nobody_in(self):
        elsewhere = "https://elsewhere.example"
        for expected in (
            {"SALLYPORT_ISSUER": elsewhere, "SALLYPORT_AUDIENCE": SALLYPORT.address},
            {"SALLYPORT_AUDIENCE": elsewhere},
        ):
            with self.subTest(expected):
                self.signs_nobody_in(Browser(self, self.another_shop(**expected)))
                SALLYPORT.wait()

    def test_a_token_with_a_changed_signature_signs_nobody_in(self):
        def forge(text):
            first = re.compile(r'(?<="token":")([\w-]+\.[\w-]+\.)(.)')
            return first.sub(lambda found: found[1] + ("B" if found[2] == "A" else "A"), text)

        self.addCleanup(setattr, self.relay, "change", None)
        self.relay.change = forge
        self.signs_nobody_in(self.browser)

    def signs_nobody_in(self, browser):
        self.succeeds(self.begin(browser))
        answer = browser.post("/sign-in/code", {"code": self.ann.code()})
        self.refused(answer, 503, "token_not_accepted")
        self.refused(browser.get("/me"), 401, "not_signed_in")

    def test_an_account_without_a_second_factor_is_told_where_to_set_one_up(self):
        name = f"new-{self.ann.username}"
        SALLYPORT.create_user(name)
        problem = self.refused(self.begin(identifier=name), 403, "setup_required")
        self.assertIn(f"{SALLYPORT.address}/login", problem["error"])
        self.assertIsNone(self.browser.cookie)

    # Signing out.

    def test_signing_out_ends_the_session_here_and_its_token_there(self):
        self.signed_in()
        old, token = self.browser.cookie, self.relay.secrets["token"][-1]
        bearer = {"Authorization": f"Bearer {token}"}
        self.assertEqual(call(SALLYPORT.address, "GET", "/v1/me", headers=bearer).status, 200)
        self.assertEqual(self.browser.post("/sign-out").status, 204)
        self.assertIsNone(self.browser.cookie)
        self.browser.cookie = old
        self.refused(self.browser.get("/me"), 401, "not_signed_in")
        answer = call(SALLYPORT.address, "GET", "/v1/me", headers=bearer)
        self.refused(answer, 401, "invalid_token")

    def test_a_session_that_sallyport_ended_is_over_in_the_shop(self):
        self.signed_in()
        bearer = {"Authorization": f"Bearer {self.relay.secrets['token'][-1]}"}
        self.succeeds(call(SALLYPORT.address, "POST", "/v1/logout", headers=bearer))
        self.refused(self.browser.get("/me"), 401, "invalid_token")
        self.assertIsNone(self.browser.cookie)

    def test_no_answer_shows_a_flow_or_a_token(self):
        # `Browser` looks for secrets in every response. This test asserts that there were some.
        known = {name: len(secrets) for name, secrets in self.relay.secrets.items()}
        self.signed_in()
        for name, secrets in self.relay.secrets.items():
            self.assertGreater(len(secrets), known[name], name)

    # Failures.

    def test_a_lost_answer_is_looked_up_and_pays_once(self):
        self.signed_in()
        order = self.order()
        code = self.ann.code()
        self.relay.lost = "/v1/payments/confirm"
        self.addCleanup(setattr, self.relay, "lost", None)
        asked = self.relay.calls.count(self.relay.lost)
        self.refused(self.browser.post("/orders/code", {"code": code}), 503, "no_answer")
        self.assertEqual(self.relay.calls.count(self.relay.lost), asked + 1)
        self.relay.lost = None
        shown = self.succeeds(self.browser.get(f"/orders/{order['payment_id']}"))
        self.assertEqual(shown["status"], "completed")
        self.refused(self.browser.post("/orders/code", {"code": code}), 400, "payment_completed")

    def test_a_sallyport_that_hangs_is_503_and_the_session_outlives_it(self):
        self.signed_in()
        with SALLYPORT.process.frozen():
            self.refused(self.browser.get("/me"), 503, "no_answer")
        self.succeeds(self.browser.get("/me"))

    def test_a_sallyport_that_is_stopped_is_503_with_a_clear_text(self):
        with socket.socket() as nobody:
            # Bound, so that no other program listens on this port.
            nobody.bind(("127.0.0.1", 0))
            gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            browser = Browser(self, self.another_shop(SALLYPORT_URL=gone))
            problem = self.refused(self.begin(browser), 503, "no_answer")
        self.assertIn("does not answer", problem["error"])

    def test_trouble_with_the_phone_provider_says_when_to_come_back(self):
        self.addCleanup(SALLYPORT.control, "DELETE", "faults")
        SALLYPORT.control("PUT", "faults", [{"on": "create", "kind": "drop_before", "times": 9}])
        self.refused(self.begin(), 503, "could_not_verify")
        SALLYPORT.control("DELETE", "faults")
        SALLYPORT.wait()
        self.succeeds(self.browser.post("/sign-in/resend", {}))
        self.succeeds(self.browser.post("/sign-in/code", {"code": self.ann.code()}))

    def test_a_shop_with_a_wrong_secret_does_not_blame_its_customer(self):
        unknown = self.another_shop(SALLYPORT_CLIENT=CLIENT + "!")
        self.refused(self.begin(Browser(self, unknown)), 500, "not_carried_out")

    def test_what_is_no_json_is_no_request(self):
        for body, kind in (
            ('{"identifier": "ann", "password": "x"}', "text/plain"),
            ('{"identifier": "ann", "password": "x"', "application/json"),
            ('["ann", "x"]', "application/json"),
        ):
            with self.subTest(body):
                answer = send(self.address, "POST", "/sign-in", body, {"Content-Type": kind})
                self.assertEqual((answer.status, answer.body["status"]), (400, 400), answer.text)

    def test_a_page_that_is_not_there_is_404_in_the_shape_of_every_refusal(self):
        self.refused(self.browser.get("/nowhere"), 404, "not_carried_out")


class TheNodeShop(AShop, unittest.TestCase):
    command = ["node", EXAMPLES / "node/server.mjs"]


class ThePythonShop(AShop, unittest.TestCase):
    command = [PYTHON, EXAMPLES / "python/server.py"]


if __name__ == "__main__":
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__)
    for needed, advice in (
        (EXAMPLES / "node/node_modules", "run `npm ci` in examples/node"),
        (Path(PYTHON), "EXAMPLES_PYTHON names one that has examples/python/requirements.txt"),
    ):
        if not needed.exists():
            sys.exit(f"{needed} is missing: {advice}.")
    PROGRAM = sys.argv.pop(1)
    # SIGTERM also stops the processes that the tests have started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    unittest.main()
