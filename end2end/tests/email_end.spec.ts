import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { blockWasm } from '../support/loading.ts';
import { readCodeFromMail } from '../support/mail.ts';
import { wrongCode } from '../support/simulator.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

const EXPIRED = 'The code has expired.';

/** Expects this message in place of the field and its buttons, and the focus on `wayOn`. */
async function expectEnd(page: Page, message: string, wayOn: Locator): Promise<void> {
  const content = page.getByRole('main');
  await expect(content.getByRole('alert')).toHaveText(message);
  await expect(content.getByRole('textbox')).toHaveCount(0);
  await expect(content.getByRole('button', { name: 'Validate' })).toHaveCount(0);
  await expect(content.getByRole('button', { name: 'Resend' })).toHaveCount(0);
  await expect(wayOn).toBeFocused();
}

async function submitCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('One-time code').fill(code);
  await page.getByRole('button', { name: 'Validate' }).click();
}

for (const mode of ['with WASM', 'with blocked WASM', 'without scripts'] as const) {
  test.describe(mode, () => {
    test.use({ javaScriptEnabled: mode !== 'without scripts' });

    test.beforeEach(async ({ page, pageErrors }) => {
      if (mode !== 'with blocked WASM') return;
      await blockWasm(page, pageErrors);
    });

    test('an expired code shows one message, and a button that sends another code', async ({
      page,
      simulator,
      unverifiedUser,
    }) => {
      await page.goto('/verify-email');
      const send = page.getByRole('button', { name: 'Send Verification Code' });
      await send.click();
      await expect(page.getByLabel('One-time code')).toBeVisible();
      const code = await readCodeFromMail(simulator, unverifiedUser.email);
      await simulator.advanceClock(15 * 60 + 1);
      await submitCode(page, code);
      await expectEnd(page, EXPIRED, send);
      if (mode === 'with WASM') await expectAccessible(page, 'expired code of the mail');
      await send.click();
      await expect(page.getByLabel('One-time code')).toBeVisible();
    });

    test('too many wrong codes for a new address show one message and a link to the change', async ({
      page,
      context,
      formClient,
      simulator,
      registeredUser,
    }) => {
      const address = `new.${registeredUser.email}`;
      await formClient.signIn(registeredUser);
      await formClient.copyCookiesTo(context);
      await page.goto('/profile/email');
      await page.getByLabel('New email address').fill(address);
      await page.getByRole('button', { name: 'Send Verification Code' }).click();
      await expect(page).toHaveURL('/verify-email');
      const code = await readCodeFromMail(simulator, address);
      for (const attempt of [1, 2, 3, 4, 5]) {
        await submitCode(page, wrongCode(code, attempt));
        if (attempt < 5) await expect(page.getByText(TEXT.invalid(5 - attempt))).toBeVisible();
      }
      const startAgain = page.getByRole('link', { name: 'Start again' });
      await expectEnd(page, TEXT.tooManyElsewhere, startAgain);
      await startAgain.click();
      await expect(page).toHaveURL('/profile/email');
      await expect(page.getByLabel('New email address')).toBeVisible();
    });
  });
}
