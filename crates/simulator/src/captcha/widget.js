// The widget of the simulated CAPTCHA services: a checkbox whose token states its own verification (captcha.rs).
// It has the interfaces grecaptcha, hcaptcha and turnstile, as far as explicit rendering needs them.
'use strict';
(() => {
  const query = new URL(document.currentScript.src).searchParams;
  const widgets = [];

  function token(action, score) {
    const stated = new URLSearchParams({ hostname: location.hostname, id: crypto.randomUUID() });
    if (action) stated.set('action', action);
    if (score) stated.set('score', score);
    return stated.toString();
  }

  function render(container, options) {
    const root = typeof container === 'string' ? document.querySelector(container) : container;
    const label = document.createElement('label');
    const box = document.createElement('input');
    const text = document.createElement('span');
    box.type = 'checkbox';
    text.textContent = options.language || query.get('hl') ? `Simulated CAPTCHA (${options.language || query.get('hl')})` : 'Simulated CAPTCHA';
    label.dataset.theme = options.theme || 'light';
    label.append(box, text);
    root.replaceChildren(label);
    box.addEventListener('change', () => {
      if (box.checked) options.callback(token(options.action));
      else options['expired-callback']?.();
    });
    // Tests dispatch these to the checkbox.
    box.addEventListener('simulate-expiry', () => {
      box.checked = false;
      options['expired-callback']?.();
    });
    box.addEventListener('simulate-error', () => {
      box.checked = false;
      options['error-callback']?.('simulated');
    });
    widgets.push(box);
    return widgets.length - 1;
  }

  const api = {
    render,
    reset: (id = 0) => {
      if (widgets[id]) widgets[id].checked = false;
    },
    ready: (callback) => callback(),
    execute: async (_key, options) => token(options?.action, '0.9'),
  };
  window.grecaptcha = api;
  window.hcaptcha = api;
  window.turnstile = api;
  const onload = query.get('onload');
  if (onload) window[onload]();
})();
