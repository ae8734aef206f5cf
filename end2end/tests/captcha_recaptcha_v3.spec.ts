import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { CAPTCHA_FORMS, expectAccepted, fillFields, submitButton } from '../support/captcha_forms.ts';
import { CHECK_FAILED, expectRefused, groupOf, openForm, settingsOf } from '../support/captcha_service.ts';
import { blockWasm } from '../support/loading.ts';

test.use({ settings: settingsOf('recaptcha_v3') });

/** More than the interval at which the page requests another token. */
const UNTIL_RENEWAL = '01:45';

/** Makes the service refuse or not answer the next request of the page for a token, or rate the visit with a low score. */
async function changeNextToken(page: Page, change: 'no token' | 'no answer' | 'low score'): Promise<void> {
  await page.evaluate((change) => {
    interface Service {
      execute: (...parameters: unknown[]) => Promise<string>;
    }
    const { grecaptcha } = globalThis as unknown as { grecaptcha: Service };
    const original = grecaptcha.execute;
    grecaptcha.execute = async (...parameters) => {
      grecaptcha.execute = original;
      if (change === 'no token') throw new Error('the service is not available');
      if (change === 'no answer') return new Promise<string>(() => undefined);
      const token = await original(...parameters);
      return token.replace(/score=[^&]*/, 'score=0.1');
    };
  }, change);
}

for (const language of ['de', 'pt-BR']) {
  test.describe(`in the language ${language}`, () => {
    test.use({ locale: language });

    test('the script of the CAPTCHA service gets the site key and the language of the page', async ({ page }) => {
      const script = page.waitForRequest(/\/recaptcha\/api\.js/);
      await page.goto('/register');
      const { searchParams } = new URL((await script).url());
      expect(searchParams.get('hl')).toBe(language);
      expect(searchParams.get('render')).toBe('site-key');
    });
  });
}

for (const loadsWasm of [true, false]) {
  test.describe(loadsWasm ? 'with WASM' : 'without WASM', () => {
    test.beforeEach(async ({ page, pageErrors }) => {
      await page.clock.install();
      if (!loadsWasm) await blockWasm(page, pageErrors);
    });

    for (const form of CAPTCHA_FORMS) {
      test(`a CAPTCHA service that rates the visit of ${form.path} needs no click of the user`, async ({ page, newUser }) => {
        await openForm(page, form.path, loadsWasm);
        await fillFields(page, form, newUser);
        await submitButton(page, form).click();
        await expectAccepted(page, form);
      });
    }

    test('a token is replaced before it expires', async ({ page, registerPage, newUser }) => {
      await openForm(page, '/register', loadsWasm);
      await registerPage.fillDetails(newUser);
      await expect(groupOf(page)).toHaveText('Confirmed');
      const token = page.locator('input[name=captcha]');
      const first = await token.inputValue();
      await page.clock.fastForward(UNTIL_RENEWAL);
      await expect(token).not.toHaveValue(first);
      await expect(token).not.toHaveValue('');
      await registerPage.submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });

    test('a failed check has a button "Retry", also for the keyboard', async ({ page, registerPage, newUser }) => {
      // During a colour transition the contrast would be that of an intermediate colour.
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await openForm(page, '/register', loadsWasm);
      await registerPage.fillDetails(newUser);
      const group = groupOf(page);
      await expect(group).toHaveText('Confirmed');
      await expect(registerPage.submit).toBeEnabled();
      await expectAccessible(page, 'accepted visit');
      await changeNextToken(page, 'no token');
      await page.clock.fastForward(UNTIL_RENEWAL);
      const retry = group.getByRole('button', { name: 'Retry' });
      await expect(retry).toBeVisible();
      await expect(page.getByText(CHECK_FAILED)).toBeVisible();
      // The user cannot complete this check. The server then checks whether the service is available.
      await expect(registerPage.submit).toBeEnabled();
      await expect(page.locator('[data-missing]')).toHaveText('');
      await expectAccessible(page, 'visit without a rating');
      await retry.press('Enter');
      await expect(group).toHaveText('Confirmed');
      await expect(group).toBeFocused();
      await expect(page.getByText(CHECK_FAILED)).toBeHidden();
      await registerPage.submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });

    test('a form can be sent when the CAPTCHA service has not rated the visit for 15 seconds', async ({ page, registerPage, newUser }) => {
      await openForm(page, '/register', loadsWasm);
      await registerPage.fillDetails(newUser);
      await expect(groupOf(page)).toHaveText('Confirmed');
      await changeNextToken(page, 'no answer');
      await page.clock.fastForward(UNTIL_RENEWAL);
      await page.clock.fastForward('00:16');
      await expect(groupOf(page).getByRole('button', { name: 'Retry' })).toBeVisible();
      await expect(page.getByText(CHECK_FAILED)).toBeVisible();
      await expect(registerPage.submit).toBeEnabled();
      await registerPage.submit.click();
      await expectRefused(page, loadsWasm);
    });

    test('a low score is refused, and the next token is accepted', async ({ page, registerPage, newUser }) => {
      await openForm(page, '/register', loadsWasm);
      await registerPage.fillDetails(newUser);
      await expect(groupOf(page)).toHaveText('Confirmed');
      await changeNextToken(page, 'low score');
      await page.clock.fastForward(UNTIL_RENEWAL);
      const token = page.locator('input[name=captcha]');
      await expect(token).toHaveValue(/score=0\.1/);
      await registerPage.submit.click();
      await expectRefused(page, loadsWasm);
      await expect(token).toHaveValue(/score=0\.9/);
      await registerPage.fillDetails(newUser);
      await registerPage.submit.click();
      await expect(page).toHaveURL('/register/credentials');
    });
  });
}
