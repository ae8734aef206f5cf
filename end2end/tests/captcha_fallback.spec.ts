import { expect, test } from '../fixtures.ts';
import { CAPTCHA_FORMS, expectAccepted, fillFields, submitButton } from '../support/captcha_forms.ts';
import { CHECK_FAILED, NOT_CONFIRMED, openForm, settingsOf } from '../support/captcha_service.ts';
import { blockWasm } from '../support/loading.ts';

/** An origin without a server. Browsers refuse this port too. */
const CLOSED = 'http://127.0.0.1:1';

test.use({ settings: { ...settingsOf('turnstile'), SALLYPORT_CAPTCHA_BASE_URL: CLOSED } });

test.beforeEach(async ({ simulator, pageErrors }) => {
  pageErrors.allow(/http:\/\/127\.0\.0\.1:1\//);
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
        await expect(page.getByText(CHECK_FAILED)).toBeVisible();
        await fillFields(page, form, newUser);
        const submit = submitButton(page, form);
        await expect(submit).toBeEnabled();
        await submit.click();
        await expect(page.locator('#captcha-error')).toHaveText(NOT_CONFIRMED);
        const checkbox = page.getByRole('checkbox', { name: "I'm not a robot" });
        await expect(checkbox).not.toBeChecked();
        await expect(checkbox).toHaveAttribute('aria-invalid', 'true');
        if (loadsWasm) await expect(checkbox).toBeFocused();
        await expect(submit).toBeDisabled();
        await expect(page.getByText(CHECK_FAILED)).toBeHidden();
        await fillFields(page, form, newUser);
        await checkbox.check();
        await expect(page.locator('.captcha').getByRole('status')).toHaveText('Confirmed');
        await submit.click();
        await expectAccepted(page, form);
      });
    }
  });
}
