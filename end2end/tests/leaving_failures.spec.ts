import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { SignInPage } from '../pages/sign_in_page.ts';
import {
  expectNoDialog,
  leaveAnotherCodePageAndAwaitCancellation,
  leaveDialogOfAnotherBrowser,
} from '../support/leaving.ts';
import { blockWasm, stallWasm } from '../support/loading.ts';

test.use({
  settings: {
    SALLYPORT_CAPTCHA_COST: '1',
    SALLYPORT_BRAND_SUPPORT_URL: 'mailto:help@example.com',
  },
});

test.beforeEach(({ pageErrors }) => {
  pageErrors.allow(/status of 502/);
});

/**
 * Makes a proxy refuse the next requests of the page to a server function of verifications. The returned function waits
 * until it has refused them.
 */
async function refuseRequests(page: Page, action: 'return' | 'cancel', times = 1): Promise<() => Promise<void>> {
  let refused = 0;
  await page.route(
    `**/api/verification/${action}`,
    (route) => {
      refused++;
      return route.fulfill({ status: 502 });
    },
    { times },
  );
  return () => expect.poll(() => refused).toBe(times);
}

/** Leaves the next request of the page that cancels a verification without an answer. */
async function stallNextCancellation(page: Page): Promise<void> {
  await page.route('**/api/verification/cancel', () => undefined, { times: 1 });
}

for (const loadsWasm of [true, false]) {
  const tab = loadsWasm ? 'an open tab' : 'an open tab without WASM';
  test(`${tab} repeats a refused report, so closing another tab does not cancel the code`, async ({
    page,
    context,
    browser,
    baseURL,
    codeEntry,
    simulator,
    signInCode,
    registeredUser,
  }) => {
    if (!loadsWasm) await stallWasm(page);
    const opened = page.waitForResponse('**/api/verification/return');
    await page.goto('/login/verify');
    await opened;
    if (loadsWasm) await codeEntry.waitUntilReady();
    // The tab that is closed was opened last.
    const other = await context.newPage();
    await other.goto('/login/verify');
    await new CodeEntry(other).waitUntilReady();
    const awaitRefusal = await refuseRequests(page, 'return');
    await other.close({ runBeforeUnload: true });
    await awaitRefusal();
    await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
    expect(await simulator.cancellationCount(registeredUser.e164)).toBe(0);
    await (loadsWasm ? codeEntry.enter(signInCode) : codeEntry.fillAndSubmit(signInCode));
    await expect(page).toHaveURL('/dashboard');
  });
}

test('a reloaded code page repeats a refused report, so the code stays valid', async ({
  page,
  browser,
  baseURL,
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const awaitRefusal = await refuseRequests(page, 'return');
  await page.reload();
  await awaitRefusal();
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('a reloaded choice of method repeats a refused report, so the sign-in does not end', async ({
  page,
  browser,
  baseURL,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const awaitRefusal = await refuseRequests(page, 'return');
  await page.reload();
  await awaitRefusal();
  await leaveDialogOfAnotherBrowser(browser, baseURL, registeredUser);
  await expect(signInPage.methodDialog).toBeVisible();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('a refused "Cancel" in the choice of method is repeated and ends the sign-in', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const awaitRefusal = await refuseRequests(page, 'cancel');
  await signInPage.cancel.click();
  await awaitRefusal();
  await expect(signInPage.methodDialog).toBeHidden();
  await expectNoDialog(page);
});

test('after four refusals of "Cancel" in the choice of method, leaving the page ends the sign-in', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const awaitRefusals = await refuseRequests(page, 'cancel', 4);
  await signInPage.cancel.click();
  await expect(signInPage.methodDialog).toBeHidden();
  await awaitRefusals();
  await page.goto('/register');
  await expectNoDialog(page);
});

test('a second click on a refused "Cancel" does not keep the sign-in', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const awaitRefusal = await refuseRequests(page, 'cancel');
  await signInPage.cancel.dblclick();
  await awaitRefusal();
  await expect(signInPage.methodDialog).toBeHidden();
  await expectNoDialog(page);
});

for (const way of ['Cancel', 'Back'] as const) {
  test(`${way} closes the choice of method and ends the sign-in if the first request is not answered`, async ({
    page,
    signInPage,
    registeredUser,
  }) => {
    await page.goto('/register');
    await signInPage.openMethodDialog(registeredUser);
    await stallNextCancellation(page);
    await (way === 'Cancel' ? signInPage.cancel.click() : page.goBack());
    await expect(signInPage.methodDialog).toBeHidden();
    await expectNoDialog(page);
  });
}

test('a refused "Cancel" does not end the sign-in that the user begins next', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  await page.route('**/api/verification/cancel', (route) => route.fulfill({ status: 502 }));
  await signInPage.cancel.click();
  await signInPage.expectMethodDialogClosed();
  await signInPage.submitPassword(registeredUser);
  await page.unroute('**/api/verification/cancel');
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('a refused "Cancel" does not end the sign-in that the user begins in another tab', async ({
  page,
  context,
  browser,
  baseURL,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const awaitRefusals = await refuseRequests(page, 'cancel', 4);
  await signInPage.cancel.click();
  await awaitRefusals();
  const other = await context.newPage();
  const otherSignIn = new SignInPage(other);
  await otherSignIn.goto();
  await otherSignIn.expectModal();
  await otherSignIn.cancel.click();
  await otherSignIn.expectMethodDialogClosed();
  await otherSignIn.submitPassword(registeredUser);
  const code = await otherSignIn.requestCode(registeredUser, simulator);
  await new CodeEntry(other).waitUntilReady();
  // The first tab cancels once more when it is left.
  await page.goto('/register');
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  expect(await simulator.cancellationCount(registeredUser.e164)).toBe(0);
  await new CodeEntry(other).enter(code);
  await expect(other).toHaveURL('/dashboard');
});

test('a wrong password after a refused "Cancel" does not keep the sign-in', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  await page.route('**/api/verification/cancel', (route) => route.fulfill({ status: 502 }));
  await signInPage.cancel.click();
  await signInPage.expectMethodDialogClosed();
  await signInPage.fill({ ...registeredUser, password: 'not the password' });
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
  await page.unroute('**/api/verification/cancel');
  await page.goto('/register');
  await expectNoDialog(page);
});

test('a link of the app cancels the code if a proxy refuses the first request', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await refuseRequests(page, 'cancel');
  await page.getByRole('link', { name: 'Sallyport' }).click();
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
});

test('Back at the code of the set-up cancels it if the first request is not answered', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await signInPage.submitSetUpPhone(importedUser.phone);
  await codeEntry.waitUntilReady();
  await stallNextCancellation(page);
  await page.goBack();
  await expect.poll(() => simulator.cancellationCount(importedUser.e164)).toBe(1);
});

test('with blocked WASM, a click on a mail link does not hide that the dialog is left', async ({
  page,
  context,
  formClient,
  pageErrors,
  signInPage,
  registeredUser,
}) => {
  pageErrors.allow(/mailto:/);
  await blockWasm(page, pageErrors);
  await formClient.submitPassword(registeredUser);
  await formClient.copyCookiesTo(context);
  await signInPage.goto();
  await expect(signInPage.methodDialog).toBeVisible();
  await page.getByRole('link', { name: 'Help', exact: true }).press('Enter');
  const other = await context.newPage();
  await other.goto('/register');
  await page.close({ runBeforeUnload: true });
  await expectNoDialog(other);
});
