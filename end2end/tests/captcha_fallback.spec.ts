import { expect, test } from '../fixtures.ts';
import { CAPTCHA_FORMS, fillFields, submitButton } from '../support/captcha_forms.ts';
import {
  expectProofOfWorkInPlaceOfWidget,
  openForm,
  serveScriptOfUnreachableService,
  settingsOfUnreachable,
  widgetOf,
} from '../support/captcha_service.ts';
import { blockWasm } from '../support/loading.ts';

test.use({ settings: settingsOfUnreachable('turnstile') });

test.beforeEach(async ({ simulator, pageErrors }) => {
  pageErrors.allow(/http:\/\/127\.0\.0\.1:2\//);
  // Ends the outage that another test has caused.
  await simulator.advanceClock(61);
});

for (const loadsWasm of [true, false]) {
  test.describe(loadsWasm ? 'with WASM' : 'without WASM', () => {
    test.beforeEach(async ({ page, pageErrors }) => {
      if (!loadsWasm) await blockWasm(page, pageErrors);
    });

    for (const form of CAPTCHA_FORMS) {
      test(`a proof of work replaces the widget of ${form.path} while the CAPTCHA service does not answer`, async ({ page, newUser }) => {
        await openForm(page, form.path, loadsWasm);
        await expectProofOfWorkInPlaceOfWidget(page, form, newUser, loadsWasm);
      });

      test(`a proof of work replaces the widget of ${form.path} if its script loads and its challenge fails`, async ({ page, app, newUser }) => {
        await serveScriptOfUnreachableService(page, app, '/turnstile/v0/api.js');
        await openForm(page, form.path, loadsWasm);
        await fillFields(page, form, newUser);
        await expect(submitButton(page, form)).toBeDisabled();
        await widgetOf(page).dispatchEvent('simulate-error');
        await expectProofOfWorkInPlaceOfWidget(page, form, newUser, loadsWasm);
      });
    }
  });
}
