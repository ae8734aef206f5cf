// The widget of the simulated CAPTCHA services: a checkbox whose token states its own verification (captcha.rs).
// It has the interface grecaptcha, hcaptcha or turnstile, as far as explicit rendering needs it.
'use strict';
(() => {
  const address = new URL(document.currentScript.src);
  const query = address.searchParams;
  /** The object of each service that pages call, and the form fields in which its widget repeats the token. */
  const SERVICES = {
    recaptcha: { name: 'grecaptcha', fields: ['g-recaptcha-response'] },
    hcaptcha: { name: 'hcaptcha', fields: ['g-recaptcha-response', 'h-captcha-response'] },
    turnstile: { name: 'turnstile', fields: ['cf-turnstile-response'] },
  };
  const service = SERVICES[Object.keys(SERVICES).find((folder) => address.pathname.startsWith(`/${folder}/`))];
  const TURNSTILE_TOKEN = 'XXXX.DUMMY.TOKEN.XXXX';
  /** Widgets of the public site keys for tests. The test key of reCAPTCHA has an ordinary widget. */
  const TEST_WIDGETS = {
    '10000000-ffff-ffff-ffff-000000000001': { token: '10000000-aaaa-bbbb-cccc-000000000001' },
    '20000000-ffff-ffff-ffff-000000000002': { token: '20000000-aaaa-bbbb-cccc-000000000002' },
    '30000000-ffff-ffff-ffff-000000000003': { token: '30000000-aaaa-bbbb-cccc-000000000003' },
    '1x00000000000000000000AA': { token: TURNSTILE_TOKEN },
    '3x00000000000000000000FF': { token: TURNSTILE_TOKEN },
    '1x00000000000000000000BB': { token: TURNSTILE_TOKEN, isInvisible: true },
    '2x00000000000000000000AB': { fails: true },
    '2x00000000000000000000BB': { fails: true, isInvisible: true },
  };
  const resetFunctions = [];

  function token(action, score) {
    const stated = new URLSearchParams({ hostname: location.hostname, id: crypto.randomUUID() });
    if (action) stated.set('action', action);
    if (score) stated.set('score', score);
    return stated.toString();
  }

  /** Creates the hidden inputs in which the widget repeats its token. */
  function createResponseFields(options) {
    if (options['response-field'] === false) return [];
    return service.fields.map((name) => {
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = name;
      return field;
    });
  }

  function createCheckbox(options) {
    const label = document.createElement('label');
    const box = document.createElement('input');
    const text = document.createElement('span');
    box.type = 'checkbox';
    const language = options.language || query.get('hl');
    text.textContent = language ? `Simulated CAPTCHA (${language})` : 'Simulated CAPTCHA';
    label.dataset.theme = options.theme || 'light';
    label.append(box, text);
    return { label, box };
  }

  function render(container, options) {
    const root = typeof container === 'string' ? document.querySelector(container) : container;
    const test = TEST_WIDGETS[options.sitekey] ?? {};
    const fields = createResponseFields(options);
    const { label, box } = createCheckbox(options);
    const setFields = (value) => fields.forEach((field) => (field.value = value));
    const clear = () => {
      box.checked = false;
      setFields('');
    };
    const fail = () => {
      clear();
      options['error-callback']?.('simulated');
    };
    const expire = () => {
      clear();
      options['expired-callback']?.();
    };
    const solve = () => {
      if (test.fails) return fail();
      const created = test.token ?? token(options.action);
      setFields(created);
      options.callback(created);
    };
    root.replaceChildren(...(test.isInvisible ? [] : [label]), ...fields);
    box.addEventListener('change', () => (box.checked ? solve() : expire()));
    // Tests dispatch these to the checkbox.
    box.addEventListener('simulate-expiry', expire);
    box.addEventListener('simulate-error', fail);
    // An invisible widget needs no click. It calls back after `render` has returned, as the services do.
    const start = () => test.isInvisible && setTimeout(solve);
    resetFunctions.push(() => {
      clear();
      start();
    });
    start();
    return resetFunctions.length - 1;
  }

  window[service.name] = {
    render,
    reset: (id = 0) => resetFunctions[id]?.(),
    ready: (callback) => callback(),
    execute: async (_key, options) => token(options?.action, '0.9'),
  };
  const onload = query.get('onload');
  if (onload) window[onload]();
})();
