// Shows the times of a page in the time zone of the browser; the server writes them in UTC. Counts down the life of a
// code and the wait before another message. In an island, only until the WASM runs.
'use strict';
(() => {
  /** Returns whether the WASM runs and counts down the time in this note. It does so in islands only. */
  const isHydrated = (note) => 'hydrated' in document.documentElement.dataset && note.closest('leptos-island');

  /** Formats seconds as minutes and seconds, such as "4:32". */
  const formatCountdown = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

  /**
   * Replaces the time in the text nodes of a note, or another pattern. Each call looks for the nodes, because a browser
   * that translates the page replaces them and puts the new ones into elements. Removes no node that the WASM looks for.
   */
  function replaceText(note, text, pattern = /\d+:\d\d/) {
    const nodes = document.createTreeWalker(note, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) nodes.currentNode.data = nodes.currentNode.data.replace(pattern, text);
  }

  /** Whether the browser is posting a form. The button of a form that an island sends is busy. */
  let isPosting;
  addEventListener('submit', (event) => (isPosting ||= !event.defaultPrevented));

  /**
   * Counts down the remaining lifetime of a code since the page was loaded. Reloads the page when the code expires. A
   * reload during a post of the code would discard the answer, with the new session.
   */
  function countDownCodeLifetime(note) {
    const timer = setInterval(() => {
      const left = Math.ceil(note.dataset.clock - performance.now() / 1_000);
      if (isHydrated(note)) return clearInterval(timer);
      replaceText(note, formatCountdown(Math.max(left, 0)));
      if (left > 0 || isPosting || document.querySelector('[aria-busy]')) return;
      clearInterval(timer);
      location.reload();
    }, 250);
  }

  /** Counts down the seconds until another code can be requested, and then enables the buttons beside the note. */
  function countDownResendWait(note) {
    // After a refused request for a code, the error message contains the wait, and the note is empty.
    if (!note.textContent) return;
    const timer = setInterval(() => {
      const left = Math.ceil(note.dataset.wait - performance.now() / 1_000);
      if (isHydrated(note)) return clearInterval(timer);
      if (left > 0) return replaceText(note, formatCountdown(left));
      clearInterval(timer);
      replaceText(note, '', /.*/);
      for (const button of note.closest('.ways').querySelectorAll('button')) button.disabled = false;
    }, 250);
  }

  /** Returns a function that formats a time in the time zone of the browser and the language of the page. */
  function createTimeFormatter(options) {
    const { lang } = document.documentElement;
    // The day comes first, as in the texts of the server.
    const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, options);
    return (time) => format.format(new Date(time.dateTime));
  }

  /** Shows the times that match a selector in the time zone of the browser. The time in UTC becomes the title. */
  function showLocalTimes(selector, options, property = 'textContent') {
    const format = createTimeFormatter(options);
    for (const time of document.querySelectorAll(selector)) {
      time.title ||= time.textContent;
      time[property] = format(time);
    }
  }

  /** Groups the rows of a list by day in the time zone of the browser. The server groups rows by day in UTC. */
  function groupRowsByLocalDay(list) {
    const format = createTimeFormatter({ dateStyle: 'long' });
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

  document.querySelectorAll('[data-wait]').forEach(countDownResendWait);
  document.querySelectorAll('[data-clock]').forEach(countDownCodeLifetime);
  document.querySelectorAll('[data-days]').forEach(groupRowsByLocalDay);
  showLocalTimes('time[data-exact]', { dateStyle: 'long', timeStyle: 'short' });
  showLocalTimes('time[data-since]', { dateStyle: 'long', timeStyle: 'short' }, 'title');
  showLocalTimes('time[data-time]', { timeStyle: 'short' });
})();
