// Loads the WASM after the first paint and starts the islands of the page: when the browser is idle, or at the first focus.
// It shows passwords, ignores the second click of a double click on a submit button, and keeps what was typed while the
// language changes. Enter in an incomplete form focuses what is missing. It reports open code pages and left sign-in
// dialogs to the server, and cancels verifications for the islands.
'use strict';
(() => {
  /** Maximum time in milliseconds to wait for an idle browser. */
  const MAX_IDLE_WAIT_MS = 200;
  /**
   * Time in milliseconds until a page reports that it is open, after a reload or after another tab was closed. The
   * server waits 8 seconds.
   */
  const RETURN_DELAY_MS = 3_000;
  /** Interval in milliseconds at which a request about a verification is repeated until the server has accepted it. */
  const REPEAT_INTERVAL_MS = 1_500;
  /** Maximum number of requests. The last one is sent 7.5 seconds after another tab was closed. */
  const MAX_REQUESTS = 4;
  const { glue, wasm, texts } = document.currentScript.dataset;
  let started = false;
  let hydrated = false;

  async function startIslands() {
    if (started) return;
    started = true;
    // If a file fails to load, the browser reports the error and posts the forms itself.
    const [module, response, list] = await Promise.all([import(glue), fetch(wasm), fetch(texts)]);
    await module.default({ module_or_path: response });
    const shown = await list.json();
    // The browser is posting a form: an island could send the same code again. Or the browser has translated the page:
    // the WASM would not find the texts of the islands. The forms work without it.
    if (pausedUntil || document.querySelector('leptos-island font')) return;
    module.hydrate(shown);
    for (const island of document.querySelectorAll('leptos-island')) module[island.dataset.component](island);
    // Tells the island which method the user has chosen before.
    document.querySelector('[name=method]:checked')?.dispatchEvent(new Event('change', { bubbles: true }));
    hydrated = true;
    // `times.js` looks for this mark.
    document.documentElement.dataset.hydrated = '';
    // Browser tests wait for this mark.
    performance.mark('hydrated');
  }

  /** Calls `next` after the first paint of the page, or at once if the page is hidden. May call `next` twice. */
  function runAfterFirstPaint(next) {
    if (document.hidden) return next();
    document.addEventListener('visibilitychange', next, { once: true });
    if (PerformanceObserver.supportedEntryTypes.includes('paint')) {
      new PerformanceObserver(next).observe({ type: 'paint', buffered: true });
    } else {
      // The second frame begins after the first paint, in most cases.
      requestAnimationFrame(() => requestAnimationFrame(next));
    }
  }

  /** Returns the session storage of this tab; `null` if the browser denies access. */
  function tabStorage() {
    try {
      return sessionStorage;
    } catch {
      return null;
    }
  }

  /** Time until which the browser posts no form, in milliseconds since the page was opened. */
  let pausedUntil;

  /**
   * Ignores the second submission of a double click, which would repeat what the first one has completed. Must run after
   * the other listeners, for which the page is being left.
   */
  function ignoreDoubleClick(event) {
    if (event.timeStamp < pausedUntil) event.preventDefault();
    else if (!event.defaultPrevented) pausedUntil = event.timeStamp + 1_000;
  }

  /** Selector of the fields whose values are stored. Excludes codes and passwords, also those that are shown. */
  const STORED_FIELDS = 'main :is([type=text], [type=email], [type=tel], select)[name]:not([name=code], [name*=password])';
  /** Key of the stored values in the session storage. */
  const storageKey = `typed:${location.pathname}`;

  /** Stores the typed values in this tab when a form of the footer is submitted, such as the choice of a language. */
  function storeTypedValues(event) {
    if (!event.target.matches('footer form')) return;
    const typed = new URLSearchParams();
    for (const { name, value } of document.querySelectorAll(STORED_FIELDS)) if (value) typed.set(name, value);
    tabStorage()?.setItem(storageKey, typed);
  }

  /** Fills the stored values into empty fields and into lists, and deletes the stored values. */
  function restoreTypedValues() {
    const typed = new URLSearchParams(tabStorage()?.getItem(storageKey) ?? '');
    tabStorage()?.removeItem(storageKey);
    for (const field of document.querySelectorAll(STORED_FIELDS)) {
      if (field.options || !field.value) field.value = typed.get(field.name) ?? field.value;
    }
  }

  /** Shows or hides the password beside a pressed button. */
  function togglePassword({ target: button }) {
    if (!button.matches?.('[data-shown]')) return;
    const field = button.previousElementSibling;
    const shows = field.type === 'password';
    field.type = shows ? 'text' : 'password';
    button.setAttribute('aria-pressed', shows);
    [button.textContent, button.dataset.shown] = [button.dataset.shown, button.textContent];
  }

  /** Opens a channel to the other tabs. Older browsers have none and get an object without effect. */
  const openChannel = (name) => (window.BroadcastChannel ? new BroadcastChannel(name) : {});

  /** Returns the flow ID in the forms of an element. Empty for the choice of method on the sign-in page. */
  const flowId = (element) => element.querySelector('[name=flow_id]')?.value ?? '';

  /** Returns the form values of the last cancellation. `null` once the server has accepted it. */
  let cancelled;

  /** Posts values to a server function of verifications. Returns whether the server has accepted them. */
  const post = (action, values) =>
    fetch(`/api/verification/${action}`, { method: 'POST', keepalive: true, body: new URLSearchParams(values) }).then(
      // Reads the body, because the request ends only then.
      (answer) => answer.text().then(() => answer.ok),
      () => false,
    );

  /** Posts values while the page is left. Does nothing without values. */
  const postByBeacon = (action, values) =>
    values && navigator.sendBeacon(`/api/verification/${action}`, new URLSearchParams(values));

  /** Calls `send` up to `left` times at the interval, until a call returns `true`. Does not wait for earlier calls. */
  async function repeat(send, left = MAX_REQUESTS) {
    const timer = left > 1 && setTimeout(repeat, REPEAT_INTERVAL_MS, send, left - 1);
    if (await send()) clearTimeout(timer);
  }

  /**
   * Cancels a verification for an island. Calls `done` once the server has accepted it, at the latest with the second
   * request. By the age of the cancellation, the server keeps a verification that began later.
   */
  function cancelVerification(event) {
    const [fields, done] = event.detail;
    const time = Date.now();
    const values = () => `${fields}&age=${Date.now() - time}`;
    event.preventDefault();
    cancelled = values;
    repeat(async () => {
      if (!(await post('cancel', values()))) return false;
      if (cancelled === values) cancelled = null;
      done();
      return true;
    });
    setTimeout(done, REPEAT_INTERVAL_MS);
  }

  /**
   * Reports an open code page, so that the server keeps the code of a page that was reloaded. Until the WASM runs,
   * tells other tabs with the code that this tab is open, and reports again when one of them was closed.
   */
  function reportOpenCodePage(island) {
    const [, purpose, page] = /"purpose":"(\w+)".*?"now":(\d+)/.exec(island.dataset.props) ?? [];
    if (!page) return;
    const flow_id = flowId(island);
    repeat(() => post('return', { purpose, flow_id, page }));
    const tabs = openChannel(`verification-${purpose}`);
    tabs.onmessage = ({ data }) => {
      if (hydrated) return;
      if (data === 'opened') tabs.postMessage('present');
      if (data === 'closed') setTimeout(repeat, RETURN_DELAY_MS, () => post('return', { purpose, flow_id }));
    };
  }

  /** Moves the focus to what is missing if Enter is pressed in a form whose submit button is disabled. */
  function focusMissingInput({ key, target }) {
    if (key !== 'Enter' || !target.matches('input') || !target.form?.querySelector('[type=submit]:disabled')) return;
    const fields = [...target.form.querySelectorAll('input[required]')];
    (fields.find(({ value }) => !value.trim()) ?? target.form.querySelector('.captcha input, .captcha-widget'))?.focus();
  }

  /** Returns the form values of the sign-in whose dialog is open, or a false value. */
  function valuesOfDialog() {
    const dialog = document.querySelector('dialog[open]');
    // An island reports the code entry. After the answer to a call, the island opens the next page.
    if (dialog?.querySelector('[name=code], [aria-busy]')) return;
    return dialog && `purpose=${dialog.querySelector('[name=purpose]').value}&flow_id=${flowId(dialog)}`;
  }

  /**
   * Reports when the user leaves the dialog of a sign-in. After a reload, and after another tab with the dialog was
   * closed, reports that the dialog is open.
   */
  function watchDialog() {
    const tabs = openChannel('dialog');
    const reportLater = () =>
      setTimeout(repeat, RETURN_DELAY_MS, () => {
        const values = valuesOfDialog();
        return !values || post('return', values);
      });
    // Whether a form or a link of the application has started the navigation to another page. Another link can open a
    // mail program, and the page stays.
    let isNavigating;
    addEventListener('submit', (event) => (isNavigating = !event.defaultPrevented));
    addEventListener('click', ({ target, ctrlKey, metaKey, shiftKey }) => {
      isNavigating = target.closest?.('a[href^="/"]') && !(ctrlKey || metaKey || shiftKey);
    });
    addEventListener('pagehide', () => {
      if (isNavigating) return;
      postByBeacon('leave', valuesOfDialog());
      tabs.postMessage?.('');
    });
    tabs.onmessage = reportLater;
    reportLater();
  }

  restoreTypedValues();
  document.querySelectorAll('leptos-island[data-props*="now"]').forEach(reportOpenCodePage);
  addEventListener('click', togglePassword);
  if (location.pathname === '/login') watchDialog();
  addEventListener('submit', storeTypedValues);
  addEventListener('submit', ignoreDoubleClick);
  addEventListener('pagehide', () => postByBeacon('cancel', cancelled?.()));
  addEventListener('verification:cancel', cancelVerification);
  addEventListener('keydown', focusMissingInput);
  // A field with `autofocus` has the focus before the first paint, so the first focus waits for the paint too.
  document.addEventListener('focusin', () => runAfterFirstPaint(startIslands), { once: true });
  runAfterFirstPaint(() => {
    if (window.requestIdleCallback) requestIdleCallback(startIslands, { timeout: MAX_IDLE_WAIT_MS });
    else setTimeout(startIslands);
  });
})();
