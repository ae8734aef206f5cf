import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { waitForIslands } from '../support/loading.ts';

const NO_ANSWER = 'The server did not answer. Check your connection and try again.';
const SMALL_PHONE = { width: 375, height: 553 };

// The network fails for one server function, so that the page gets no answer.
test.beforeEach(({ pageErrors }) => {
  pageErrors.allow(/ERR_FAILED/);
});

/** Expects this message as the only one about the missing answer, without the offer of a call. */
async function expectOnlyMessage(page: Page, text: string): Promise<void> {
  await expect(page.getByText(text)).toBeVisible();
  for (const other of [NO_ANSWER, TEXT.couldNotSend, TEXT.couldNotVerify]) {
    if (other !== text) await expect(page.getByText(other)).toBeHidden();
  }
  await expect(page.getByRole('button', { name: 'Call me instead' })).toBeHidden();
}

test('without an answer, "Send OTP" says that the code could not be sent', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  await page.route('**/api/verification/method', (route) => route.abort());
  await signInPage.sendOtp.click();
  await expectOnlyMessage(page, TEXT.couldNotSend);
  await page.unroute('**/api/verification/method');
  await signInPage.requestCode(registeredUser, simulator);
  await expect(page).toHaveURL('/login/verify');
});

test('without an answer, "Resend" says that the code could not be sent', async ({
  page,
  codeEntry,
  simulator,
  signingInUser: _,
}) => {
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  await page.route('**/api/verification/send', (route) => route.abort());
  await codeEntry.resend.click();
  await expectOnlyMessage(page, TEXT.couldNotSend);
  await expect(codeEntry.resend).toBeEnabled();
});

test('without an answer, the code entry says that the code could not be verified', async ({
  page,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.route('**/api/verification/check', (route) => route.abort());
  await codeEntry.enter(signInCode);
  await expectOnlyMessage(page, TEXT.couldNotVerify);
  await page.unroute('**/api/verification/check');
  await codeEntry.validate.click();
  await dashboardPage.expectUser(signingInUser);
});

test('without an answer, the sign-in says so and keeps the password', async ({
  page,
  signInPage,
  newUser,
}) => {
  await signInPage.goto();
  await waitForIslands(page);
  await signInPage.fill(newUser);
  await signInPage.notARobot.check();
  await page.route('**/api/login/begin', (route) => route.abort());
  await signInPage.submit.click();
  await expectOnlyMessage(page, NO_ANSWER);
  await expect(signInPage.password).toHaveValue(newUser.password);
});

test('without an answer, a payment says so and can be submitted again', async ({
  page,
  paymentPage,
  signedInUser: _,
}) => {
  await paymentPage.goto();
  await waitForIslands(page);
  await page.route('**/api/payments/begin', (route) => route.abort());
  await paymentPage.submit({ recipient: 'Corner Shop', amount: '12.50' });
  await expectOnlyMessage(page, NO_ANSWER);
  await page.unroute('**/api/payments/begin');
  await paymentPage.continueButton.click();
  await paymentPage.expectPayment('12.50 USD', 'Corner Shop', 'Completed');
});

test('on a small phone, a payment without an answer scrolls to the message', async ({
  page,
  paymentPage,
  signedInUser: _,
}) => {
  await page.setViewportSize(SMALL_PHONE);
  await paymentPage.goto();
  await waitForIslands(page);
  await page.route('**/api/payments/begin', (route) => route.abort());
  await paymentPage.submit({ recipient: 'Corner Shop', amount: '12.50' });
  await expect(page.getByText(NO_ANSWER)).toBeInViewport({ ratio: 1 });
  await expect(paymentPage.continueButton).toBeFocused();
});

test('on a small phone, a registration without an answer scrolls to the message', async ({
  page,
  registerPage,
  newUser,
}) => {
  await page.setViewportSize(SMALL_PHONE);
  await registerPage.submitDetails(newUser);
  await registerPage.fillCredentials(newUser);
  await page.route('**/api/register/credentials', (route) => route.abort());
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await registerPage.verify.click();
  await expect(page.getByText(NO_ANSWER)).toBeInViewport({ ratio: 1 });
  await expect(registerPage.password).toHaveValue(newUser.password);
});

test('after a lost answer, the second "Send OTP" of a registration opens the entry of the code that was sent', async ({
  page,
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await expect(registerPage.sendOtp).toBeVisible();
  await waitForIslands(page);
  await page.route('**/api/verification/send', async (route) => {
    await route.fetch();
    await route.abort();
  });
  const code = await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());
  await expectOnlyMessage(page, TEXT.couldNotSend);
  await page.unroute('**/api/verification/send');
  await registerPage.sendOtp.click();
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
});

test('a sign-in without any answer ends after 30 seconds with a message', async ({
  page,
  signInPage,
  newUser,
}) => {
  await page.clock.install();
  await signInPage.goto();
  await waitForIslands(page);
  await signInPage.fill(newUser);
  await signInPage.notARobot.check();
  await page.route('**/api/login/begin', () => undefined);
  const sent = page.waitForRequest('**/api/login/begin');
  await signInPage.submit.click();
  await sent;
  await page.clock.runFor('00:29');
  await expect(page.getByText(NO_ANSWER)).toBeHidden();
  await page.clock.runFor('00:02');
  await expectOnlyMessage(page, NO_ANSWER);
  await expect(signInPage.password).toHaveValue(newUser.password);
  await expect(signInPage.submit).toBeEnabled();
});
