"""Helpers of the tests of both shops: a running Sallyport, users with phones, browsers, and a relay
that records the secrets which a shop must not reveal.
"""

import base64
import contextlib
import http.client
import itertools
import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from running import SETTINGS, TIMEOUT, Process  # noqa: E402

CLIENT = "shop:made-up-for-these-tests-and-no-secret"
AS_SHOP = "Basic " + base64.b64encode(CLIENT.encode()).decode()
PASSWORD = "correct horse 7 staple"
# Seconds from one message to a number until the next is permitted.
GAP = 31


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def body(self):
        return json.loads(self.text)

    @property
    def everything(self):
        return f"{self.headers}\n{self.text}"


def send(address, method, path, content, headers):
    """Sends one request over a new connection."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    with contextlib.closing(connection):
        connection.request(method, path, content, headers)
        return Answer(connection.getresponse())


def call(address, method, path, body=None, headers=()):
    content = None if body is None else json.dumps(body)
    headers = {"Content-Type": "application/json", **dict(headers)}
    return send(address, method, path, content, headers)


class Sallyport:
    """A running Sallyport with an empty database, its simulator, and one API client."""

    def __init__(self, program):
        # Deleted at the end of the tests, also after a failure.
        self.data = tempfile.TemporaryDirectory()
        self.program = Path(program).resolve()
        self.environment = {
            **SETTINGS,
            "SALLYPORT_DATA_DIR": self.data.name,
            "SALLYPORT_API_CLIENTS": CLIENT,
        }
        self.process = Process([self.program, "serve"], self.data.name, **self.environment)
        self.address = self.process.address("Sallyport")
        self.simulator = self.process.address("Phone simulator")
        self.numbers = itertools.count(100)

    def stop(self):
        self.process.stop()
        self.data.cleanup()

    def create_user(self, name):
        """Creates an account with the command of an operator. It has no second factor yet."""
        about = ["--username", name, "--email", f"{name}@example.com", "--full-name", "Ann Lee"]
        subprocess.run(
            [self.program, "user", "create", *about, "--password-stdin"], input=PASSWORD,
            cwd=self.data.name, env=self.environment, text=True, timeout=TIMEOUT,
            stdout=subprocess.DEVNULL, check=True,
        )

    def control(self, method, path, body=None):
        answer = call(self.simulator, method, f"/_simulator/{path}", body)
        assert answer.status < 300, answer.text
        return answer.text and answer.body

    def wait(self, secs=GAP):
        """Advances the clock, which simulator and app share, without waiting."""
        self.control("POST", "clock", {"advance_secs": secs})

    def person(self):
        """Returns a new user with an account and an unused phone number."""
        return Person(self, next(self.numbers))


class Person:
    def __init__(self, sallyport, number):
        self.sallyport = sallyport
        self.username, self.phone = f"ann{number}", f"+14155550{number}"
        self.last = 0
        begun = self._post("/v1/register/start", {
            "name": "Ann Lee", "username": self.username, "email": f"{self.username}@example.com",
            "phone_number": self.phone, "password": PASSWORD,
        })
        proof = {"flow": begun["flow"], "code": self.code()}
        # The token of a separate session, which no shop uses.
        self.token = self._post("/v1/register/verify", proof)["token"]
        sallyport.wait()

    def _post(self, path, body):
        answer = call(self.sallyport.address, "POST", path, body, {"Authorization": AS_SHOP})
        assert answer.status < 300, answer.text
        return answer.body

    def message(self):
        """Waits for the next message to this phone and returns it."""
        path = f"messages?to={quote(self.phone)}&after={self.last}&wait={TIMEOUT // 3}"
        messages = self.sallyport.control("GET", path)
        assert messages, f"no message came to {self.phone}"
        self.last = messages[0]["id"]
        return messages[0]

    def code(self):
        return self.message()["code"]


def wrong(code):
    return f"{(int(code) + 1) % 10**len(code):0{len(code)}}"


class Relay(ThreadingHTTPServer):
    """A proxy between a shop and Sallyport. It records secrets, and can lose or change a response."""

    daemon_threads = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), RelayedCall)
        self.target = target
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.secrets = {"flow": [], "token": []}
        self.calls = []
        # The path whose responses get lost, and the function that changes all other responses.
        self.lost = None
        self.change = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class RelayedCall(BaseHTTPRequestHandler):
    # Headers that concern one connection only.
    OWN = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}

    def relay(self):
        relay = self.server
        relay.calls.append(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = send(relay.target, self.command, self.path, content, self.passed(self.headers))
        for name, secrets in relay.secrets.items():
            secrets += [answer.body[name]] if name in answer.body else []
        if relay.lost == self.path:
            return  # Closes the connection without a response.
        text = (relay.change or str)(answer.text).encode()
        self.send_response_only(answer.status)
        for name, value in self.passed(answer.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", len(text))
        self.end_headers()
        # After a time-out, the shop has closed the connection.
        with contextlib.suppress(ConnectionError):
            self.wfile.write(text)

    def passed(self, headers):
        return {name: value for name, value in headers.items() if name.lower() not in self.OWN}

    do_GET = do_POST = relay

    def log_message(self, *_):
        pass


class Browser:
    """Keeps a cookie as browsers do. Fails if a response contains a secret of Sallyport."""

    def __init__(self, test, shop):
        self.test, self.shop = test, shop
        self.cookie = None

    def post(self, path, body=None, **headers):
        return self.send("POST", path, body, headers)

    def get(self, path):
        return self.send("GET", path)

    def send(self, method, path, body=None, headers=()):
        sent = {"Cookie": self.cookie} if self.cookie else {}
        answer = call(self.shop, method, path, body, {**sent, **dict(headers)})
        for secret in itertools.chain(*self.test.relay.secrets.values()):
            self.test.assertNotIn(secret, answer.everything)
        given = answer.headers.get_all("Set-Cookie", [])
        self.test.assertLessEqual(len(given), 1)
        for cookie in given:
            self.take(cookie)
        return answer

    def take(self, given):
        pair, *attributes = (part.strip() for part in given.split(";"))
        attributes = {attribute.lower() for attribute in attributes}
        self.test.assertLessEqual({"httponly", "secure", "samesite=strict", "path=/"}, attributes)
        self.cookie = pair if pair.split("=")[1] else None
