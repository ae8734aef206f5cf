import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { targets } from '../support/accessibility.ts';

test.beforeEach(({ page }) => page.setViewportSize({ width: 320, height: 640 }));

/** Nothing to scroll sideways for, and nothing too small to hit. */
async function expectFit(page: Page, state: string): Promise<void> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, `${state}: width of the page`).toBeLessThanOrEqual(320);
  const small = (await targets(page)).filter(({ height }) => height < 44);
  expect.soft(small, `${state}: lower than 44 pixels`).toEqual([]);
}

test('registering fits a screen 320 pixels wide', async ({
  page,
  registerPage,
  codeEntry,
  person,
}) => {
  await registerPage.goto();
  await expectFit(page, 'details');
  await registerPage.submitDetails(person);
  await registerPage.password.fill(person.password);
  await expectFit(page, 'credentials');
  await registerPage.submitCredentials(person);
  await expectFit(page, 'send');
  await registerPage.sendOtp.click();
  await codeEntry.ready();
  await expectFit(page, 'code');
});

test('signing in fits a screen 320 pixels wide', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  member,
}) => {
  await signInPage.goto();
  await expectFit(page, 'password');
  await signInPage.passPassword(member);
  await expectFit(page, 'choice of method');
  await expect(signInPage.cancel).toBeInViewport({ ratio: 1 });
  await signInPage.sendOtp.click();
  await codeEntry.enter(await simulator.wrongCode(member.e164));
  await codeEntry.says(TEXT.invalid(4));
  await expectFit(page, 'code, refused');
  await codeEntry.enter(await simulator.code(member.e164));
  await dashboardPage.shows(member);
  await expectFit(page, 'dashboard');
});

test('long names and addresses do not widen the dashboard', async ({
  page,
  visitor,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  person,
}) => {
  const wordy = {
    ...person,
    fullName: 'Ann Featherstonehaugh-Featherstonehaugh-Featherstonehaugh',
    email: `${'a'.repeat(50)}.${person.username}@${'example-'.repeat(6)}domain.example.com`,
  };
  await visitor.register(wordy);
  await simulator.advance(30);
  await visitor.awaitSignInCode(wordy);
  await visitor.handOver(context);
  await page.goto('/login/verify');
  await codeEntry.enter(await simulator.code(wordy.e164));
  await dashboardPage.shows(wordy);
  await expectFit(page, 'dashboard');
});
