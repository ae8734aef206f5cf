// Solves the proof of work of the CAPTCHA in a worker, and controls its form until the WASM runs. The WASM asks for
// solutions by the event `captcha:solve`. This file is also the program of the worker.
'use strict';
(() => {
  /** Constants of SHA-256 (FIPS 180-4). `crypto.subtle` does not exist on plain HTTP, and is slow for short messages. */
  const K = new Int32Array(64);
  const START = new Int32Array(8);
  for (let n = 2, i = 0; i < 64; n++) {
    let divisor = 2;
    while (n % divisor) divisor++;
    if (divisor < n) continue;
    // The first 32 bits of the fractions of square and cube roots of primes.
    const bits = (root) => (root % 1) * 2 ** 32 | 0;
    if (i < 8) START[i] = bits(n ** (1 / 2));
    K[i++] = bits(n ** (1 / 3));
  }
  const W = new Int32Array(64);

  /** Hashes the first 16 words of W, one block of a message, into the state. */
  function compress(state) {
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15];
      const y = W[i - 2];
      const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
      const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
      W[i] = W[i - 16] + s0 + W[i - 7] + s1 | 0;
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const t1 = h + s1 + (e & f ^ ~e & g) + K[i] + W[i] | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
      h = g;
      g = f;
      f = e;
      e = d + t1 | 0;
      d = c;
      c = b;
      b = a;
      a = t1 + t2 | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }

  const toHex = (state) => Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');

  /** Returns a function that derives the key of a counter by hashing salt, nonce and counter `cost` times. */
  function createKeyDerivation({ salt, nonce, cost }) {
    const head = (salt + nonce).match(/../g).map((byte) => parseInt(byte, 16));
    const length = head.length + 4;
    const message = new DataView(new ArrayBuffer(Math.ceil((length + 9) / 64) * 64));
    [...head, 0, 0, 0, 0, 0x80].forEach((byte, at) => message.setUint8(at, byte));
    message.setUint32(message.byteLength - 4, length * 8);
    return (counter) => {
      message.setUint32(head.length, counter);
      const state = START.slice();
      for (let block = 0; block < message.byteLength; block += 64) {
        for (let i = 0; i < 16; i++) W[i] = message.getInt32(block + i * 4);
        compress(state);
      }
      for (let round = 1; round < cost; round++) {
        W.set(state);
        W.fill(0, 9, 15);
        W[8] = 1 << 31;
        W[15] = 256;
        state.set(START);
        compress(state);
      }
      return toHex(state);
    };
  }

  /** Solves a challenge and returns the value that the form submits. Several small puzzles take a more even time than one. */
  function solve(challenge) {
    const { parameters } = JSON.parse(challenge);
    const { parts, partPrefix } = parameters.data;
    const key = createKeyDerivation(parameters);
    const counters = [];
    for (let counter = 0; ; counter++) {
      const found = key(counter);
      if (parts) {
        if (found.startsWith(partPrefix) && counters.push(counter) === parts) {
          return btoa(`{"challenge":${challenge},"counters":[${counters}]}`);
        }
      } else if (found.startsWith(parameters.keyPrefix)) {
        const derivedKey = found.slice(0, parameters.keyLength * 2);
        return btoa(`{"challenge":${challenge},"solution":{"counter":${counter},"derivedKey":"${derivedKey}"}}`);
      }
    }
  }

  if (typeof document === 'undefined') {
    onmessage = ({ data }) => postMessage(solve(data));
    return;
  }

  const SCRIPT = document.currentScript.src;
  /** Age in milliseconds from which a challenge is replaced before the form is sent. The server accepts 5 minutes. */
  const MAX_CHALLENGE_AGE_MS = 240_000;
  /** Promise of the solution of each challenge. An empty solution means failure. */
  const solutions = new Map();

  /** Returns the promise of a challenge's solution. Starts a worker for a new challenge. */
  function requestSolution(challenge) {
    if (!solutions.has(challenge)) {
      solutions.set(
        challenge,
        new Promise((resolve) => {
          const worker = new Worker(SCRIPT);
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = () => resolve('');
          worker.postMessage(challenge);
        })
          .catch(() => '')
          .then((solution) => {
            if (!solution) solutions.delete(challenge);
            return solution;
          }),
      );
    }
    return solutions.get(challenge);
  }

  /** Solves the challenge of a form and updates the form until the WASM runs. */
  function controlForm(box) {
    const form = box.closest('form');
    const checkbox = box.querySelector('input');
    const status = box.querySelector('.captcha-status');
    const disabledReason = form.querySelector('[data-missing]');
    const button = form.querySelector('[type=submit]');
    let { challenge } = box.dataset;
    let challengeReceivedAt = Date.now();
    let solution = '';
    let failed = false;
    let started = false;
    const isHydrated = () => 'hydrated' in box.dataset;
    const firstEmptyField = () => [...form.querySelectorAll('input[required]')].find((input) => !input.value.trim());

    /** Sets the text of an element only if it differs, because screen readers announce every write. */
    function setTextIfChanged(element, text) {
      if (element.textContent !== text) element.textContent = text;
    }

    /** Shows the state of the CAPTCHA, and enables the submit button once the form is complete. */
    function updateForm() {
      if (isHydrated()) return;
      setTextIfChanged(disabledReason, firstEmptyField() ? box.dataset.fields : checkbox.checked ? '' : box.dataset.box);
      const running = checkbox.checked ? 'working' : 'preparing';
      const phase = failed ? 'failed' : !solution ? running : checkbox.checked ? 'done' : 'idle';
      box.dataset.state = phase;
      setTextIfChanged(status, status.dataset[phase] ?? '');
      form.captcha.value = checkbox.checked ? solution : '';
      button.disabled = !!firstEmptyField() || !form.captcha.value;
    }

    /** Solves the current challenge and shows the result. */
    async function solveChallenge() {
      started = true;
      failed = false;
      updateForm();
      solution = await requestSolution(challenge);
      failed = !solution;
      if (failed && !isHydrated()) checkbox.checked = false;
      updateForm();
    }

    const start = () => started || solveChallenge();

    /** Requests a new challenge and solves it. */
    async function replaceChallenge() {
      solution = '';
      updateForm();
      const answer = await fetch(box.dataset.renew, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ purpose: box.dataset.purpose }),
      });
      // After an error, the old challenge is solved again. If it is used or expired, the server sends a page with another one.
      challenge = (answer.ok && (await answer.json())) || challenge;
      challengeReceivedAt = Date.now();
      await solveChallenge();
    }

    checkbox.addEventListener('change', () => (checkbox.checked && !isHydrated() ? solveChallenge() : updateForm()));
    // Some password managers fill in fields without an event.
    for (const event of ['input', 'change', 'focusin', 'focusout', 'keydown', 'keyup']) form.addEventListener(event, updateForm);
    form.addEventListener('focusin', start);
    form.addEventListener('submit', async (event) => {
      if (isHydrated() || Date.now() - challengeReceivedAt < MAX_CHALLENGE_AGE_MS) return;
      event.preventDefault();
      // Without a new challenge, the server explains what is wrong with the old one.
      await replaceChallenge().catch(() => {});
      form.submit();
    });
    // A page from the back/forward cache has used its solution.
    addEventListener('pageshow', (event) => event.persisted && !isHydrated() && replaceChallenge().catch(solveChallenge));
    updateForm();
    (window.requestIdleCallback ?? setTimeout)(start);
  }

  document.addEventListener('click', ({ target }) => {
    if (!target.matches?.('.retry')) return;
    const checkbox = target.closest('.captcha').querySelector('input');
    // The button is hidden while the proof of work runs, so the focus moves to the checkbox.
    checkbox.focus();
    checkbox.click();
  });
  document.addEventListener('captcha:solve', (event) => {
    const [challenge, done] = event.detail;
    event.preventDefault();
    event.target.dataset.hydrated = '';
    requestSolution(challenge).then(done);
  });
  document.querySelectorAll('.captcha[data-challenge]').forEach(controlForm);
})();
