// Renders the widget of a CAPTCHA service where the checkbox of the form would be, and writes its token into the hidden
// input of the form. Works before and without the WASM. Pages load it only if a service is configured.
'use strict';
(() => {
  const NONCE = document.currentScript.nonce;
  /** Interval in milliseconds at which a token of reCAPTCHA v3 is replaced. The token is valid for two minutes. */
  const SCORE_TOKEN_INTERVAL_MS = 100_000;
  /** Maximum time in milliseconds in which the script of a CAPTCHA service must load. */
  const SCRIPT_TIMEOUT_MS = 15_000;
  /** Value in place of a token if the widget cannot be loaded. The server then checks whether the service is unavailable. */
  const UNAVAILABLE_TOKEN = 'unavailable';
  /** Function that resets the widget in each container. */
  const resetFunctions = new WeakMap();
  const language = document.documentElement.lang || 'en';
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';

  /** Sets the token of the form, or deletes it with ''. The submit button is enabled while there is a token. */
  function setToken(container, token) {
    const form = container.closest('form');
    const input = form?.querySelector('input[name=captcha]');
    if (!input) return;
    input.value = token;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    // Once the WASM runs, it sets the state of the button and the text above it.
    if (container.dataset.hydrated) return;
    form.querySelector('[type=submit]').disabled = token === '';
    form.querySelector('[data-missing]').textContent = token === '' ? container.dataset.incomplete : '';
  }

  /** Shows or clears the message that the CAPTCHA service is unavailable. */
  function showFailure(container, failed) {
    const status = container.parentElement.querySelector('[data-captcha-status]');
    if (status) status.textContent = failed ? status.dataset.failed : '';
  }

  /** Loads the script of the CAPTCHA service. The script calls `sallyportCaptchaLoaded` when it is ready. */
  function loadServiceScript(url, parameters) {
    return new Promise((resolve, reject) => {
      const address = new URL(url);
      for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
      address.searchParams.set('onload', 'sallyportCaptchaLoaded');
      window.sallyportCaptchaLoaded = resolve;
      const script = document.createElement('script');
      script.src = address;
      script.async = true;
      script.nonce = NONCE;
      script.onerror = reject;
      setTimeout(reject, SCRIPT_TIMEOUT_MS);
      document.head.append(script);
    });
  }

  /** Renders the checkbox of a CAPTCHA service. Returns the function that requests another token. */
  function renderCheckbox(api, container, challenge) {
    const callbacks = {
      callback: (token) => {
        showFailure(container, false);
        setToken(container, token);
      },
      'expired-callback': () => setToken(container, ''),
      'error-callback': () => {
        setToken(container, '');
        showFailure(container, true);
      },
    };
    const options = { sitekey: challenge.site_key, theme, ...callbacks };
    if (challenge.vendor === 'turnstile') Object.assign(options, { language, action: challenge.action });
    const id = api.render(container, options);
    return () => api.reset(id);
  }

  /** Requests a token at once and again before each expiry. A score-based service needs no action of the user. */
  async function keepScoreTokenFresh(api, container, challenge) {
    const renew = async () => {
      try {
        setToken(container, await api.execute(challenge.site_key, { action: challenge.action }));
        showFailure(container, false);
      } catch {
        setToken(container, '');
        showFailure(container, true);
      }
    };
    await new Promise((resolve) => api.ready(resolve));
    await renew();
    setInterval(() => container.isConnected && renew(), SCORE_TOKEN_INTERVAL_MS);
    return renew;
  }

  /** Renders the widget in its container. Does nothing if the widget is rendered already. */
  async function renderWidget(container) {
    if (resetFunctions.has(container)) return;
    resetFunctions.set(container, () => {});
    setToken(container, '');
    const challenge = JSON.parse(container.dataset.challenge);
    const isScore = challenge.vendor === 'recaptcha_v3';
    const parameters = { render: isScore ? challenge.site_key : 'explicit' };
    if (challenge.vendor !== 'turnstile') parameters.hl = language;
    const name = { hcaptcha: 'hcaptcha', turnstile: 'turnstile' }[challenge.vendor] ?? 'grecaptcha';
    try {
      if (!window[name]?.render) await loadServiceScript(challenge.script, parameters);
      const begin = isScore ? keepScoreTokenFresh : renderCheckbox;
      resetFunctions.set(container, await begin(window[name], container, challenge));
    } catch {
      resetFunctions.set(container, () => setToken(container, UNAVAILABLE_TOKEN));
      showFailure(container, true);
      setToken(container, UNAVAILABLE_TOKEN);
    }
  }

  document.addEventListener('captcha:render', (event) => {
    event.target.dataset.hydrated = 'true';
    // Disabled again, as the server rendered it. The WASM enables the button when the whole form is filled.
    event.target.closest('form').querySelector('button[type=submit]').disabled = true;
    renderWidget(event.target);
  });
  document.addEventListener('captcha:reset', (event) => {
    setToken(event.target, '');
    resetFunctions.get(event.target)?.();
  });
  document.querySelectorAll('.captcha-widget').forEach(renderWidget);
})();
