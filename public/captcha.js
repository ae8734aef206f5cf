// Renders the widget of a CAPTCHA service where the checkbox of the form would be, and writes its token into the hidden
// input of the form. Works before and without the WASM. Pages load it only if a service is configured.
'use strict';
(() => {
  /** Nonce and texts: the attributes of this script's element. */
  const { nonce, dataset: TEXTS } = document.currentScript;
  /** Interval in milliseconds at which a token of reCAPTCHA v3 is replaced. The token is valid for two minutes. */
  const SCORE_TOKEN_INTERVAL_MS = 100_000;
  /** Maximum time in milliseconds in which a CAPTCHA service must load its script or rate the visit. */
  const SERVICE_TIMEOUT_MS = 15_000;
  /** Value in place of a token after a failure of the widget. The server then checks whether the service is unavailable. */
  const UNAVAILABLE_TOKEN = 'unavailable';
  /** Form fields that the widgets add for the token. */
  const RESPONSE_FIELDS = ['g-recaptcha-response', 'h-captcha-response', 'cf-turnstile-response'];
  /** Function that requests another token for each container. */
  const resetFunctions = new WeakMap();
  const language = document.documentElement.lang || 'en';

  const challengeOf = (container) => JSON.parse(container.dataset.challenge);
  const isScore = (container) => challengeOf(container).vendor === 'recaptcha_v3';
  const inputOf = (container) => container.closest('form')?.querySelector('input[name=captcha]');

  /** Enables the submit button while the form has a token and no empty field. The line above it says what is missing. */
  function updateSubmit(container) {
    const { form, value: token } = inputOf(container) ?? {};
    // Once the WASM runs, it sets the state of the button and the text above it.
    if (!form || container.dataset.hydrated) return;
    const isIncomplete = [...form.querySelectorAll('input[required]')].some(({ value }) => !value.trim());
    form.querySelector('[type=submit]').disabled = isIncomplete || !token;
    // A score-based service shows its own status, because the user has nothing to complete.
    const missing = token || isScore(container) ? '' : TEXTS.incomplete;
    const text = isIncomplete ? TEXTS.fields : missing;
    const line = form.querySelector('[data-missing]');
    // Screen readers announce every write.
    if (line.textContent !== text) line.textContent = text;
  }

  /** Sets the token of the form, or deletes it with ''. */
  function setToken(container, token) {
    const input = inputOf(container);
    if (!input) return;
    input.value = token;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    updateSubmit(container);
  }

  /** Replaces the content of a container by an element or a text. A focus on the old content moves to the container. */
  function setContent(container, content) {
    if (container.contains(document.activeElement)) container.focus();
    container.replaceChildren(content);
  }

  /** Shows or clears the message that the CAPTCHA has failed. */
  function showFailure(container, failed) {
    const status = container.parentElement?.querySelector('[data-captcha-status]');
    if (status) status.textContent = failed ? TEXTS.failed : '';
  }

  /** Shows that the CAPTCHA has failed, and the button "Retry" in place of the widget. */
  function showRetryButton(container, retry) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'secondary';
    button.textContent = TEXTS.retry;
    button.addEventListener('click', retry);
    setContent(container, button);
    showFailure(container, true);
  }

  /** Waits for an answer of the CAPTCHA service. Fails if it takes too long. */
  const waitForService = (answer) =>
    Promise.race([answer, new Promise((_, reject) => setTimeout(reject, SERVICE_TIMEOUT_MS))]);

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
      script.nonce = nonce;
      script.onerror = reject;
      document.head.append(script);
    });
  }

  /** Renders the checkbox of a CAPTCHA service. Returns the function that requests another token. */
  function renderCheckbox(api, container, challenge) {
    const options = {
      sitekey: challenge.site_key,
      callback: (token) => {
        showFailure(container, false);
        setToken(container, token);
      },
      'expired-callback': () => setToken(container, ''),
      'error-callback': () => {
        setToken(container, UNAVAILABLE_TOKEN);
        showFailure(container, true);
      },
    };
    if (challenge.vendor === 'turnstile') {
      Object.assign(options, { language, action: challenge.action, 'response-field': false });
    }
    const dark = matchMedia('(prefers-color-scheme: dark)');
    let id;
    const render = () => {
      // The widgets need an empty element.
      const place = document.createElement('div');
      setContent(container, place);
      id = api.render(place, { ...options, theme: dark.matches ? 'dark' : 'light' });
    };
    render();
    dark.addEventListener('change', () => {
      // A solved widget keeps its theme, because a new one has no token. reCAPTCHA cannot remove a widget.
      if (!api.remove || !container.isConnected || inputOf(container).value) return;
      api.remove(id);
      render();
    });
    return () => api.reset(id);
  }

  /** Requests a token at once and again before each expiry. A score-based service needs no action of the user. */
  async function keepScoreTokenFresh(api, container, challenge) {
    const renew = async () => {
      if (['', UNAVAILABLE_TOKEN].includes(inputOf(container)?.value)) setContent(container, TEXTS.working);
      try {
        setToken(container, await waitForService(api.execute(challenge.site_key, { action: challenge.action })));
        setContent(container, TEXTS.done);
        showFailure(container, false);
      } catch {
        showRetryButton(container, renew);
        setToken(container, UNAVAILABLE_TOKEN);
      }
    };
    await waitForService(new Promise((resolve) => api.ready(resolve)));
    await renew();
    setInterval(() => container.isConnected && renew(), SCORE_TOKEN_INTERVAL_MS);
    return renew;
  }

  /** Loads the service and renders its widget. After a failure, a reset or the button "Retry" repeats both. */
  async function loadWidget(container) {
    const challenge = challengeOf(container);
    const parameters = { render: isScore(container) ? challenge.site_key : 'explicit' };
    if (challenge.vendor !== 'turnstile') parameters.hl = language;
    const name = { hcaptcha: 'hcaptcha', turnstile: 'turnstile' }[challenge.vendor] ?? 'grecaptcha';
    resetFunctions.set(container, () => {});
    setToken(container, '');
    setContent(container, TEXTS.preparing);
    showFailure(container, false);
    try {
      if (!window[name]?.render) await waitForService(loadServiceScript(challenge.script, parameters));
      const begin = isScore(container) ? keepScoreTokenFresh : renderCheckbox;
      resetFunctions.set(container, await begin(window[name], container, challenge));
    } catch {
      const retry = () => loadWidget(container);
      resetFunctions.set(container, retry);
      showRetryButton(container, retry);
      setToken(container, UNAVAILABLE_TOKEN);
    }
  }

  /** Renders the widget in its container. Does nothing if the widget is rendered already. */
  function renderWidget(container) {
    if (resetFunctions.has(container)) return;
    container.tabIndex = -1;
    // Some password managers fill in fields without an event.
    for (const event of ['input', 'change', 'focusin', 'focusout', 'keydown', 'keyup']) {
      container.closest('form').addEventListener(event, () => updateSubmit(container));
    }
    loadWidget(container);
  }

  document.addEventListener('captcha:render', (event) => {
    event.target.dataset.hydrated = 'true';
    // Disabled again, as the server rendered it. The WASM enables the button when the whole form is filled.
    event.target.closest('form').querySelector('button[type=submit]').disabled = true;
    renderWidget(event.target);
  });
  document.addEventListener('captcha:reset', ({ target }) => {
    setToken(target, '');
    // The submit button had the focus and is disabled now.
    if (document.activeElement?.matches('body, [type=submit]')) target.focus();
    resetFunctions.get(target)?.();
  });
  // The form sends the token in its own input. A long token three times could exceed the maximum size of a request.
  document.addEventListener('formdata', ({ formData }) => RESPONSE_FIELDS.forEach((name) => formData.delete(name)));
  document.querySelectorAll('.captcha-widget').forEach(renderWidget);
})();
