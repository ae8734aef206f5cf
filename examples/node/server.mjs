// The back end of a small shop whose customers sign in and pay through Sallyport.
//
// A browser sends requests to the shop only. The secrets of a customer, first the pending `flow`
// and then the `token`, stay in this back end. The browser has a cookie that only the shop accepts.

import { randomBytes } from 'node:crypto';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const {
  SALLYPORT_URL = 'http://127.0.0.1:3000',
  // Set them if the shop uses an internal address of Sallyport, or if its operator changed them.
  SALLYPORT_ISSUER = SALLYPORT_URL,
  SALLYPORT_AUDIENCE = SALLYPORT_ISSUER,
  SALLYPORT_CLIENT, // `name:secret`, one of those in Sallyport's SALLYPORT_API_CLIENTS
  SALLYPORT_TIMEOUT_SECS = 20, // longer than the 15 seconds in which Sallyport answers
  PORT = 8080,
} = process.env;
if (!SALLYPORT_CLIENT) {
  console.error("Set SALLYPORT_CLIENT to the shop's name and secret, name:secret.");
  process.exit(1);
}

/** An error response to the browser. */
class Refusal extends Error {
  constructor(status, problem) {
    super(problem.error);
    Object.assign(this, { status, problem });
  }
}
const refuse = (status, code, error) => {
  throw new Refusal(status, { code, error });
};

// --- Sallyport ---

const AS_SHOP = `Basic ${Buffer.from(SALLYPORT_CLIENT).toString('base64')}`;

async function sallyport(authorization, method, path, body, headers) {
  let answer, content;
  try {
    answer = await fetch(SALLYPORT_URL + path, {
      method,
      headers: { Authorization: authorization, 'Content-Type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(SALLYPORT_TIMEOUT_SECS * 1000),
    });
    content = await answer.json();
  } catch {
    // Sallyport may have processed the request, so the shop does not repeat it.
    refuse(503, 'no_answer', 'The sign-in service does not answer. What you asked for may be ' +
      'done all the same: look before you repeat it.');
  }
  if (answer.ok) return content;
  // The operator of the shop must correct this. The customer gets a general error.
  if (content.code === 'invalid_client') throw new Error('Sallyport refuses SALLYPORT_CLIENT');
  throw new Refusal(answer.status, content);
}

const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', SALLYPORT_URL), {
  cacheMaxAge: 300_000,
});

/** Accepts a token with a valid signature that is for this shop and shows two factors. */
async function check(token) {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'],
      issuer: SALLYPORT_ISSUER,
      audience: SALLYPORT_AUDIENCE,
      requiredClaims: ['exp', 'sub'],
    });
    if (payload.acr !== 'aal2') throw new Error(`its acr is ${payload.acr}`);
  } catch (error) {
    console.error('A token was not accepted:', error.message);
    refuse(503, 'token_not_accepted', 'The sign-in could not be checked. Please sign in again.');
  }
}

// --- The sessions of the shop. Several servers need a shared store for them ---

const COOKIE = '__Host-shop';
const OF_COOKIE = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' };
const IDLE_MS = 30 * 60 * 1000;
const sessions = new Map();

function find(request) {
  const id = /(?:^|; )__Host-shop=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const session = sessions.get(id);
  if (!session || session.until < Date.now()) return { id };
  session.until = Date.now() + IDLE_MS;
  return session;
}

/** Begins a session under a new id. An earlier id, which an attacker may know, is then invalid. */
function begin(request, response, content) {
  sessions.delete(request.session.id);
  const now = Date.now();
  for (const [id, { until }] of sessions) if (until < now) sessions.delete(id);
  const id = randomBytes(24).toString('base64url');
  sessions.set(id, { id, until: now + IDLE_MS, ...content });
  response.cookie(COOKIE, id, OF_COOKIE);
}

function end(request, response) {
  sessions.delete(request.session.id);
  response.clearCookie(COOKIE, OF_COOKIE);
}

const flowOf = ({ session }) =>
  session.flow ?? refuse(400, 'no_pending', 'Please sign in from the start.');
const asCustomer = ({ session }) =>
  `Bearer ${session.token ?? refuse(401, 'not_signed_in', 'Please sign in.')}`;

// --- The routes. They pass on only members that are named here, in both directions ---

const WAITING = ['method', 'methods', 'phone_hint', 'timeout_secs', 'resend_after'];
const ACCOUNT = ['user_id', 'name', 'username', 'email', 'phone_hint', 'methods'];
const ORDER = ['payment_id', 'status', 'requires_verification', 'timeout_secs', 'resend_after',
  'amount', 'currency', 'recipient', 'transaction_id', 'reason'];
const PROBLEM = ['code', 'error', 'errors', 'attempts_remaining', 'retry_after'];

const pick = (from, names) =>
  Object.fromEntries(Object.entries(from ?? {}).filter(([name]) => names.includes(name)));

const app = express();
app.disable('x-powered-by');
app.use((request, response, next) => {
  request.session = find(request);
  response.set('Cache-Control', 'no-store');
  next();
});
// Accepts JSON only, which a form of another site cannot send.
app.use(express.json({ limit: '16kb' }));

app.post('/sign-in', async (request, response) => {
  const given = pick(request.body, ['identifier', 'password', 'method']);
  try {
    const answer = await sallyport(AS_SHOP, 'POST', '/v1/login', given);
    if (!answer.requires_2fa) {
      refuse(403, 'setup_required', `Please set up your phone first: ${SALLYPORT_ISSUER}/login`);
    }
    begin(request, response, { flow: answer.flow });
    response.json(pick(answer, WAITING));
  } catch (error) {
    // The password was right, but no message was sent. A resend continues this flow.
    const flow = error.problem?.flow;
    if (flow) begin(request, response, { flow });
    throw error;
  }
});

app.post('/sign-in/resend', async (request, response) => {
  const given = { flow: flowOf(request), ...pick(request.body, ['method']) };
  response.json(pick(await sallyport(AS_SHOP, 'POST', '/v1/login/resend', given), WAITING));
});

app.post('/sign-in/code', async (request, response) => {
  const given = { flow: flowOf(request), ...pick(request.body, ['code']) };
  const { token, ...rest } = await sallyport(AS_SHOP, 'POST', '/v1/login/verify', given);
  await check(token);
  begin(request, response, { token });
  response.json(pick(rest, ['user_id', 'expires_in']));
});

// Asks Sallyport, because the token does not show whether its session has ended.
app.get('/me', async (request, response) => {
  response.json(pick(await sallyport(asCustomer(request), 'GET', '/v1/me'), ACCOUNT));
});

app.post('/orders', async (request, response) => {
  // A real shop uses its own prices. The amount is text, because a float would be rounded.
  const given = { ...pick(request.body, ['amount', 'recipient']), currency: 'USD' };
  // The page makes the key when it shows the form, so that a second click is the same payment.
  const given_key = request.get('Idempotency-Key');
  const key = given_key ? { 'Idempotency-Key': given_key } : {};
  const order = await sallyport(asCustomer(request), 'POST', '/v1/payments/initiate', given, key);
  if (order.requires_verification) request.session.order = order.payment_id;
  response.status(201).json(pick(order, ORDER));
});

app.post('/orders/code', async (request, response) => {
  const customer = asCustomer(request);
  const payment_id = request.session.order ?? refuse(400, 'no_order', 'No order waits for a code.');
  const given = { payment_id, ...pick(request.body, ['code']) };
  response.json(pick(await sallyport(customer, 'POST', '/v1/payments/confirm', given), ORDER));
});

app.get('/orders/:id', async (request, response) => {
  const path = `/v1/payments/${encodeURIComponent(request.params.id)}`;
  response.json(pick(await sallyport(asCustomer(request), 'GET', path), ORDER));
});

app.post('/sign-out', async (request, response) => {
  const customer = asCustomer(request);
  end(request, response); // Ends the session of the shop even if the call to Sallyport fails.
  await sallyport(customer, 'POST', '/v1/logout');
  response.status(204).end();
});

const NOT_CARRIED_OUT = { code: 'not_carried_out', error: 'This could not be carried out.' };

app.use((request, response, next) => next({ status: 404 }));

app.use((error, request, response, _next) => {
  const { status = 500, problem = NOT_CARRIED_OUT } = error;
  if (status >= 500 && !error.problem) console.error(error);
  // Sallyport has ended the session: signed out elsewhere, or by an operator.
  if (problem.code === 'invalid_token') end(request, response);
  if (problem.retry_after !== undefined) response.set('Retry-After', `${problem.retry_after}`);
  response.status(status).json({ status, ...pick(problem, PROBLEM) });
});

const server = app.listen(PORT, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`The shop is listening on http://127.0.0.1:${server.address().port}`);
});
