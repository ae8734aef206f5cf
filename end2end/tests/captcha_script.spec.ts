import { expect, test } from '../fixtures.ts';
import { CAPTCHA_FORMS, expectAccepted, fillFields, submitButton } from '../support/captcha_forms.ts';
import { CHECK_FAILED, expectRefused, groupOf, openForm, settingsOf, widgetOf } from '../support/captcha_service.ts';
import { blockWasm } from '../support/loading.ts';

test.use({ settings: settingsOf('turnstile') });

/** The script of the CAPTCHA service. */
const SCRIPT = '**/turnstile/v0/api.js*';

test('the script that renders the widget stays within the limit of a plain script', async ({ page }) => {
  const response = page.waitForResponse(/\/captcha\.js/);
  await page.goto('/login');
  const { responseBodySize } = await (await response).request().sizes();
  expect(responseBodySize).toBeGreaterThan(0);
  expect(responseBodySize).toBeLessThanOrEqual(3_072);
});

for (const loadsWasm of [true, false]) {
  test.describe(loadsWasm ? 'with WASM' : 'without WASM', () => {
    test.beforeEach(async ({ page, pageErrors }) => {
      if (!loadsWasm) await blockWasm(page, pageErrors);
    });

    for (const form of CAPTCHA_FORMS) {
      test(`"Retry" loads the widget of ${form.path} after the script of the CAPTCHA service did not load`, async ({
        page,
        pageErrors,
        newUser,
      }) => {
        pageErrors.allow(/ERR_FAILED/);
        let failures = 0;
        await page.route(SCRIPT, (route) => {
          failures++;
          return route.abort();
        });
        await openForm(page, form.path, loadsWasm);
        const retry = groupOf(page).getByRole('button', { name: 'Retry' });
        await expect(retry).toBeVisible();
        await expect(page.getByText(CHECK_FAILED)).toBeVisible();
        await fillFields(page, form, newUser);
        const submit = submitButton(page, form);
        // The server then checks whether the service is available.
        await submit.click();
        await expectRefused(page, loadsWasm);
        // The page has tried to load the script again.
        await expect.poll(() => failures).toBe(2);
        await expect(retry).toBeVisible();
        await fillFields(page, form, newUser);
        await expect(submit).toBeEnabled();

        await page.unroute(SCRIPT);
        await retry.press('Enter');
        await expect(groupOf(page)).toBeFocused();
        await expect(page.getByText(CHECK_FAILED)).toBeHidden();
        await fillFields(page, form, newUser);
        await expect(submit).toBeDisabled();
        await widgetOf(page).check();
        await submit.click();
        await expectAccepted(page, form);
      });
    }

    test('a form can be sent when the script of the CAPTCHA service has not answered for 15 seconds', async ({
      page,
      registerPage,
      newUser,
    }) => {
      await page.clock.install();
      await page.route(SCRIPT, () => undefined);
      await openForm(page, '/register', loadsWasm);
      await registerPage.fillDetails(newUser);
      await expect(groupOf(page)).toHaveText('Preparing…');
      await expect(registerPage.submit).toBeDisabled();
      await page.clock.fastForward('00:16');
      await expect(groupOf(page).getByRole('button', { name: 'Retry' })).toBeVisible();
      await expect(page.getByText(CHECK_FAILED)).toBeVisible();
      await expect(registerPage.submit).toBeEnabled();
      await registerPage.submit.click();
      await expectRefused(page, loadsWasm);
    });
  });
}
