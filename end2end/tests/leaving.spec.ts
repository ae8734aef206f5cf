import { expect, test } from '../fixtures.ts';

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
  await other.route('**/verification/events*', (route) => route.abort());
  pageErrors.allow(/ERR_FAILED/);
  await other.goto('/login/verify');
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
  await expect(other).toHaveURL('/login/verify');
  await other.reload();
  await expect(other).toHaveURL('/dashboard');
  await expect(page).toHaveURL('/dashboard');
});
