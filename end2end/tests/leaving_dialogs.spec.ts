import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import { SignInPage } from '../pages/sign_in_page.ts';
import { expectNoDialog, leaveDialogOfAnotherBrowser } from '../support/leaving.ts';
import { blockWasm, waitForIslands } from '../support/loading.ts';

/** Opens the choice of method, which the browser shows already, in another tab. */
async function openDialogInAnotherTab(context: BrowserContext): Promise<Page> {
  const other = await context.newPage();
  await other.goto('/login');
  await new SignInPage(other).expectModal();
  return other;
}

test('closing the tab with the choice of method ends the sign-in, and the next visit has an empty form', async ({
  page,
  context,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const other = await context.newPage();
  await other.goto('/register');
  await page.close({ runBeforeUnload: true });
  await expectNoDialog(other);
});

test('with blocked WASM, closing the tab with the choice of method ends the sign-in', async ({
  page,
  context,
  formClient,
  pageErrors,
  signInPage,
  registeredUser,
}) => {
  await blockWasm(page, pageErrors);
  await formClient.submitPassword(registeredUser);
  await formClient.copyCookiesTo(context);
  await signInPage.goto();
  await expect(signInPage.methodDialog).toBeVisible();
  const other = await context.newPage();
  await other.goto('/register');
  await page.close({ runBeforeUnload: true });
  await expectNoDialog(other);
});

test('a reload keeps the choice of method after the 8 seconds that end a sign-in that was left', async ({
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
  const returned = page.waitForResponse('**/api/verification/return');
  await page.reload();
  expect((await returned).status()).toBe(200);
  await leaveDialogOfAnotherBrowser(browser, baseURL, registeredUser);
  await expect(signInPage.methodDialog).toBeVisible();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('the link to a lost phone in the choice of method does not end the sign-in', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const reported: string[] = [];
  page.on('request', (request) => reported.push(new URL(request.url()).pathname));
  await signInPage.methodDialog.getByRole('link', { name: 'Lost your phone?' }).click();
  await expect(page).toHaveURL('/lost-phone');
  await page.goto('/login');
  await signInPage.expectModal();
  expect(reported).not.toContain('/api/verification/leave');
});

test('closing the tab with the field for a recovery code ends the sign-in', async ({
  page,
  context,
  formClient,
  signInPage,
  registeredUser,
  simulator,
}) => {
  await formClient.signIn(registeredUser);
  await formClient.copyCookiesTo(context);
  const recoveryPage = new RecoveryCodesPage(page);
  await recoveryPage.goto();
  await recoveryPage.createFirst.click();
  await recoveryPage.readCodes();
  await context.clearCookies();
  await simulator.advanceClock(30);
  await signInPage.openMethodDialog(registeredUser);
  await signInPage.recovery.check();
  await signInPage.goOn.click();
  await expect(page).toHaveURL('/login/verify');
  await expect(page.getByRole('textbox', { name: 'Recovery code' })).toBeVisible();
  await waitForIslands(page);
  const other = await context.newPage();
  await other.goto('/register');
  await page.close({ runBeforeUnload: true });
  await expect
    .poll(async () => (await other.request.get('/login/verify')).text())
    .toContain('Please start again');
  await expectNoDialog(other);
});

test('closing one of two tabs with the choice of method does not end the sign-in', async ({
  page,
  context,
  browser,
  baseURL,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const other = await openDialogInAnotherTab(context);
  const reported = page.waitForResponse('**/api/verification/return');
  await other.close({ runBeforeUnload: true });
  expect((await reported).status()).toBe(200);
  await leaveDialogOfAnotherBrowser(browser, baseURL, registeredUser);
  await expect(signInPage.methodDialog).toBeVisible();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('closing a tab with the choice of method does not cancel the code that another tab waits for', async ({
  context,
  browser,
  baseURL,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const other = await openDialogInAnotherTab(context);
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.waitUntilReady();
  await other.close({ runBeforeUnload: true });
  await leaveDialogOfAnotherBrowser(browser, baseURL, registeredUser);
  expect(await simulator.cancellationCount(registeredUser.e164)).toBe(0);
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('a click that opens a link in another tab does not hide that the dialog is left', async ({
  page,
  context,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  const opened = context.waitForEvent('page');
  await signInPage.methodDialog.getByRole('link', { name: 'Lost your phone?' }).click({ modifiers: ['Control'] });
  const other = await opened;
  await page.close({ runBeforeUnload: true });
  await expectNoDialog(other);
});

test('the set-up dialog reports with its flow ID that it is open', async ({
  page,
  signInPage,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  const reported = page.waitForRequest('**/api/verification/return');
  await page.reload();
  const flow = await signInPage.setUpDialog.locator('[name=flow_id]').first().inputValue();
  const values = new URLSearchParams((await reported).postData() ?? '');
  expect(flow).toMatch(/^[0-9a-f]{32}$/);
  expect(values.get('flow_id')).toBe(flow);
});
