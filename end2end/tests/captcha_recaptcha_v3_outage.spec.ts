import { test } from '../fixtures.ts';
import { CAPTCHA_FORMS } from '../support/captcha_forms.ts';
import {
  expectProofOfWorkInPlaceOfWidget,
  openForm,
  serveScriptOfUnreachableService,
  settingsOfUnreachable,
} from '../support/captcha_service.ts';
import { blockWasm } from '../support/loading.ts';

test.use({ settings: settingsOfUnreachable('recaptcha_v3') });

/** End of the script of the service: it refuses each request for a token. */
const REFUSES_TOKENS = 'grecaptcha.execute = async () => { throw new Error("the service is not available"); };';

test.beforeEach(async ({ page, app, simulator, pageErrors }) => {
  pageErrors.allow(/http:\/\/127\.0\.0\.1:2\//);
  // Ends the outage that another test has caused.
  await simulator.advanceClock(61);
  await serveScriptOfUnreachableService(page, app, '/recaptcha/api.js', REFUSES_TOKENS);
});

for (const loadsWasm of [true, false]) {
  test.describe(loadsWasm ? 'with WASM' : 'without WASM', () => {
    test.beforeEach(async ({ page, pageErrors }) => {
      if (!loadsWasm) await blockWasm(page, pageErrors);
    });

    for (const form of CAPTCHA_FORMS) {
      test(`a proof of work replaces the status of ${form.path} if a CAPTCHA service does not rate the visit during an outage`, async ({ page, newUser }) => {
        await openForm(page, form.path, loadsWasm);
        await expectProofOfWorkInPlaceOfWidget(page, form, newUser, loadsWasm);
      });
    }
  });
}
