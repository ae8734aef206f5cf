// Loads the WASM after the first paint and starts the islands of the page: when the browser is idle, or at the first focus.
// Until then, and without the WASM, it counts down the life of a code and the wait before another message. It shows times
// in the time zone of the browser, shows passwords, and keeps what was typed while the language changes.
'use strict';
(() => {
  /** The longest time in milliseconds to wait for an idle browser. */
  const MAX_WAIT_MS = 200;
  const { glue, wasm, texts } = document.currentScript.dataset;
  let started = false;
  let hydrated = false;

  async function start() {
    if (started) return;
    started = true;
    // If one fails, its error is reported, and the browser sends the forms itself.
    const [module, response, list] = await Promise.all([import(glue), fetch(wasm), fetch(texts)]);
    await module.default({ module_or_path: response });
    module.hydrate(await list.json());
    for (const island of document.querySelectorAll('leptos-island')) module[island.dataset.component](island);
    hydrated = true;
    // Browser tests wait for this mark.
    performance.mark('hydrated');
  }

  /** Calls `next` after the first paint of the page, perhaps twice. A page that is hidden before its first paint does not wait. */
  function afterFirstPaint(next) {
    if (document.hidden) return next();
    document.addEventListener('visibilitychange', next, { once: true });
    if (window.PerformanceObserver?.supportedEntryTypes?.includes('paint')) {
      new PerformanceObserver(next).observe({ type: 'paint', buffered: true });
    } else {
      // The second frame begins after the first paint, in most cases.
      requestAnimationFrame(() => requestAnimationFrame(next));
    }
  }

  /** Formats seconds such as "4:32". */
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

  /** Counts down to the end of a code, and then loads the page again, which shows it. The time began with the page. */
  function countDownClock(note) {
    const text = [...note.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    const timer = setInterval(() => {
      const left = Math.ceil(note.dataset.clock - performance.now() / 1_000);
      if (hydrated || left <= 0) clearInterval(timer);
      if (hydrated) return;
      text.data = text.data.replace(/\d+:\d\d/, clock(Math.max(left, 0)));
      if (left <= 0) location.reload();
    }, 250);
  }

  /** Counts down the seconds in a note, and then enables the buttons beside it. Their time began with the page. */
  function countDown(note) {
    // The node itself stays, because the WASM looks for it.
    const text = [...note.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    const timer = setInterval(() => {
      const left = Math.ceil(note.dataset.wait - performance.now() / 1_000);
      if (hydrated || left <= 0) clearInterval(timer);
      if (hydrated) return;
      text.data = left > 0 ? text.data.replace(/\d+/, left) : '';
      if (left > 0) return;
      for (const button of note.parentElement.querySelectorAll('button')) button.disabled = false;
    }, 250);
  }

  /** Returns a function that formats a time in the time zone of the browser and the language of the page. */
  function timeFormat(options) {
    const { lang } = document.documentElement;
    // The day comes first, as in the texts of the server.
    const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, options);
    return (time) => format.format(new Date(time.dateTime));
  }

  /** Shows the times that match a selector in the time zone of the browser. The time in UTC becomes the title. */
  function showLocalTimes(selector, options) {
    const format = timeFormat(options);
    for (const time of document.querySelectorAll(selector)) {
      time.title ||= time.textContent;
      time.textContent = format(time);
    }
  }

  /** Groups the rows of a list by the days of the browser. The server groups them by the days in UTC. */
  function groupByDay(list) {
    const format = timeFormat({ dateStyle: 'long' });
    const rows = [...list.querySelectorAll('li')];
    const section = list.firstElementChild;
    list.replaceChildren();
    for (const row of rows) {
      const day = format(row.querySelector('time'));
      if (list.lastElementChild?.firstElementChild.textContent !== day) {
        list.append(section.cloneNode(true));
        list.lastElementChild.firstElementChild.textContent = day;
        list.lastElementChild.lastElementChild.replaceChildren();
      }
      list.lastElementChild.lastElementChild.append(row);
    }
  }

  /** Returns the storage of this tab. `null` if the browser does not permit it. */
  function tabStorage() {
    try {
      return sessionStorage;
    } catch {
      return null;
    }
  }

  /** The fields whose values are kept. Passwords and codes are not. */
  const KEPT = 'main :is([type=text], [type=email], [type=tel], select)[name]:not([name=code])';
  /** The key of the kept values in the storage. */
  const keptKey = `typed:${location.pathname}`;

  /** Keeps the typed values for this tab when a form of the footer is submitted, such as the choice of a language. */
  function keepTyped(event) {
    if (!event.target.matches('footer form')) return;
    const typed = new URLSearchParams();
    for (const { name, value } of document.querySelectorAll(KEPT)) if (value) typed.set(name, value);
    tabStorage()?.setItem(keptKey, typed);
  }

  /** Fills in the kept values once: in empty fields and in lists, which always have a value. */
  function restoreTyped() {
    const typed = new URLSearchParams(tabStorage()?.getItem(keptKey) ?? '');
    tabStorage()?.removeItem(keptKey);
    for (const field of document.querySelectorAll(KEPT)) {
      if (field.options || !field.value) field.value = typed.get(field.name) ?? field.value;
    }
  }

  /** Shows or hides the password beside a pressed button. */
  function reveal({ target: button }) {
    if (!button.matches?.('[data-shown]')) return;
    const field = button.previousElementSibling;
    const shows = field.type === 'password';
    field.type = shows ? 'text' : 'password';
    button.setAttribute('aria-pressed', shows);
    [button.textContent, button.dataset.shown] = [button.dataset.shown, button.textContent];
  }

  restoreTyped();
  addEventListener('click', reveal);
  addEventListener('submit', keepTyped);
  document.querySelectorAll('[data-wait]').forEach(countDown);
  document.querySelectorAll('[data-days]').forEach(groupByDay);
  showLocalTimes('time[data-exact]', { dateStyle: 'long', timeStyle: 'short' });
  showLocalTimes('time[data-time]', { timeStyle: 'short' });
  document.querySelectorAll('[data-clock]').forEach(countDownClock);
  // A field with `autofocus` has the focus before the first paint, so the first focus waits for the paint too.
  document.addEventListener('focusin', () => afterFirstPaint(start), { once: true });
  afterFirstPaint(() => (window.requestIdleCallback ? requestIdleCallback(start, { timeout: MAX_WAIT_MS }) : setTimeout(start)));
})();
