// Adds the names of the currencies to the list of a new payment, in the language of the page. Without it, the list has the
// codes only. A name follows its code, because browsers select the option whose text begins with what is typed.
'use strict';
(() => {
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: 'currency' });
  for (const option of document.querySelectorAll('#currency option')) {
    const name = names.of(option.text);
    // The value of the option is its text, which stays.
    if (name !== option.text) option.label = `${option.text} – ${name}`;
  }
})();
