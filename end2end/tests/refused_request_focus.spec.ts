import { expect, test } from '../fixtures.ts';
import { type CodeEntry, TEXT } from '../pages/code_entry.ts';
import { blockWasm } from '../support/loading.ts';
import { requestCodeInOtherBrowser } from '../support/other_browser.ts';

/** Expects one message, which says that the code has expired and how long to wait, and a focused main action. */
async function expectExpiryAtMessageLimit(codeEntry: CodeEntry): Promise<void> {
  await expect(codeEntry.page.getByRole('alert').filter({ hasText: /./ })).toHaveText(
    /^The code has expired\. You can request another code in \d+ minutes\.$/,
  );
  await expect(codeEntry.page.getByText(/You can request another code/)).toHaveCount(1);
  await expect(codeEntry.resend).toBeHidden();
  await expect(codeEntry.anotherMethod).toBeFocused();
  await expect(codeEntry.anotherMethod).toHaveClass('primary');
}

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

test('after the expiry of a code, the message limit moves the focus from "Resend" to "Use another method"', async ({
  browser,
  baseURL,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessagesExceptLast(signingInUser, simulator);
  await requestCodeInOtherBrowser(browser, baseURL, signingInUser, simulator);
  await codeEntry.expireCode(simulator);
  await expect(codeEntry.resend).toBeFocused();
  await codeEntry.resend.click();
  await expectExpiryAtMessageLimit(codeEntry);
});

test('a code that expires after the message limit was reached moves the focus to "Use another method"', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessages(signingInUser, simulator);
  await expect(codeEntry.resend).toBeHidden();
  await codeEntry.expireCode(simulator);
  await expectExpiryAtMessageLimit(codeEntry);
  await page.reload();
  await expectExpiryAtMessageLimit(codeEntry);
});

test('with blocked WASM, the message limit after the expiry of a code leads to "Use another method" too', async ({
  page,
  pageErrors,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessages(signingInUser, simulator);
  await simulator.advanceClock(301);
  await blockWasm(page, pageErrors);
  await page.reload();
  await expectExpiryAtMessageLimit(codeEntry);
});
