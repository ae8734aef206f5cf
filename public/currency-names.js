// Adds the names of the currencies to the list of a new payment, in the language of the page, and selects the currency
// whose code or name is typed. Without it, the list has the codes only, and browsers select by the code.
'use strict';
(() => {
  const list = document.querySelector('#currency');
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: 'currency' });
  for (const option of list.options) {
    const name = names.of(option.text);
    // The value of the option is its text, which stays.
    if (name !== option.text) option.label = `${option.text} – ${name}`;
  }

  /** Returns the text in lower case, without accents. */
  const removeCaseAndAccents = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

  /** Finds the first currency whose code begins with the text, or else the first with such a word in the name. */
  function findCurrency(text) {
    const options = [...list.options];
    return (
      options.find((option) => removeCaseAndAccents(option.text).startsWith(text)) ??
      options.find((option) => removeCaseAndAccents(option.label).includes(` ${text}`))
    );
  }

  /** The text typed since the list got the focus, with less than one second between keys. */
  let typed = '';
  let lastKeyTime = 0;

  list.addEventListener('focus', () => (typed = ''));
  list.addEventListener('keydown', (event) => {
    const { key, timeStamp } = event;
    if (key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    typed = removeCaseAndAccents((timeStamp - lastKeyTime < 1000 ? typed : '') + key);
    lastKeyTime = timeStamp;
    const found = typed.trim() && findCurrency(typed);
    if (!found) return;
    event.preventDefault();
    found.selected = true;
    list.dispatchEvent(new Event('change', { bubbles: true }));
  });
})();
