import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { somebodyNew } from '../support/person.ts';
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

test('setting up fits a screen 320 pixels wide', async ({
  page,
  signInPage,
  codeEntry,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await expectFit(page, 'number');
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();
  await codeEntry.ready();
  await expectFit(page, 'code');
});

test('the profile and what hangs on it fit a screen 320 pixels wide', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  for (const path of ['', '/phone', '/authenticator', '/recovery-codes', '/sessions', '/history']) {
    await page.goto(`/profile${path}`);
    await expectFit(page, path);
  }
  await page.goto('/profile/authenticator');
  await page.getByRole('button', { name: 'Set up authenticator app' }).click();
  await codeEntry.ready();
  await expectFit(page, 'QR code and key');
  await page.goto('/profile/recovery-codes');
  await page.getByRole('button', { name: 'Create recovery codes' }).click();
  await expect(page.locator('.codes')).toBeVisible();
  await expectFit(page, 'the codes');
  const next = { ...signedIn, ...somebodyNew() };
  await phonePage.goto();
  await phonePage.sendTo(next);
  await expectFit(page, 'code for the new number');
  await codeEntry.enter(await simulator.code(next.e164));
  await expect(phonePage.confirm).toBeVisible();
  await expectFit(page, 'confirm');
  await simulator.advance(301);
  await page.goto('/profile/authenticator');
  await phonePage.password.fill(signedIn.password);
  await phonePage.goOn.click();
  await expect(phonePage.methods).toBeVisible();
  await expectFit(page, 'choice of method');
});

// 1280 by 1024 pixels at 400 %: what is left of them is 320 by 256 (WCAG 2.2, 1.4.10).
test('at four times the size everything can be reached, and nothing sideways', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  member,
}) => {
  await page.setViewportSize({ width: 320, height: 256 });
  await signInPage.goto();
  await signInPage.passPassword(member);
  await expectFit(page, 'choice of method');
  for (const control of [signInPage.sms, signInPage.sendOtp, signInPage.cancel]) {
    await control.focus();
    await expect(control).toBeInViewport({ ratio: 1 });
  }
  await signInPage.sendOtp.press('Enter');
  await codeEntry.ready();
  await expectFit(page, 'code');
  await expect(codeEntry.input).toBeInViewport({ ratio: 1 });
  await codeEntry.enter(await simulator.code(member.e164));
  await dashboardPage.shows(member);
});

test.describe('in German, whose words are longer', () => {
  test.use({ locale: 'de' });

  test('signing in and the profile fit a screen 320 pixels wide', async ({
    page,
    visitor,
    context,
    simulator,
    member,
  }) => {
    await page.goto('/register');
    await expectFit(page, 'registration');
    await visitor.chooseMethod(member);
    await visitor.handOver(context);
    await page.goto('/login');
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectFit(page, 'choice of method');
    await page.getByRole('button', { name: 'Code senden' }).click();
    await expect(page.locator('.boxes .box').first()).toBeVisible();
    await expectFit(page, 'code');
    await page.getByLabel('Einmalcode').pressSequentially(await simulator.code(member.e164));
    await expect(page).toHaveURL('/dashboard');
    for (const path of ['', '/phone', '/authenticator', '/recovery-codes', '/sessions', '/history']) {
      await page.goto(`/profile${path}`);
      await expectFit(page, path);
    }
  });
});
