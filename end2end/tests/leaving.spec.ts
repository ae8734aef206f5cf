import { expect, test } from '../fixtures.ts';

test('leaving by a link of the app cancels the code, here and at the provider', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  await page.getByRole('link', { name: 'Sallyport' }).click();
  await expect(signInPage.identifier).toBeVisible();
  await expect.poll(() => simulator.cancellations(signingIn.e164)).toBe(1);
  await page.goto('/login/verify');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.dialog).toBeHidden();
});

test('"Cancel" cancels the code, here and at the provider', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  await codeEntry.cancel.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.dialog).toBeHidden();
  await expect.poll(() => simulator.cancellations(signingIn.e164)).toBe(1);
});

test('a reload cancels nothing', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  await page.reload();
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
  expect(await simulator.cancellations(signingIn.e164)).toBe(0);
});

test('the skip link stays in the flow', async ({ page, codeEntry, simulator, signingIn }) => {
  await codeEntry.ready();
  await page.getByRole('link', { name: 'Skip to content' }).focus();
  await page.keyboard.press('Enter');
  await page.reload();
  await expect(codeEntry.validate).toBeVisible();
  expect(await simulator.cancellations(signingIn.e164)).toBe(0);
});

test('a link opened in another tab leaves the flow where it is', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Sallyport' }).click({ modifiers: ['ControlOrMeta'] });
  await (await opened).close();
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

test('a flow finished in one tab is over in the other', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  const other = await context.newPage();
  await other.goto('/login/verify');
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
  await other.reload();
  await expect(other).toHaveURL('/dashboard');
  await expect(page).toHaveURL('/dashboard');
});
