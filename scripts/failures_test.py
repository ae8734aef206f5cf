"""Tests of the summary of failed tests."""

import unittest

from failures import LINES, WIDTH, Failures

CARGO = """\
test journeys::erasure::every_column::on_postgresql ... FAILED
test journeys::forms::short ... ok
test journeys::forms::long ... FAILED

failures:

---- journeys::erasure::every_column::on_postgresql stdout ----

thread 'main' panicked at tests/journeys/erasure.rs:110:5:
assertion `left == right` failed
  left: ["kept_emails.email"]
 right: []

---- journeys::forms::long stdout ----
{long}
{many}

failures:
    journeys::erasure::every_column::on_postgresql
    journeys::forms::long

test result: FAILED. 1 passed; 2 failed; 0 ignored
"""

UNITTEST = """\
.F
======================================================================
FAIL: test_code_is_sent (test_twilio.Sends.test_code_is_sent)
----------------------------------------------------------------------
Traceback (most recent call last):
{calls}
AssertionError: 'pending' != 'approved'

----------------------------------------------------------------------
Ran 2 tests in 0.100s
"""

PLAYWRIGHT = """\
  1) [phone] › sign-in.spec.ts:12:1 › a code is entered ──────────────

    Error: expect(locator).toBeVisible() failed
    Locator: getByText('Signed in')

  1 failed
    [phone] › sign-in.spec.ts:12:1 › a code is entered ──────────────
  3 passed (4.0s)
"""

NODE = """\
✖ sends a code (12.5ms)
✔ checks a code (3ms)

✖ failing tests:

test at twilio.test.mjs:3:1
✖ sends a code (12.5ms)
  AssertionError: no message
"""


def read(text):
    failures = Failures()
    for line in text.splitlines():
        failures.read(line)
    return failures


class Summary(unittest.TestCase):
    def test_panic_message_of_a_cargo_test_is_shown(self):
        failures = read(CARGO.format(long="x" * 1000, many="\n".join(str(n) for n in range(50))))
        first, second = failures.names()
        self.assertEqual(failures.excerpt(first), [
            "thread 'main' panicked at tests/journeys/erasure.rs:110:5:",
            "assertion `left == right` failed",
            '  left: ["kept_emails.email"]',
            " right: []",
        ])
        self.assertEqual(second, "journeys::forms::long")
        self.assertEqual(failures.excerpt(second), ["x" * WIDTH, *(str(n) for n in range(LINES - 1))])

    def test_end_of_a_traceback_is_shown(self):
        failures = read(UNITTEST.format(calls="\n".join(f"  call {n}" for n in range(40))))
        [name] = failures.names()
        self.assertEqual(len(failures.excerpt(name)), LINES)
        self.assertEqual(failures.excerpt(name)[-1], "AssertionError: 'pending' != 'approved'")

    def test_error_of_a_browser_test_is_shown(self):
        failures = read(PLAYWRIGHT)
        [name] = failures.names()
        self.assertEqual(failures.excerpt(name), [
            "    Error: expect(locator).toBeVisible() failed",
            "    Locator: getByText('Signed in')",
        ])

    def test_error_of_a_node_test_is_shown(self):
        failures = read(NODE)
        self.assertEqual(failures.names()[0], "sends a code")
        self.assertEqual(failures.excerpt("sends a code"), ["  AssertionError: no message"])

    def test_failed_test_without_a_report_has_no_excerpt(self):
        failures = read("test a::b ... FAILED")
        self.assertEqual((failures.names(), failures.excerpt("a::b")), (["a::b"], []))


if __name__ == "__main__":
    unittest.main()
