"""The back end of a small shop whose customers sign in and pay through Sallyport.

A browser sends requests to the shop only. The secrets of a customer, first the pending `flow` and
then the `token`, stay in this back end. The browser has a cookie that only the shop accepts.
"""

import base64
import os
import secrets
import sys
import time
from urllib.parse import quote

import httpx
import jwt
from flask import Flask, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

URL = os.environ.get("SALLYPORT_URL", "http://127.0.0.1:3000")
# Set them if the shop uses an internal address of Sallyport, or if its operator changed them.
ISSUER = os.environ.get("SALLYPORT_ISSUER", URL)
AUDIENCE = os.environ.get("SALLYPORT_AUDIENCE", ISSUER)
# `name:secret`, one of those in Sallyport's SALLYPORT_API_CLIENTS
CLIENT = os.environ.get("SALLYPORT_CLIENT")
# Longer than the 15 seconds in which Sallyport answers.
TIMEOUT_SECS = float(os.environ.get("SALLYPORT_TIMEOUT_SECS", "20"))
PORT = int(os.environ.get("PORT", "8080"))
if not CLIENT:
    sys.exit("Set SALLYPORT_CLIENT to the shop's name and secret, name:secret.")


class Refusal(Exception):
    """An error response to the browser."""

    def __init__(self, status, problem):
        super().__init__(problem.get("error"))
        self.status, self.problem = status, problem


def refuse(status, code, error):
    raise Refusal(status, {"code": code, "error": error})


# --- Sallyport ---

AS_SHOP = "Basic " + base64.b64encode(CLIENT.encode()).decode()
http = httpx.Client(base_url=URL, timeout=TIMEOUT_SECS)


def sallyport(authorization, method, path, body=None, headers=None):
    try:
        answer = http.request(
            method, path, json=body, headers={"Authorization": authorization, **(headers or {})}
        )
        content = answer.json()
    except (httpx.HTTPError, ValueError):
        # Sallyport may have processed the request, so the shop does not repeat it.
        refuse(503, "no_answer", "The sign-in service does not answer. What you asked for may be "
               "done all the same: look before you repeat it.")
    if answer.is_success:
        return content
    # The operator of the shop must correct this. The customer gets a general error.
    if content.get("code") == "invalid_client":
        raise RuntimeError("Sallyport refuses SALLYPORT_CLIENT")
    raise Refusal(answer.status_code, content)


keys = jwt.PyJWKClient(f"{URL}/.well-known/jwks.json", lifespan=300, timeout=TIMEOUT_SECS)


def check(token):
    """Accepts a token with a valid signature that is for this shop and shows two factors."""
    try:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["EdDSA"],
            issuer=ISSUER,
            audience=AUDIENCE,
            # When it was made says nothing of whether it is good (RFC 7519, section 4.1.6), and
            # a clock that is a second behind Sallyport's would refuse every fresh token.
            options={"require": ["exp", "sub"], "verify_iat": False},
        )
        if claims.get("acr") != "aal2":
            raise jwt.InvalidTokenError(f"its acr is {claims.get('acr')}")
    except jwt.PyJWTError as error:
        app.logger.error("A token was not accepted: %s", error)
        refuse(503, "token_not_accepted", "The sign-in could not be checked. Please sign in again.")


# --- The sessions of the shop. Several servers need a shared store for them ---

COOKIE = "__Host-shop"
OF_COOKIE = {"httponly": True, "secure": True, "samesite": "Strict", "path": "/"}
IDLE_SECS = 30 * 60
sessions = {}

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024


@app.before_request
def find():
    g.id = request.cookies.get(COOKIE)
    found = sessions.get(g.id)
    live = found is not None and found["until"] > time.monotonic()
    g.session = found if live else {}
    g.session["until"] = time.monotonic() + IDLE_SECS


def begin(**content):
    """Begins a session under a new id. An earlier id, which an attacker may know, is then invalid."""
    end()
    now = time.monotonic()
    for old in [old for old, session in list(sessions.items()) if session["until"] < now]:
        sessions.pop(old, None)
    g.new_id = secrets.token_urlsafe(24)
    sessions[g.new_id] = {"until": now + IDLE_SECS, **content}


def end():
    sessions.pop(g.id, None)
    g.new_id = None


@app.after_request
def remember(response):
    response.headers["Cache-Control"] = "no-store"
    if "new_id" in g and g.new_id:
        response.set_cookie(COOKIE, g.new_id, **OF_COOKIE)
    elif "new_id" in g:
        response.delete_cookie(COOKIE, **OF_COOKIE)
    return response


def flow():
    return g.session.get("flow") or refuse(400, "no_pending", "Please sign in from the start.")


def as_customer():
    token = g.session.get("token") or refuse(401, "not_signed_in", "Please sign in.")
    return f"Bearer {token}"


# --- The routes. They pass on only members that are named here, in both directions ---

WAITING = ["method", "methods", "phone_hint", "timeout_secs", "resend_after"]
ACCOUNT = ["user_id", "name", "username", "email", "phone_hint", "methods"]
ORDER = ["payment_id", "status", "requires_verification", "timeout_secs", "resend_after",
         "amount", "currency", "recipient", "transaction_id", "reason"]
PROBLEM = ["code", "error", "errors", "attempts_remaining", "retry_after"]


def pick(members, names):
    return {name: members[name] for name in names if name in members}


def given(*names):
    # Accepts JSON only, which a form of another site cannot send.
    body = request.get_json(silent=True)
    return pick(body, names) if isinstance(body, dict) else {}


@app.post("/sign-in")
def sign_in():
    try:
        answer = sallyport(AS_SHOP, "POST", "/v1/login", given("identifier", "password", "method"))
    except Refusal as refusal:
        # The password was right, but no message was sent. A resend continues this flow.
        if "flow" in refusal.problem:
            begin(flow=refusal.problem["flow"])
        raise
    if not answer.get("requires_2fa"):
        refuse(403, "setup_required", f"Please set up your phone first: {ISSUER}/login")
    begin(flow=answer["flow"])
    return pick(answer, WAITING)


@app.post("/sign-in/resend")
def resend():
    body = {"flow": flow(), **given("method")}
    return pick(sallyport(AS_SHOP, "POST", "/v1/login/resend", body), WAITING)


@app.post("/sign-in/code")
def sign_in_code():
    body = {"flow": flow(), **given("code")}
    answer = sallyport(AS_SHOP, "POST", "/v1/login/verify", body)
    check(answer["token"])
    begin(token=answer["token"])
    return pick(answer, ["user_id", "expires_in"])


@app.get("/me")
def me():
    # Asks Sallyport, because the token does not show whether its session has ended.
    return pick(sallyport(as_customer(), "GET", "/v1/me"), ACCOUNT)


@app.post("/orders")
def order():
    # A real shop uses its own prices. The amount is text, because a float would be rounded.
    body = {**given("amount", "recipient"), "currency": "USD"}
    # The page makes the key when it shows the form, so that a second click is the same payment.
    given_key = request.headers.get("Idempotency-Key")
    key = {"Idempotency-Key": given_key} if given_key else {}
    answer = sallyport(as_customer(), "POST", "/v1/payments/initiate", body, key)
    if answer["requires_verification"]:
        g.session["order"] = answer["payment_id"]
    return pick(answer, ORDER), 201


@app.post("/orders/code")
def order_code():
    customer = as_customer()
    payment = g.session.get("order") or refuse(400, "no_order", "No order waits for a code.")
    body = {"payment_id": payment, **given("code")}
    return pick(sallyport(customer, "POST", "/v1/payments/confirm", body), ORDER)


@app.get("/orders/<id>")
def show_order(id):
    path = f"/v1/payments/{quote(id, safe='')}"
    return pick(sallyport(as_customer(), "GET", path), ORDER)


@app.post("/sign-out")
def sign_out():
    customer = as_customer()
    end()  # Ends the session of the shop even if the call to Sallyport fails.
    sallyport(customer, "POST", "/v1/logout")
    return "", 204


@app.errorhandler(Refusal)
def refused(refusal):
    status, problem = refusal.status, refusal.problem
    # Sallyport has ended the session: signed out elsewhere, or by an operator.
    if problem.get("code") == "invalid_token":
        end()
    headers = {"Retry-After": str(problem["retry_after"])} if "retry_after" in problem else {}
    return {"status": status, **pick(problem, PROBLEM)}, status, headers


@app.errorhandler(HTTPException)
def not_carried_out(error):
    status = error.code
    problem = {"code": "not_carried_out", "error": "This could not be carried out."}
    return {"status": status, **problem}, status


if __name__ == "__main__":
    # For trying out. In production use `waitress-serve server:app` or another WSGI server.
    server = make_server("127.0.0.1", PORT, app, threaded=True)
    print(f"The shop is listening on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
