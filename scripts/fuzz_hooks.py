"""Hooks of Schemathesis for scripts/fuzz: give generated requests valid flows, links, codes and access tokens."""

import atexit
import itertools
import json
import os
import pathlib
import threading

import fuzz_accounts
import schemathesis

# How many of the values that cause mails are used for each operation. The program sends up to 300 mails a minute, of
# them 240 that anyone can request, so that a fast machine would wait for them otherwise.
MAX_VALUES_WITH_MAILS = 40
# The first number of a user. scripts/fuzz uses smaller ones.
FIRST_NUMBER = 1000

SERVER = fuzz_accounts.Server(os.environ["FUZZ_APP"], os.environ["FUZZ_SIMULATOR"], FIRST_NUMBER)
# The users whose phones are lost. scripts/fuzz has created the accounts.
LOST_PHONES = [
    fuzz_accounts.User(SERVER).with_account(username, cookies)
    for username, cookies in json.loads(os.environ["FUZZ_LOST_PHONES"])
]


def limit_mails(values):
    """Returns the first of the values, which cause one mail each, then `None` for requests sent as generated."""
    return itertools.chain(itertools.islice(values, MAX_VALUES_WITH_MAILS), itertools.repeat(None))



# The valid values for the requests of each operation, by the path in the OpenAPI document.
VALUES = {
    "/v1/register/verify": fuzz_accounts.registrations(SERVER),
    "/v1/register/resend": fuzz_accounts.registrations(SERVER),
    "/v1/login": fuzz_accounts.credentials(SERVER),
    "/v1/login/verify": fuzz_accounts.sign_ins(SERVER),
    "/v1/login/resend": fuzz_accounts.sign_ins(SERVER),
    "/v1/login/setup": fuzz_accounts.set_ups(SERVER, LOST_PHONES[0]),
    "/v1/login/keep-number": fuzz_accounts.set_ups(SERVER, LOST_PHONES[1]),
    "/v1/password/forgot": limit_mails(fuzz_accounts.verified_addresses(SERVER)),
    "/v1/password/reset": limit_mails(fuzz_accounts.reset_links(SERVER)),
    "/v1/password/verify": limit_mails(fuzz_accounts.resets(SERVER)),
    "/v1/password/resend": limit_mails(fuzz_accounts.resets(SERVER)),
    "/v1/password/change": fuzz_accounts.password_changes(SERVER),
    "/v1/email/send": limit_mails(fuzz_accounts.email_requests(SERVER)),
    "/v1/email/verify": limit_mails(fuzz_accounts.email_codes(SERVER)),
    "/v1/email/cancel": limit_mails(fuzz_accounts.email_changes(SERVER)),
    "/v1/verify/cancel": fuzz_accounts.cancellations(SERVER),
    "/v1/events": fuzz_accounts.ended_flows(SERVER),
    "/v1/payments/confirm": fuzz_accounts.payments(SERVER),
    "/v1/payments/{id}": fuzz_accounts.payment_ids(SERVER),
    "/v1/me/delete": fuzz_accounts.deletions(SERVER),
    "/v1/me/keep": fuzz_accounts.requested_deletions(SERVER),
}
# Where the values go in operations that have no body for them.
PARTS = {"/v1/events": "query", "/v1/payments/{id}": "path_parameters"}
# Workers of Schemathesis call the hooks in parallel, and a generator serves one caller at a time.
LOCKS = {path: threading.Lock() for path in VALUES}
# The paths with a successful response.
SUCCEEDED = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts valid values into a generated request, unless it is meant to be refused."""
    if case.path not in VALUES or case.meta is None or case.meta.generation.mode.is_negative:
        return
    with LOCKS[case.path]:
        values = next(VALUES[case.path])
    if values is None:
        return
    part = PARTS.get(case.path, "body")
    generated = getattr(case, part)
    if values.members and isinstance(generated, dict):
        # A new object, because several requests can share the generated one.
        setattr(case, part, generated | values.members)
    if values.token is not None:
        kwargs["auth"] = use_token(values.token)


def use_token(token):
    """Returns the authentication that replaces the access token of the command line."""
    def authenticate(request):
        request.headers["Authorization"] = f"Bearer {token}"
        return request
    return authenticate


@schemathesis.hook
def after_call(context, case, response):
    """Records that an operation has succeeded."""
    if response.status_code < 300:
        SUCCEEDED.add(case.path)


@atexit.register
def list_failed_operations():
    """Writes the paths with valid values and without a successful response to a file, which scripts/fuzz reads."""
    failed = sorted(VALUES.keys() - SUCCEEDED)
    pathlib.Path(os.environ["FUZZ_FAILED_OPERATIONS"]).write_text("\n".join(failed), encoding="utf-8")
