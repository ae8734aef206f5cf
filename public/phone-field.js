// Names the countries beside a phone field in the language of the page. Selects the country of a number with "+", and
// groups the digits of a number while they are typed. Without it, the list has codes only, and numbers stay as typed.
'use strict';
(() => {
  const list = document.querySelector('select[name=country]');
  const input = list.form.elements.phone;
  const { lang } = document.documentElement;
  const names = new Intl.DisplayNames(lang, { type: 'region' });

  /** Returns the calling code at the end of an option's text. */
  const callingCode = (option) => option.text.split('+')[1];

  /** Replaces the code in each option by the name of the country, and sorts the options by their names. */
  function nameCountries() {
    const { options, value } = list;
    for (const option of options) option.text = `${names.of(option.value)} +${callingCode(option)}`;
    list.append(...[...options].sort((a, b) => a.text.localeCompare(b.text, lang)));
    list.value = value;
  }

  /** Selects the country whose calling code begins the number. Prefers the main country of a shared code. */
  function selectCountryOf(digits) {
    const found = [...list.options].filter((option) => digits.startsWith(callingCode(option)));
    if (!found.length || found.includes(list.selectedOptions[0])) return;
    const { value } = found.find((option) => 'main' in option.dataset) ?? found[0];
    list.value = value;
  }

  /** Returns the value of a decimal digit of any script. In Unicode, each script has its digits in a row. */
  function digitValue(digit) {
    const code = digit.codePointAt(0);
    let value = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
    return value % 10;
  }

  /** Returns the ASCII digits after the first "+" of a text. The text may have a label and characters of other scripts. */
  function internationalDigits(text) {
    const [, ...parts] = text.normalize('NFKC').split('+');
    return parts.join('').replace(/\p{Nd}/gu, digitValue).replace(/\D/g, '');
  }

  /** Groups digits, with or without "+", by the pattern of the selected country. Returns digits that do not fit unchanged. */
  function groupDigits(typed) {
    const option = list.selectedOptions[0];
    const pattern = option.dataset.mask ?? '';
    const isInternational = typed[0] === '+';
    const code = isInternational ? `+${callingCode(option)}` : '';
    const digits = typed.slice(code.length);
    const trunkPrefix = pattern.replace(/\D/g, '');
    const hasTrunkPrefix = trunkPrefix && digits.startsWith(trunkPrefix);
    const places = hasTrunkPrefix ? pattern : pattern.replace(/\d/g, '').replace(/^[^#(]+/, '');
    const fits = digits.length <= places.replace(/[^#\d]/g, '').length;
    // "00" and "011" begin an international number too.
    const isOther = /^0(0|11)/.test(digits) || (isInternational && (hasTrunkPrefix || !typed.startsWith(code)));
    if (!fits || isOther) return typed;
    let next = 0;
    let grouped = '';
    for (const place of places) {
      if (next === digits.length) break;
      grouped += /[#\d]/.test(place) ? digits[next++] : place;
    }
    // Brackets appear once their group is complete.
    if (!grouped.includes(')')) grouped = grouped.replace('(', '');
    return code && grouped ? `${code} ${grouped}` : code + grouped;
  }

  /** The last value that was grouped. */
  let lastGrouped = '';

  /** Returns the digits of a number without their groups, after "+" if the number begins with it. */
  const withoutGroups = (value) => (value[0] === '+' ? '+' : '') + value.replace(/\D/g, '');

  /** Selects the country of a typed number with "+", and groups the digits while they are typed. */
  function onInput({ inputType, data }) {
    const { value } = input;
    selectCountryOf(internationalDigits(value));
    // Keeps pasted and autofilled values, and values with other characters or with a change before the end.
    const before = value.slice(0, -1);
    const isTyped = inputType === 'insertText' && input.selectionEnd === value.length && value.endsWith(data);
    if (!isTyped) return;
    if (/^[ ./-]$/.test(data) && before === lastGrouped) {
      // The user ends a group where the pattern has none, as in a number of another country.
      const typed = withoutGroups(before);
      if (groupDigits(`${typed}0`) === `${before}0`) input.value = typed + data;
      return;
    }
    const isOurs = lastGrouped.startsWith(before) || /^\+?\d*$/.test(before);
    if (!/^[+\d]$/.test(data) || !isOurs || (data === '+' && before)) return;
    lastGrouped = groupDigits(withoutGroups(value));
    if (lastGrouped !== value) input.value = lastGrouped;
  }

  /** Groups the digits by the pattern of the selected country, unless the user has grouped them. */
  function onCountryChange() {
    if (input.value !== lastGrouped) return;
    lastGrouped = groupDigits(withoutGroups(lastGrouped));
    input.value = lastGrouped;
  }

  nameCountries();
  list.addEventListener('change', onCountryChange);
  input.addEventListener('input', onInput);
})();
