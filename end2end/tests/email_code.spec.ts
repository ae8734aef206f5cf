import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { blockWasm, waitForIslands } from '../support/loading.ts';

const codeField = (page: Page): Locator => page.getByLabel('One-time code', { exact: true });

/** Opens the page and requests the first code. */
async function requestEmailCode(page: Page): Promise<void> {
  await page.goto('/verify-email');
  await page.getByRole('button', { name: 'Send Verification Code' }).click();
  await expect(codeField(page)).toBeVisible();
}

for (const mode of ['with WASM', 'with blocked WASM'] as const) {
  test.describe(mode, () => {
    test.beforeEach(async ({ page, pageErrors }) => {
      if (mode === 'with blocked WASM') await blockWasm(page, pageErrors);
    });

    test('the field for a mailed code has the focus after each code, and its group names the address', async ({
      page,
      codeEntry,
      simulator,
      unverifiedUser,
    }) => {
      await requestEmailCode(page);
      await expect(codeField(page)).toBeFocused();
      await page.keyboard.type('12');
      await expect(codeField(page)).toHaveValue('12');
      const group = page.getByRole('group').filter({ has: codeField(page) });
      await expect(group).toHaveAccessibleName(new RegExp(`on its way to ${unverifiedUser.email}`));
      await simulator.advanceClock(30);
      await page.reload();
      await codeEntry.resend.click();
      await expect(codeEntry.resend).toBeDisabled();
      await expect(codeField(page)).toBeFocused();
    });

    test('the page of a mailed code counts down to "Resend" and to the end of the code', async ({
      page,
      codeEntry,
      simulator,
      unverifiedUser: _,
    }) => {
      await page.clock.install();
      await requestEmailCode(page);
      if (mode === 'with WASM') await waitForIslands(page);
      await expect(codeEntry.resend).toBeDisabled();
      await expect(codeEntry.resendWait).toBeVisible();
      expect(await codeEntry.secondsLeft()).toBeGreaterThan(14 * 60);
      await page.clock.runFor('00:31');
      await expect(codeEntry.resend).toBeEnabled();
      await expect(codeEntry.resendWait).toBeHidden();
      expect(await codeEntry.secondsLeft()).toBeLessThan(15 * 60 - 30);
      await simulator.advanceClock(15 * 60 + 1);
      await page.clock.runFor('14:30');
      await expect(page.getByRole('alert')).toHaveText('The code has expired.');
      await expect(codeField(page)).toBeHidden();
    });
  });
}
