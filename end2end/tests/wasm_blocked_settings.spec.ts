import { expect, test } from '../fixtures.ts';
import { SessionsPage } from '../pages/sessions_page.ts';
import { FormClient } from '../support/form_client.ts';
import { blockWasm } from '../support/loading.ts';

// The settings of production. The scripts load but the WASM does not.
test.use({ settings: {} });
test.slow();

test.beforeEach(async ({ page, context, pageErrors, formClient, simulator, registeredUser }) => {
  await blockWasm(page, pageErrors);
  await formClient.signIn(registeredUser);
  await formClient.copyCookiesTo(context);
  await simulator.advanceClock(30);
});

test('a name is changed', async ({ page }) => {
  await page.goto('/profile/name');
  await page.getByLabel('Full name').fill('Another Name');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Your changes are saved.')).toBeVisible();
});

test('a password is changed', async ({ page, registeredUser }) => {
  await page.goto('/profile/password');
  await page.getByLabel('Current password').fill(registeredUser.password);
  await page.getByLabel('New password').fill('a quite different 88 phrase');
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page.locator('.notice.success').filter({ hasText: 'password' })).toBeVisible();
});

test('the data of the account can be downloaded', async ({ page }) => {
  await page.goto('/profile/export');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await downloading).suggestedFilename()).toBe('account-data.json');
});

test('other sessions can be ended', async ({ app, page, simulator, registeredUser }) => {
  await new FormClient(app).signIn(registeredUser);
  await simulator.advanceClock(30);
  const sessionsPage = new SessionsPage(page);
  await sessionsPage.goto();
  await expect(sessionsPage.sessions).toHaveCount(2);
  await sessionsPage.signOutEverywhereElse.click();
  await expect(sessionsPage.notice).toHaveText('You are signed out everywhere else.');
  await expect(sessionsPage.sessions).toHaveCount(1);
});

test('an account is deleted, and kept at the next sign-in', async ({
  app,
  page,
  context,
  registeredUser,
}) => {
  await page.goto('/profile/delete');
  await page.getByLabel('Type your username to confirm').fill(registeredUser.username);
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page).toHaveURL('/login');
  await expect(page.getByText('Your account will be deleted on')).toBeVisible();
  const client = new FormClient(app);
  const code = await client.requestSignInCode(registeredUser);
  await client.post('verification/check', { purpose: 'sign_in', code }, '/keep-account');
  await client.copyCookiesTo(context);
  await page.goto('/keep-account');
  await page.getByRole('button', { name: 'Keep my account' }).click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your account stays as it is.')).toBeVisible();
});
