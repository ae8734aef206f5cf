"""What the tests of the official SDKs share: where the simulator is, and its own controls.

Python's standard library only; the simulator's address is in SIMULATOR_URL.
"""

import json
import os
import queue
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

URL = os.environ["SIMULATOR_URL"]

ACCOUNT = "AC5a119007000000000000000000000001"
TOKEN = "5a119007000000000000000000000002"
API_KEY = os.environ["TWILIO_API_KEY_SID"]
API_SECRET = os.environ["TWILIO_API_KEY_SECRET"]
SERVICE = "VA5a119007000000000000000000000003"
TELNYX_KEY = "KEY5A119007"
PROFILE = "5a119007-0000-4000-8000-000000000004"
TELNYX_PUBLIC_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


def control(method, path, body=None):
    """Calls one of the simulator's own paths."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + "/_simulator" + path, data, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def reset():
    control("DELETE", "/state")


def last_message(to):
    """The newest message to this number, waited for."""
    query = urllib.parse.urlencode({"to": to, "wait": 10})
    return control("GET", "/messages?" + query)[-1]


def wrong(code):
    """Another code of the same length."""
    return ("1" if code[0] == "0" else "0") + code[1:]


def pass_time(seconds):
    control("POST", "/clock", {"advance_secs": seconds})


def magic(provider):
    """The numbers that fail on purpose, with what is answered."""
    rows = control("GET", "/magic")
    return [row for row in rows if row["provider"] == provider and row["code"]]


class Listener:
    """Takes webhooks, as an application would, at the address the simulator was given."""

    def __init__(self, address):
        received = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                received.put((self.path, dict(self.headers), self.rfile.read(length).decode()))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.received = received
        parts = urllib.parse.urlsplit(address)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.server = HTTPServer((parts.hostname, parts.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.received.get(timeout=20)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
