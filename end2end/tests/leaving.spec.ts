import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { leaveAnotherCodePageAndAwaitCancellation } from '../support/leaving.ts';
import { blockEventStream, stallWasm } from '../support/loading.ts';

/** Expects the page of a verification that has ended. */
async function expectStartAgain(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Please start again' })).toBeVisible();
}

/** Records the paths of all requests of the browser from now on. */
function recordRequests(context: BrowserContext): string[] {
  const paths: string[] = [];
  context.on('request', (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}

test('a link of the app cancels the code in the app and at the provider', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.getByRole('link', { name: 'Sallyport' }).click();
  await expect(signInPage.identifier).toBeVisible();
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
  await page.goto('/login/verify');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.methodDialog).toBeHidden();
});

test('"Cancel" cancels the code in the app and at the provider', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await codeEntry.cancel.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.methodDialog).toBeHidden();
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
});

test('a reload does not cancel the code', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.reload();
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
});

test('the skip link does not cancel the code', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.getByRole('link', { name: 'Skip to content' }).focus();
  await page.keyboard.press('Enter');
  await page.reload();
  await expect(codeEntry.validate).toBeVisible();
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
});

test('a link opened in another tab does not cancel the code', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Sallyport' }).click({ modifiers: ['ControlOrMeta'] });
  await (await opened).close();
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('a sign-in completed in one tab has ended in another tab after a reload', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  pageErrors,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const other = await context.newPage();
  // With the event stream the other tab would leave by itself, at the same moment as the reload.
  await blockEventStream(other, pageErrors);
  await other.goto('/login/verify');
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
  await expect(other).toHaveURL('/login/verify');
  await other.reload();
  await expect(other).toHaveURL('/dashboard');
  await expect(page).toHaveURL('/dashboard');
});

test('the Back button cancels the code in the app and at the provider', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.goBack();
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
  await page.goto('/login/verify');
  await expectStartAgain(page);
});

test('an address typed into the address bar cancels the code', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.goto('/register');
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
  await page.goto('/login/verify');
  await expectStartAgain(page);
});

test('the address of the sign-in page cancels the code and shows an empty form', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await page.goto('/login');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.identifier).toHaveValue('');
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
});

test('closing the tab cancels the code', async ({
  page,
  context,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const other = await context.newPage();
  await other.goto('/register');
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
  await other.goto('/login/verify');
  await expectStartAgain(other);
});

test('closing one of two tabs with the code does not cancel it', async ({
  page,
  context,
  browser,
  baseURL,
  codeEntry,
  simulator,
  signInCode,
  signingInUser,
}) => {
  const other = await context.newPage();
  await other.goto('/login/verify');
  const otherEntry = new CodeEntry(other);
  await otherEntry.waitUntilReady();
  // The tab that is closed was opened last.
  await page.reload();
  await codeEntry.waitUntilReady();
  const reported = other.waitForResponse('**/api/verification/return');
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => page.isClosed()).toBe(true);
  expect((await reported).status()).toBe(200);
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
  await otherEntry.enter(signInCode);
  await expect(other).toHaveURL('/dashboard');
});

test('closing one of two tabs with the code does not cancel it if the WASM of the other tab does not load', async ({
  page,
  context,
  browser,
  baseURL,
  codeEntry,
  simulator,
  signInCode,
  registeredUser,
}) => {
  await stallWasm(page);
  const opened = page.waitForResponse('**/api/verification/return');
  await page.goto('/login/verify');
  await opened;
  // The tab that is closed was opened last.
  const other = await context.newPage();
  await other.goto('/login/verify');
  await new CodeEntry(other).waitUntilReady();
  const reported = page.waitForResponse('**/api/verification/return');
  await other.close({ runBeforeUnload: true });
  expect((await reported).status()).toBe(200);
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  expect(await simulator.cancellationCount(registeredUser.e164)).toBe(0);
  await expect(codeEntry.boxes.first()).toBeHidden();
  await codeEntry.fillAndSubmit(signInCode);
  await expect(page).toHaveURL('/dashboard');
});

test('closing all tabs with the code at once cancels it', async ({
  page,
  context,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const other = await context.newPage();
  await other.goto('/login/verify');
  await new CodeEntry(other).waitUntilReady();
  const rest = await context.newPage();
  await Promise.all([page, other].map((tab) => tab.close({ runBeforeUnload: true })));
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
  await rest.goto('/login/verify');
  await expectStartAgain(rest);
});

test('an app in front of the browser does not cancel the code', async ({
  page,
  context,
  browser,
  baseURL,
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const paths = recordRequests(context);
  // A phone hides the page in this way while the user reads the text message in another app.
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    document.dispatchEvent(new Event('freeze'));
  });
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  await page.evaluate(() => {
    document.dispatchEvent(new Event('resume'));
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'visible' });
  });
  await codeEntry.simulateTabReturn();
  expect(paths).not.toContain('/api/verification/leave');
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('a reloaded code page stays valid after the 8 seconds that cancel a page that was left', async ({
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
  await page.reload();
  await codeEntry.waitUntilReady();
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('a reloaded code page whose WASM does not load stays valid', async ({
  page,
  browser,
  baseURL,
  codeEntry,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await stallWasm(page);
  await page.reload();
  await expect(codeEntry.input).toBeVisible();
  await expect(codeEntry.boxes.first()).toBeHidden();
  await leaveAnotherCodePageAndAwaitCancellation(browser, baseURL, simulator);
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
  await codeEntry.fillAndSubmit(signInCode);
  await expect(page).toHaveURL('/dashboard');
});

test('a code that is being sent when the tab is closed is cancelled', async ({
  page,
  context,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  const rest = await context.newPage();
  await simulator.injectFaults({ on: 'create', kind: 'delay', delay_ms: 2_000 });
  const sends = await simulator.sendCount(signingInUser.e164);
  await codeEntry.resend.click();
  await expect.poll(() => simulator.sendCount(signingInUser.e164)).toBe(sends + 1);
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
  await rest.goto('/login/verify');
  await expectStartAgain(rest);
});
