import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { CodeEntry, TEXT } from '../pages/code_entry.ts';
import { SignInPage } from '../pages/sign_in_page.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { wrongCode } from '../support/simulator.ts';

// One wrong code holds the second factor of an account.
test.use({ settings: { SALLYPORT_CAPTCHA_COST: '1', SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY: '1' } });

const HELD = /^Too many wrong codes for this account\. Try again in 24 hours\.$/;

/** Expects no field and no button in the content, and a link that has the focus. */
async function expectFocusedLink(page: Page, name: string): Promise<void> {
  const content = page.getByRole('main');
  await expect(content.getByRole('link', { name })).toBeFocused();
  await expect(content.getByRole('textbox')).toHaveCount(0);
  await expect(content.getByRole('button')).toHaveCount(0);
}

test('a sign-in with a held second factor shows one message and two links', async ({
  page,
  codeEntry,
  signInPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.enter(wrongCode(signInCode));
  await expect(page.getByText(HELD)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Please try again later' })).toBeVisible();
  await expectFocusedLink(page, 'Back to sign in');
  const reset = page.getByRole('main').getByRole('link', { name: 'Forgot your password?' });
  await expect(reset).toHaveAttribute('href', '/forgot-password');
  await expectAccessible(page, 'held second factor');

  await page.getByRole('link', { name: 'Back to sign in' }).click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.error).toHaveText(HELD);
  await signInPage.submitPassword(signingInUser);
  await signInPage.sendOtp.click();
  await expect(signInPage.error).toHaveText(HELD);
  await expect(signInPage.methodDialog).toBeHidden();
});

test('a step-up with a held second factor shows one message and one link', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const code = await phonePage.beginStepUp(signedInUser, simulator);
  await codeEntry.enter(wrongCode(code));
  await expect(page.getByText(HELD)).toBeVisible();
  await expectFocusedLink(page, 'Back to your profile');
});

test('the wrong code of a payment that holds the second factor puts the payment on hold', async ({
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(30);
  const code = await paymentPage.requestCode({ recipient: 'Corner Shop', amount: '150' }, signedInUser, simulator);
  await codeEntry.enter(wrongCode(code));
  await paymentPage.expectPayment('150.00 USD', 'Corner Shop', 'On hold');
  await expect(page.getByText(HELD)).toBeVisible();
  await expectFocusedLink(page, 'Back to the dashboard');
});

test('a held second factor cannot confirm a payment, and its page says so', async ({
  browser,
  baseURL,
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(30);
  const code = await paymentPage.requestCode({ recipient: 'Corner Shop', amount: '150' }, signedInUser, simulator);
  // A wrong code in another browser holds the second factor while this page waits for the code.
  await simulator.advanceClock(30);
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
  const otherSignIn = new SignInPage(await context.newPage());
  await otherSignIn.openMethodDialog(signedInUser);
  const otherCode = await otherSignIn.requestCode(signedInUser, simulator);
  await new CodeEntry(otherSignIn.page).enter(wrongCode(otherCode));
  await expect(otherSignIn.page.getByText(HELD)).toBeVisible();
  await context.close();
  await codeEntry.enter(code);
  await paymentPage.expectPayment('150.00 USD', 'Corner Shop', 'Failed');
  await expect(page.getByRole('main').getByRole('link', { name: 'New payment' })).toBeFocused();
});

test('after a code has expired, "Resend" is the main button and has the focus', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.expireCode(simulator);
  await codeEntry.expectText(TEXT.expired);
  await expect(codeEntry.input).toBeHidden();
  await expect(codeEntry.validate).toBeHidden();
  await expect(codeEntry.resend).toBeFocused();
  await expect(codeEntry.resend).toHaveClass('primary');
  await expectAccessible(page, 'expired code');
  await simulator.codeSentTo(signingInUser.e164, () => codeEntry.resend.click());
  await expect(codeEntry.input).toBeFocused();
  await expect(codeEntry.resend).toHaveClass('quiet');
});

test('the last message of an hour replaces "Resend" by the wait, also after a reload', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessages(signingInUser, simulator);
  await expect(codeEntry.resend).toBeHidden();
  await expect(codeEntry.callInstead).toBeHidden();
  await page.reload();
  await codeEntry.waitUntilReady();
  await expect(codeEntry.messageLimit).toBeVisible();
  await expect(codeEntry.resend).toBeHidden();
  await expect(codeEntry.callInstead).toBeHidden();
});
