import { expect, test } from '../fixtures.ts';
import { CAPTCHA_FORMS } from '../support/captcha_forms.ts';
import { blockWasm, waitForIslands } from '../support/loading.ts';
import { holdWorkers, refuseWorkers } from '../support/proof_of_work.ts';

for (const loadsWasm of [true, false]) {
  test.describe(loadsWasm ? 'with WASM' : 'without WASM', () => {
    test.beforeEach(async ({ page, pageErrors }) => {
      if (loadsWasm) return;
      await blockWasm(page, pageErrors);
    });

    for (const { path, fields, button } of CAPTCHA_FORMS) {
      test(`the CAPTCHA of ${path} shows each step of its work`, async ({ page }) => {
        const deliver = await holdWorkers(page);
        await page.goto(path);
        if (loadsWasm) {
          await waitForIslands(page);
        }
        const captcha = page.locator('.captcha');
        const status = captcha.getByRole('status');
        const submit = page.getByRole('button', { name: button });
        await expect(status).toHaveText('Preparing…');
        for (const [label] of fields) await page.getByLabel(label, { exact: true }).fill('12345678');
        await captcha.getByRole('checkbox').check();
        await expect(status).toHaveText('Checking…');
        await expect(captcha).toHaveAttribute('data-state', 'working');
        await expect(submit).toBeDisabled();
        // The status of the CAPTCHA shows the reason.
        await expect(page.locator('[data-missing]')).toHaveText('');
        await deliver();
        await expect(status).toHaveText('Confirmed');
        await expect(submit).toBeEnabled();
        await captcha.getByRole('checkbox').uncheck();
        await expect(status).toHaveText('');
        await expect(submit).toBeDisabled();
      });
    }

    test('a failed CAPTCHA has a button "Retry", also for the keyboard', async ({
      page,
      registerPage,
      pageErrors,
      newUser,
    }) => {
      pageErrors.allow(/proof-of-work|Worker/);
      await refuseWorkers(page);
      await registerPage.goto();
      // The WASM solves the CAPTCHA when it starts. A worker that is permitted by then would hide the button.
      if (loadsWasm) await waitForIslands(page);
      await registerPage.fillDetails(newUser);
      const captcha = page.locator('.captcha');
      const status = captcha.getByRole('status');
      const retry = captcha.getByRole('button', { name: 'Retry' });
      await expect(status).toHaveText('That did not work. Please try again.');
      await retry.click();
      await expect(registerPage.notARobot).not.toBeChecked();
      await expect(status).toHaveText('That did not work. Please try again.');
      await expect(registerPage.submit).toBeDisabled();

      await page.evaluate(() => dispatchEvent(new Event('permit-workers')));
      await retry.press('Enter');
      await expect(status).toHaveText('Confirmed');
      await expect(retry).toBeHidden();
      await expect(registerPage.notARobot).toBeChecked();
      await expect(registerPage.notARobot).toBeFocused();
      await registerPage.submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });

    test('the proof of work needs no crypto.subtle', async ({ page, registerPage, newUser }) => {
      // Pages of plain HTTP do not have it, except on the local host.
      await page.addInitScript(() => {
        Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });
      });
      await registerPage.goto();
      expect(await page.evaluate(() => typeof crypto.subtle)).toBe('undefined');
      // The worker runs the same script, and the test cannot change its `crypto`.
      const script = await page.request.get('/proof-of-work.js');
      expect(await script.text()).not.toContain('crypto');
      await registerPage.fillDetails(newUser);
      await registerPage.notARobot.check();
      await expect(registerPage.submit).toBeEnabled();
      await registerPage.submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });
  });
}

test('the proof of work starts without any input', async ({ page, registerPage, pageErrors }) => {
  await blockWasm(page, pageErrors);
  await page.addInitScript(() => {
    const original = Worker;
    Object.assign(globalThis, {
      Worker: class extends original {
        constructor(url: string) {
          super(url);
          this.addEventListener('message', () => performance.mark('solved'));
        }
      },
    });
  });
  await registerPage.goto();
  await page.waitForFunction(() => performance.getEntriesByName('solved').length > 0);
  // The script sets this state once it has the solution, because the box is not checked.
  await expect(page.locator('.captcha')).toHaveAttribute('data-state', 'idle');
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
  await expect(registerPage.notARobot).not.toBeChecked();
});

test('a form from the back/forward cache can be sent although a proxy refuses the request for a new challenge', async ({
  page,
  registerPage,
  pageErrors,
  newUser,
}) => {
  pageErrors.allow(/status of 502/);
  await blockWasm(page, pageErrors);
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.notARobot.check();
  await expect(registerPage.submit).toBeEnabled();
  await page.route('**/api/captcha/challenge', (route) => route.fulfill({ status: 502 }), { times: 1 });
  const refused = page.waitForResponse('**/api/captcha/challenge');
  // The browser decides which pages it caches, so the test dispatches the event.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  expect((await refused).status()).toBe(502);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});
