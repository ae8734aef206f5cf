import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { CodeEntry, TEXT } from '../pages/code_entry.ts';
import { wrongCode } from '../support/simulator.ts';
import { generateUser } from '../support/user.ts';
import { touchTargets } from '../support/accessibility.ts';

test.beforeEach(({ page }) => page.setViewportSize({ width: 320, height: 640 }));

/** Expects no horizontal scrolling and no touch target lower than 44 pixels. */
async function expectFitsWidth(page: Page, state: string): Promise<void> {
  await page.waitForLoadState();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, `${state}: width of the page`).toBeLessThanOrEqual(320);
  const small = (await touchTargets(page)).filter(({ height }) => height < 44);
  expect.soft(small, `${state}: lower than 44 pixels`).toEqual([]);
}

test('a registration fits a screen 320 pixels wide', async ({
  page,
  registerPage,
  codeEntry,
  newUser,
}) => {
  await registerPage.goto();
  await expectFitsWidth(page, 'details');
  await registerPage.submitDetails(newUser);
  await registerPage.password.fill(newUser.password);
  await expectFitsWidth(page, 'credentials');
  await registerPage.submitCredentials(newUser);
  await expectFitsWidth(page, 'send');
  await registerPage.sendOtp.click();
  await codeEntry.waitUntilReady();
  await expectFitsWidth(page, 'code');
});

test('a sign-in fits a screen 320 pixels wide', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.goto();
  await expectFitsWidth(page, 'password');
  await signInPage.submitPassword(registeredUser);
  await expectFitsWidth(page, 'choice of method');
  await expect(signInPage.cancel).toBeInViewport({ ratio: 1 });
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(wrongCode(code));
  await codeEntry.expectText(TEXT.invalid(4));
  await expectFitsWidth(page, 'code, refused');
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
  await expectFitsWidth(page, 'dashboard');
});

test('a long name and email address do not widen the dashboard', async ({
  page,
  formClient,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  newUser,
}) => {
  const longUser = {
    ...newUser,
    fullName: 'Ann Featherstonehaugh-Featherstonehaugh-Featherstonehaugh',
    email: `${'a'.repeat(50)}.${newUser.username}@${'example-'.repeat(6)}domain.example.com`,
  };
  await formClient.register(longUser);
  await simulator.advanceClock(30);
  const code = await formClient.requestSignInCode(longUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/login/verify');
  await codeEntry.enter(code);
  await dashboardPage.expectUser(longUser);
  await expectFitsWidth(page, 'dashboard');
});

test('a long new email address does not widen the page that takes its code', async ({
  page,
  context,
  formClient,
  newUser,
  registeredUser,
}) => {
  const email = `${'a'.repeat(50)}.${newUser.username}@example.com`;
  await formClient.signIn(registeredUser);
  await formClient.post('email/change', { email }, '/verify-email');
  await formClient.copyCookiesTo(context);
  await page.goto('/verify-email');
  await expect(page.getByText(email)).toBeVisible();
  await expectFitsWidth(page, 'email address');
});

test('a recipient of one long word does not widen the pages of a payment', async ({
  page,
  paymentPage,
  signedInUser: _,
}) => {
  await paymentPage.goto();
  await paymentPage.submit({ recipient: 'W'.repeat(70), amount: '150' });
  await expect(paymentPage.methodDialog).toBeVisible();
  await expectFitsWidth(page, 'choice of method');
  for (const path of ['/payments', '/dashboard', '/payments/new']) {
    await page.goto(path);
    await expect(page.getByText('WWW').first()).toBeVisible();
    await expectFitsWidth(page, path);
  }
});

test('the set-up of a phone number fits a screen 320 pixels wide', async ({
  page,
  signInPage,
  codeEntry,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await expectFitsWidth(page, 'number');
  await signInPage.submitSetUpPhone(importedUser.phone);
  await codeEntry.waitUntilReady();
  await expectFitsWidth(page, 'code');
});

test('the profile pages fit a screen 320 pixels wide', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  for (const path of ['', '/phone', '/authenticator', '/recovery-codes', '/sessions', '/history']) {
    await page.goto(`/profile${path}`);
    await expectFitsWidth(page, path);
  }
  for (const path of ['/payments', '/payments/new']) {
    await page.goto(path);
    await expectFitsWidth(page, path);
  }
  await page.goto('/profile/authenticator');
  await page.getByRole('button', { name: 'Set up authenticator app' }).click();
  await codeEntry.waitUntilReady();
  await expectFitsWidth(page, 'QR code and key');
  await page.goto('/profile/recovery-codes');
  await page.getByRole('button', { name: 'Create recovery codes' }).click();
  await expect(page.locator('.codes')).toBeVisible();
  await expectFitsWidth(page, 'the codes');
  const next = { ...signedInUser, ...generateUser() };
  await phonePage.goto();
  const code = await phonePage.sendCodeTo(next, simulator);
  await expectFitsWidth(page, 'code for the new number');
  await codeEntry.enter(code);
  await expect(phonePage.confirm).toBeVisible();
  await expectFitsWidth(page, 'confirm');
  await simulator.advanceClock(301);
  await page.goto('/profile/authenticator');
  await phonePage.password.fill(signedInUser.password);
  await phonePage.continueButton.click();
  await expect(phonePage.methodDialog).toBeVisible();
  await expectFitsWidth(page, 'choice of method');
});

// A screen of 1280 by 1024 pixels at 400 % shows 320 by 256 CSS pixels (WCAG 2.2, 1.4.10).
test('a sign-in works at 400 % zoom without horizontal scrolling', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await page.setViewportSize({ width: 320, height: 256 });
  await signInPage.openMethodDialog(registeredUser);
  await expectFitsWidth(page, 'choice of method');
  for (const control of [signInPage.sms, signInPage.sendOtp, signInPage.cancel]) {
    await control.focus();
    await expect(control).toBeInViewport({ ratio: 1 });
  }
  const code = await simulator.codeSentTo(registeredUser.e164, () =>
    signInPage.sendOtp.press('Enter'),
  );
  await codeEntry.waitUntilReady();
  await expectFitsWidth(page, 'code');
  await expect(codeEntry.input).toBeInViewport({ ratio: 1 });
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test.describe('in German, which has longer words', () => {
  test.use({ locale: 'de' });

  test('a sign-in and the profile pages fit a screen 320 pixels wide', async ({
    page,
    formClient,
    context,
    simulator,
    registeredUser,
  }) => {
    await page.goto('/register');
    await expectFitsWidth(page, 'registration');
    await formClient.submitPassword(registeredUser);
    await formClient.copyCookiesTo(context);
    await page.goto('/login');
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectFitsWidth(page, 'choice of method');
    const codeEntry = new CodeEntry(page, 'Einmalcode');
    const code = await simulator.codeSentTo(registeredUser.e164, () =>
      page.getByRole('button', { name: 'Code senden' }).click(),
    );
    await codeEntry.waitUntilReady();
    await expectFitsWidth(page, 'code');
    await codeEntry.enter(code);
    await expect(page).toHaveURL('/dashboard');
    for (const path of [
      '',
      '/phone',
      '/authenticator',
      '/recovery-codes',
      '/sessions',
      '/history',
    ]) {
      await page.goto(`/profile${path}`);
      await expectFitsWidth(page, path);
    }
    for (const path of ['/dashboard', '/payments']) {
      await page.goto(path);
      await expectFitsWidth(page, path);
    }
  });
});
