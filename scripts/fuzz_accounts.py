"""Accounts, flows, links and codes for the fuzzer, made over the JSON API and read from the simulator's inbox."""

import itertools
import json
import re
import urllib.parse
import urllib.request
from typing import NamedTuple

# The passwords differ from the examples in the OpenAPI document. With those, a generated request could change the
# password of the user whose access token all requests send.
PASSWORD = "correct horse 9 staple"
NEW_PASSWORD = "correct horse 10 staple"
# The waiting time of a lost-phone recovery in seconds, and one more.
RECOVERY_SECONDS = 72 * 3600 + 1
# Maximum time to wait for a message or mail, in seconds.
INBOX_SECONDS = 10


class Server:
    """The addresses of the program and its phone simulator, and the numbers of the next users."""

    def __init__(self, app, simulator, first_number):
        self.app = app
        self.simulator = simulator
        self.numbers = itertools.count(first_number)

    def post(self, path, body, token=None, page_cookies=None):
        """Calls an operation of the JSON API, with `page_cookies` from a page of the program in a browser.

        Returns the parsed response; `None` without a body.
        """
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if page_cookies:
            headers |= self.page_headers() | {"Cookie": page_cookies}
        return send(urllib.request.Request(self.app + path, json.dumps(body).encode(), headers))

    def submit_form(self, path, fields):
        """Submits a form of a page as a browser with scripts does. Returns the cookies of the response."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        form = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self.app + path, form, headers | self.page_headers())
        with urllib.request.urlopen(request, timeout=30) as answer:
            cookies = answer.headers.get_all("Set-Cookie", [])
        return "; ".join(cookie.partition(";")[0] for cookie in cookies)

    def page_headers(self):
        """The headers by which a browser marks the requests of a page of the program."""
        return {"Origin": self.app, "Sec-Fetch-Site": "same-origin"}

    def advance_clock(self, seconds):
        """Moves the clock of the program and the simulator forward."""
        body = json.dumps({"advance_secs": seconds}).encode()
        headers = {"Content-Type": "application/json"}
        send(urllib.request.Request(self.simulator + "/_simulator/clock", body, headers))


def send(request):
    """Sends a request. Returns the parsed JSON of the response; `None` without a body."""
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = answer.read()
    return json.loads(body) if body else None


class Inbox:
    """The text messages or mails to one recipient that were not read before."""

    def __init__(self, server, kind, recipient):
        self.url = f"{server.simulator}/_simulator/{kind}?to={urllib.parse.quote(recipient, safe='')}"
        self.last_id = 0

    def read_next(self, find):
        """Waits for a message in which `find` finds a value, and returns the value."""
        while items := send(f"{self.url}&after={self.last_id}&wait={INBOX_SECONDS}"):
            for item in items:
                self.last_id = item["id"]
                if value := find(item):
                    return value
        raise AssertionError(f"no message arrived: {self.url}")


class User:
    """A user with unique details, first without an account."""

    def __init__(self, server):
        number = next(server.numbers)
        self.server = server
        self.username = f"person{number}"
        self.email = f"mail{number}@example.com"
        self.new_email = f"mail{number}@example.net"
        # Every number of seven digits that begins with 2 to 9 is valid in this area.
        self.phone = f"+1415{5_550_000 + number}"
        self.messages = Inbox(server, "messages", self.phone)
        self.mails = Inbox(server, "mails", self.email)
        self.token = None
        # The cookies of the browser in which the user has opened a recovery.
        self.page_cookies = None

    def with_account(self, username, page_cookies):
        """Makes this the user of an existing account, in the browser with these cookies. Returns the user."""
        self.username = username
        self.page_cookies = page_cookies
        return self

    def read_code(self):
        """Waits for a message with a code, and returns the code."""
        return self.messages.read_next(lambda message: message.get("code"))

    def read_mail(self, pattern):
        """Waits for a mail that matches `pattern`, and returns the first group of the match."""
        match = self.mails.read_next(lambda mail: re.search(pattern, mail["text"]))
        return match[1]

    def start_registration(self):
        """Begins a registration. Returns the flow token."""
        return self.server.post("/v1/register/start", {
            "name": "Ann Lee", "username": self.username, "email": self.email,
            "phone_number": self.phone, "password": PASSWORD,
        })["flow"]

    def register(self):
        """Creates the account, whose access token is `token` then. Returns the user."""
        flow = self.start_registration()
        verified = self.server.post("/v1/register/verify", {"flow": flow, "code": self.read_code()})
        self.token = verified["token"]
        return self

    def enter_password(self):
        """Begins a sign-in. Returns the flow token."""
        login = {"identifier": self.username, "password": PASSWORD}
        return self.server.post("/v1/login", login, page_cookies=self.page_cookies)["flow"]

    def sign_in(self):
        """Signs in with a code. Returns the access token."""
        flow = self.enter_password()
        return self.server.post("/v1/login/verify", {"flow": flow, "code": self.read_code()})["token"]

    def request_email_code(self):
        """Requests a mail with a code to the unverified e-mail address. Returns the code."""
        self.server.post("/v1/email/send", {}, self.token)
        return self.read_mail(r"Your code:\s+(\d{6})")

    def register_with_verified_email(self):
        """Creates the account and proves its e-mail address. Returns the user."""
        self.register()
        self.server.post("/v1/email/verify", {"code": self.request_email_code()}, self.token)
        return self

    def begin_email_change(self):
        """Begins a change of the verified e-mail address. Returns the token of the link that cancels the change."""
        self.server.post("/v1/email/send", {"email": self.new_email}, self.token)
        return self.read_mail(r"/email-change/(\S+)")

    def request_reset_link(self):
        """Requests a password reset. Returns the token of the mailed link."""
        self.server.post("/v1/password/forgot", {"identifier": self.email})
        return self.read_mail(r"/reset-password/(\S+)")

    def begin_reset(self):
        """Opens a reset link and enters a new password. Returns the flow token."""
        link = self.request_reset_link()
        return self.server.post("/v1/password/reset", {"token": link, "password": NEW_PASSWORD})["flow"]

    def begin_payment(self):
        """Begins a payment that needs a code. Returns the id of the payment."""
        return self.server.post("/v1/payments/initiate", {
            "amount": "150.00", "currency": "USD", "recipient": "Acme Inc.",
        }, self.token)["payment_id"]

    def open_recovery(self):
        """Reports the phone as lost. After `RECOVERY_SECONDS`, the same browser can replace it with the password."""
        self.server.submit_form("/api/lost-phone/begin", {
            "identifier": self.username, "password": PASSWORD, "captcha": "",
        })
        link = self.read_mail(r"/lost-phone/(\S+)")
        self.page_cookies = self.server.submit_form("/api/lost-phone/open", {"token": link})


class Values(NamedTuple):
    """Members that replace generated ones in a request, and the access token of the request if it is not the usual
    one."""

    members: dict
    token: str | None = None


def use(members, last, token=None):
    """Yields values for four requests: valid `members` beside generated ones, `None` for a request that is sent as
    generated, and in the end also the valid members `last`, with which the request can succeed."""
    yield Values(members, token)
    yield None
    yield Values(members, token)
    yield Values(members | last, token)


def credentials(server):
    """Username and password of an account."""
    while True:
        user = User(server).register()
        yield from use({"identifier": user.username, "password": PASSWORD}, {"method": "sms"})


def registrations(server):
    """A registration, its code, and a method to send the code again."""
    while True:
        user = User(server)
        yield from use({"flow": user.start_registration()}, {"code": user.read_code(), "method": "sms"})


def sign_ins(server):
    """A sign-in, its code, and a method to send the code again."""
    while True:
        user = User(server).register()
        yield from use({"flow": user.enter_password()}, {"code": user.read_code(), "method": "sms"})


def set_ups(server, user):
    """A set-up of a phone number for the user, whose phone is lost, and an unused number."""
    while True:
        yield from use({"flow": user.enter_password()}, {"phone_number": User(server).phone, "method": "sms"})


def verified_addresses(server):
    """The e-mail address of an account that can reset its password."""
    while True:
        yield from use({"identifier": User(server).register_with_verified_email().email}, {})


def reset_links(server):
    """A password reset link and a strong password."""
    while True:
        link = User(server).register_with_verified_email().request_reset_link()
        yield from use({"token": link}, {"password": NEW_PASSWORD, "method": "sms"})


def resets(server):
    """A password reset whose link was used, its code, and a method to send the code again."""
    while True:
        user = User(server).register_with_verified_email()
        yield from use({"flow": user.begin_reset()}, {"code": user.read_code(), "method": "sms"})


def password_changes(server):
    """The access token and password of an account, and a new password."""
    while True:
        token = User(server).register().token
        yield from use({"current_password": PASSWORD}, {"password": NEW_PASSWORD}, token)


def email_requests(server):
    """The access token of an account with an unverified e-mail address, and a new address."""
    while True:
        user = User(server).register()
        yield from use({}, {"email": user.new_email}, user.token)


def email_codes(server):
    """The access token of an account with an unverified e-mail address, and the mailed code."""
    while True:
        user = User(server).register()
        yield from use({}, {"code": user.request_email_code()}, user.token)


def email_changes(server):
    """The link that cancels a change of the e-mail address."""
    while True:
        yield from use({"token": User(server).register_with_verified_email().begin_email_change()}, {})


def payments(server):
    """The access token of an account with a pending payment, and the code of the payment."""
    while True:
        user = User(server).register()
        yield from use({"payment_id": user.begin_payment()}, {"code": user.read_code()}, user.token)


def payment_ids(server):
    """The access token of an account, and its pending payment as the URL of the payment names it."""
    while True:
        user = User(server).register()
        yield from use({"id": user.begin_payment()}, {}, user.token)


def cancellations(server):
    """A pending registration, then a pending payment."""
    while True:
        yield from use({"flow": User(server).start_registration(), "payment_id": ""}, {})
        user = User(server).register()
        yield from use({"payment_id": user.begin_payment()}, {}, user.token)


def ended_flows(server):
    """A cancelled registration. The event stream of a pending one would occupy the fuzzer until a time limit."""
    while True:
        flow = User(server).start_registration()
        server.post("/v1/verify/cancel", {"flow": flow})
        yield from use({"flow": flow, "payment_id": ""}, {})


def deletions(server):
    """The access token and username of an account."""
    while True:
        user = User(server).register()
        yield from use({}, {"username": user.username}, user.token)


def requested_deletions(server):
    """The access token of an account whose deletion was requested."""
    while True:
        user = User(server).register()
        server.post("/v1/me/delete", {"username": user.username}, user.token)
        yield from use({}, {}, user.sign_in())
