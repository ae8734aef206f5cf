import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { requestCodeInOtherBrowser } from '../support/other_browser.ts';

test('"Call me instead" keeps the focus while its call waits', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  await signInPage.requestCodeInOutage(registeredUser, simulator);
  await expect(page.getByText(TEXT.couldNotSend)).toBeVisible();
  await simulator.clearFaults();
  await codeEntry.callInstead.click();
  await expect(page.locator('.notice', { hasText: /^Your code will be sent in 0:\d\d\.$/ })).toBeVisible();
  await expect(codeEntry.callInstead).toBeFocused();
});

test('"Call me instead" stays and keeps the focus after a call without an answer', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  registeredUser,
  pageErrors,
}) => {
  pageErrors.allow(/ERR_FAILED/);
  await signInPage.requestCodeInOutage(registeredUser, simulator);
  await expect(codeEntry.callInstead).toBeVisible();
  await page.route('**/api/verification/method', (route) => route.abort());
  const refused = page.waitForEvent('requestfailed');
  await codeEntry.callInstead.click();
  await refused;
  await expect(page.getByText(TEXT.couldNotSend)).toBeVisible();
  await expect(codeEntry.callInstead).toBeFocused();
});

test('after the expiry of a code, the message limit moves the focus from "Resend" to its message', async ({
  browser,
  baseURL,
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessagesExceptLast(signingInUser, simulator);
  await requestCodeInOtherBrowser(browser, baseURL, signingInUser, simulator);
  await codeEntry.expireCode(simulator);
  await expect(codeEntry.resend).toBeFocused();
  await codeEntry.resend.click();
  await expect(codeEntry.resend).toBeHidden();
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toBeFocused();
});

test('a code that expires after the message limit was reached moves the focus to the message of its end', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessages(signingInUser, simulator);
  await expect(codeEntry.resend).toBeHidden();
  await codeEntry.expireCode(simulator);
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toBeFocused();
});
