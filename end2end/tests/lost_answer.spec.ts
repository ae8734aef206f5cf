import type { BrowserContext, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import type { SignInPage } from '../pages/sign_in_page.ts';
import type { FormClient } from '../support/form_client.ts';
import { blockEventStream } from '../support/loading.ts';

const ANSWER_LOST =
  'Your code was right, but this browser did not receive the answer. Please sign in again.';

/** Enters the correct code in a copy of the browser. So the browser has not received the answer to the code. */
async function completeWithoutAnswer(
  context: BrowserContext,
  formClient: FormClient,
  fields: { purpose: string; code: string },
  next: string,
): Promise<void> {
  await formClient.copyCookiesFrom(context);
  await formClient.post('verification/check', fields, next);
}

/** Expects the sign-in page with the message about the lost answer, which a reload does not repeat. */
async function expectMessageOnce(page: Page, signInPage: SignInPage): Promise<void> {
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(ANSWER_LOST);
  await page.reload();
  await expect(signInPage.identifier).toBeVisible();
  await expect(signInPage.notice).toBeHidden();
}

test('a reload during the check of a right code leads to a sign-in page that says so', async ({
  page,
  context,
  formClient,
  codeEntry,
  signInPage,
  signInCode: code,
  signingInUser: _,
}) => {
  // The page waits for an answer that never arrives, however slow the machine is.
  await page.route('**/api/verification/check', () => undefined);
  const sent = page.waitForRequest('**/api/verification/check');
  await codeEntry.enter(code);
  await sent;
  await completeWithoutAnswer(context, formClient, { purpose: 'sign_in', code }, '/dashboard');
  await page.reload();
  await expectMessageOnce(page, signInPage);
});

test('a code page without a session opens the message when its sign-in is completed', async ({
  page,
  context,
  formClient,
  codeEntry,
  signInPage,
  signInCode: code,
  signingInUser: _,
}) => {
  await codeEntry.waitUntilReady();
  await completeWithoutAnswer(context, formClient, { purpose: 'sign_in', code }, '/dashboard');
  await expectMessageOnce(page, signInPage);
});

test('a check that fails after the event stream reported the completion opens the message', async ({
  page,
  context,
  formClient,
  codeEntry,
  signInPage,
  signInCode: code,
  pageErrors,
}) => {
  pageErrors.allow(/ERR_FAILED/);
  await page.addInitScript(() => {
    // The page closes its event stream at the last status.
    const close = EventSource.prototype.close;
    EventSource.prototype.close = function (): void {
      document.documentElement.dataset['streamClosed'] = 'true';
      close.call(this);
    };
  });
  await page.goto('/login/verify');
  await page.route('**/api/verification/check', async (route) => {
    await completeWithoutAnswer(context, formClient, { purpose: 'sign_in', code }, '/dashboard');
    await page.locator('html[data-stream-closed]').waitFor({ state: 'attached' });
    await route.abort();
  });
  await codeEntry.enter(code);
  await expectMessageOnce(page, signInPage);
});

test('a code that is sent again after its answer was lost opens the message', async ({
  page,
  context,
  formClient,
  codeEntry,
  signInPage,
  signInCode: code,
  pageErrors,
}) => {
  await blockEventStream(page, pageErrors);
  await page.goto('/login/verify');
  await page.route(
    '**/api/verification/check',
    async (route) => {
      await completeWithoutAnswer(context, formClient, { purpose: 'sign_in', code }, '/dashboard');
      await route.abort();
    },
    { times: 1 },
  );
  await codeEntry.enter(code);
  await codeEntry.expectText(TEXT.couldNotVerify);
  await codeEntry.validate.click();
  await expectMessageOnce(page, signInPage);
});

test('a set-up dialog without a session is replaced by the message when its code was right', async ({
  page,
  context,
  formClient,
  codeEntry,
  signInPage,
  simulator,
  importedUser,
}) => {
  const code = await signInPage.requestSetUpCode(importedUser, simulator);
  await codeEntry.waitUntilReady();
  await completeWithoutAnswer(context, formClient, { purpose: 'set_up', code }, '/dashboard');
  await expect(signInPage.setUpDialog).toBeHidden();
  await expectMessageOnce(page, signInPage);
});

test('a password reset whose answer was lost says that the new password is saved', async ({
  page,
  context,
  formClient,
  codeEntry,
  signInPage,
  passwordResetPage,
  simulator,
  registeredUser,
}) => {
  await page.goto(await passwordResetPage.requestLink(registeredUser, simulator));
  await passwordResetPage.submitPassword();
  const code = await simulator.codeSentTo(registeredUser.e164, () =>
    page.getByRole('button', { name: 'Send OTP' }).click(),
  );
  await codeEntry.waitUntilReady();
  await completeWithoutAnswer(context, formClient, { purpose: 'password_reset', code }, '/login');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('Your new password is saved. Please sign in with it.');
});

test('a registration whose answer was lost ends with the form of the sign-in', async ({
  page,
  context,
  formClient,
  codeEntry,
  registerPage,
  signInPage,
  simulator,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  const code = await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());
  await codeEntry.waitUntilReady();
  await completeWithoutAnswer(context, formClient, { purpose: 'registration', code }, '/login');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toContainText('Phone number verified.');
  await expect(signInPage.identifier).toHaveValue(newUser.username);
});
