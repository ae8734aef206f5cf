import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { generateUser } from '../support/user.ts';

// No language of the product is written from right to left yet. The page gets the direction that it would have.
test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => {
      document.documentElement.dir = 'rtl';
    });
  });
});

/** Expects that nothing lies outside the window, and that the page runs from right to left. */
async function expectFits(page: Page, state: string): Promise<void> {
  // The address of a page changes before the document has loaded.
  await page.waitForLoadState();
  const { direction, outside } = await page.evaluate(() => {
    const visible = [...document.body.querySelectorAll('*')].filter(
      (element) => element.checkVisibility() && element.clientWidth > 1,
    );
    const width = document.documentElement.clientWidth;
    const outside = visible.filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < -1 || right > width + 1;
    });
    return {
      direction: getComputedStyle(document.body).direction,
      outside: outside.map(({ tagName, className }) => `${tagName} ${className}`),
    };
  });
  expect(direction, state).toBe('rtl');
  expect.soft(outside, `${state}: outside the window`).toEqual([]);
}

/** Returns the left edge of each element that a locator matches, in pixels. */
const leftEdges = (page: Page, selector: string): Promise<number[]> =>
  page
    .locator(selector)
    .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().left));

const ascending = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);

for (const width of [360, 1280]) {
  test.describe(`in a window ${width} pixels wide`, () => {
    test.beforeEach(({ page }) => page.setViewportSize({ width, height: 800 }));

    test('pages fit the window, and a code is written from left to right', async ({
      page,
      signInPage,
      codeEntry,
      simulator,
      registeredUser,
    }) => {
      await page.goto('/register');
      await expectFits(page, 'registration');
      await signInPage.goto();
      await expectFits(page, 'sign-in');
      await signInPage.submitPassword(registeredUser);
      await expectFits(page, 'choice of method');
      const code = await signInPage.requestCode(registeredUser, simulator);
      await codeEntry.waitUntilReady();
      await expectFits(page, 'code');
      const boxes = await leftEdges(page, '.boxes .box');
      expect(boxes).toHaveLength(6);
      expect(boxes).toEqual(ascending(boxes));
      await expect(codeEntry.input).toHaveCSS('direction', 'ltr');
      await codeEntry.input.pressSequentially(code.slice(0, 2));
      await expect(codeEntry.boxes.nth(0)).toHaveText(code.slice(0, 1));
      await expect(codeEntry.boxes.nth(1)).toHaveText(code.slice(1, 2));
      // The mask begins with its bracket: "(***) ***-1234".
      const number = page.locator('.lead bdi').first();
      await expect(number).toHaveCSS('direction', 'ltr');
      await codeEntry.input.pressSequentially(code.slice(2));
      await expect(page).toHaveURL('/dashboard');
      await expectFits(page, 'dashboard');
    });

    test('pages of an account fit the window, and values are written from left to right', async ({
      page,
      phonePage,
      codeEntry,
      simulator,
      signedInUser,
    }) => {
      for (const path of [
        '/profile',
        '/profile/phone',
        '/profile/authenticator',
        '/profile/recovery-codes',
        '/profile/sessions',
        '/profile/history',
        '/payments/new',
      ]) {
        await page.goto(path);
        await expectFits(page, path);
      }
      await page.goto('/profile');
      const email = page.locator('bdi', { hasText: signedInUser.email }).first();
      await expect(email).toHaveCSS('direction', 'ltr');
      await page.goto('/profile/recovery-codes');
      await page.getByRole('button', { name: 'Create recovery codes' }).click();
      await expect(page.locator('.codes')).toHaveCSS('direction', 'ltr');
      await expectFits(page, 'recovery codes');
      await phonePage.goto();
      const next = { ...signedInUser, ...generateUser() };
      await expect(phonePage.newPhone).toHaveCSS('direction', 'ltr');
      await phonePage.sendCodeTo(next, simulator);
      await codeEntry.waitUntilReady();
      await expectFits(page, 'code for the new number');
    });
  });
}
