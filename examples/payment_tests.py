"""The tests of payments in a shop. `test_examples.py` runs them for each example."""

from concurrent.futures import ThreadPoolExecutor

from driver import Browser, call, wrong


class PaymentTests:
    """The tests of payments, as a base class of `AShop`, which starts the shop and has the actions of users."""

    sallyport = None

    def test_a_small_payment_needs_no_code(self):
        self.signed_in()
        order = self.order("99.99")
        self.assertEqual((order["status"], order["requires_verification"]), ("completed", False))
        self.assertEqual((order["amount"], order["currency"]), ("99.99", "USD"))
        shown = self.succeeds(self.browser.get(f"/orders/{order['payment_id']}"))
        self.assertEqual(shown["transaction_id"], order["transaction_id"])
        self.refused(self.browser.post("/orders/code", {"code": "123456"}), 400, "no_order")

    def test_a_large_payment_needs_a_separate_code_and_is_executed_once(self):
        self.signed_in()
        order = self.order("100.00")
        self.assertEqual((order["status"], order["requires_verification"]), ("pending", True))
        code = self.ann.code()
        # A double click.
        with ThreadPoolExecutor() as pool:
            clicks = [pool.submit(self.browser.post, "/orders/code", {"code": code}) for _ in "ab"]
            answers = [click.result() for click in clicks]
        self.assertLessEqual({answer.status for answer in answers}, {200, 400, 409})
        self.refused(self.browser.post("/orders/code", {"code": code}), 400, "payment_completed")
        shown = self.succeeds(self.browser.get(f"/orders/{order['payment_id']}"))
        self.assertEqual(shown["status"], "completed")
        told = {answer.body["transaction_id"] for answer in answers if answer.status == 200}
        self.assertEqual(told, {shown["transaction_id"]})

    def test_a_wrong_code_pays_nothing(self):
        self.signed_in()
        order = self.order()
        code = self.ann.code()
        answer = self.browser.post("/orders/code", {"code": wrong(code)})
        self.assertEqual(self.refused(answer, 401, "invalid_code")["attempts_remaining"], 4)
        path = f"/orders/{order['payment_id']}"
        self.assertEqual(self.succeeds(self.browser.get(path))["status"], "pending")
        # A wrong code does not end the session.
        paid = self.succeeds(self.browser.post("/orders/code", {"code": code}))
        self.assertEqual(paid["status"], "completed")

    def test_an_order_that_is_sent_twice_is_one_payment(self):
        self.signed_in()
        orders = [self.order("5.00", key) for key in ("first", "first", "second")]
        ids = [order["payment_id"] for order in orders]
        self.assertEqual(ids[0], ids[1])
        self.assertNotEqual(ids[0], ids[2])

    def test_an_order_right_after_the_sign_in_gets_its_code_at_once(self):
        self.begin()
        self.succeeds(self.browser.post("/sign-in/code", {"code": self.ann.code()}))
        self.assertNotIn("resend_after", self.order())
        paid = self.succeeds(self.browser.post("/orders/code", {"code": self.ann.code()}))
        self.assertEqual(paid["status"], "completed")

    def test_an_order_right_after_another_one_gets_its_code_a_little_later(self):
        self.signed_in()
        self.order(key="another form")
        early = self.order(key="one form")
        self.assertIn(early["resend_after"], range(1, 31))
        self.sallyport.wait(early["resend_after"])
        again = self.order(key="one form")
        self.assertEqual(again["payment_id"], early["payment_id"])
        self.assertNotIn("resend_after", again)
        self.ann.code()
        self.succeeds(self.browser.post("/orders/code", {"code": self.ann.code()}))

    def test_no_other_session_confirms_a_payment(self):
        elsewhere = self.signed_in(Browser(self, self.address))
        self.signed_in()
        order = self.order()
        code = self.ann.code()
        self.refused(elsewhere.post("/orders/code", {"code": code}), 400, "no_order")
        # Another token of the same user does not confirm it either, in a request to Sallyport itself.
        stolen = {"payment_id": order["payment_id"], "code": code}
        bearer = {"Authorization": f"Bearer {self.ann.token}"}
        answer = call(self.sallyport.address, "POST", "/v1/payments/confirm", stolen, bearer)
        self.refused(answer, 403, "other_session")
        paid = self.succeeds(self.browser.post("/orders/code", {"code": code}))
        self.assertEqual(paid["status"], "completed")

    def test_an_order_is_shown_to_whom_it_belongs(self):
        self.signed_in()
        path = f"/orders/{self.order('5.00')['payment_id']}"
        stranger = self.signed_in(Browser(self, self.address), self.sallyport.person())
        self.refused(stranger.get(path), 404, "payment_not_found")
        self.refused(Browser(self, self.address).get(path), 401, "not_signed_in")
        # An id cannot contain a path to another call.
        self.assertEqual(self.browser.get("/orders/..%2Fme").status, 404)

    def test_an_amount_that_is_none_is_said_to_be_by_name(self):
        self.signed_in()
        answer = self.browser.post("/orders", {"amount": "-1", "recipient": "Acme Inc."})
        errors = self.refused(answer, 400, "invalid_fields")["errors"]
        self.assertEqual([error["field"] for error in errors], ["amount"])
