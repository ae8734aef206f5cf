"""Shared helpers of the SDK tests: address, credentials and control API of the simulator.

Uses only the standard library. SIMULATOR_URL is the address of the simulator.
"""

import json
import os
import queue
import re
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
    """Calls the control API of the simulator."""
    data = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    request = urllib.request.Request(URL + "/_simulator" + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def reset():
    control("DELETE", "/state")


def last_message(to):
    """Waits for a message to this number and returns the newest one."""
    query = urllib.parse.urlencode({"to": to, "wait": 10})
    return control("GET", "/messages?" + query)[-1]


def wrong_code(code):
    """Returns a different code of the same length."""
    return ("1" if code[0] == "0" else "0") + code[1:]


def contains_code(text, code):
    """Returns whether the text contains the code as a whole word.

    The digits of an identifier, phone number or time can contain a random code.
    """
    return re.search(rf"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])", text) is not None


def advance_clock(seconds):
    control("POST", "/clock", {"advance_secs": seconds})


def magic_numbers(provider):
    """Returns the magic numbers of a provider and their responses."""
    rows = control("GET", "/magic")
    return [row for row in rows if row["provider"] == provider and row["code"]]


class Listener:
    """A server that receives the webhooks of the simulator."""

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
