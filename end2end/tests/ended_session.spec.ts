import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { blockEventStream, blockWasm, waitForIslands } from '../support/loading.ts';
import type { Simulator } from '../support/simulator.ts';

const ENDED = 'Your session has ended. Please sign in again.';

/** Saves a name on a page that was opened before the session expired, and expects the sign-in page. */
async function saveNameAfterExpiry(page: Page, simulator: Simulator): Promise<void> {
  await page.goto('/profile/name');
  await page.getByLabel('Full name').fill('Ann Other');
  await simulator.advanceClock(31 * 60);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL('/login');
}

test('a payment submitted after a sign-out in another tab leads to the sign-in and back', async ({
  page,
  context,
  paymentPage,
  signInPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await paymentPage.goto();
  await waitForIslands(page);
  const other = await context.newPage();
  await other.goto('/dashboard');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other).toHaveURL('/login');

  const answer = page.waitForResponse('**/api/payments/begin');
  await paymentPage.submit({ recipient: 'Corner Shop', amount: '12.50' });
  // The island has called the server; a plain form would get a redirect.
  expect((await answer).status()).toBe(200);
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(ENDED);

  await simulator.advanceClock(30);
  await signInPage.submitPassword(signedInUser);
  const code = await signInPage.requestCode(signedInUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/payments/new');
});

test('a code entered after the session has ended leads to the sign-in', async ({
  page,
  context,
  phonePage,
  codeEntry,
  signInPage,
  simulator,
  signedInUser,
  pageErrors,
}) => {
  // The event stream would open the sign-in page when the session ends.
  await blockEventStream(page, pageErrors);
  const code = await phonePage.beginStepUp(signedInUser, simulator);
  await codeEntry.waitUntilReady();
  await context.clearCookies();
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(ENDED);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a name saved after the session has expired leads to the sign-in', async ({
    page,
    context,
    formClient,
    signInPage,
    simulator,
    registeredUser,
  }) => {
    await formClient.signIn(registeredUser);
    await formClient.copyCookiesTo(context);
    await saveNameAfterExpiry(page, simulator);
    await expect(signInPage.notice).toHaveText(ENDED);
  });
});

test('a name saved with blocked WASM after the session has expired leads to the sign-in', async ({
  page,
  context,
  formClient,
  signInPage,
  simulator,
  registeredUser,
  pageErrors,
}) => {
  await blockWasm(page, pageErrors);
  await formClient.signIn(registeredUser);
  await formClient.copyCookiesTo(context);
  await saveNameAfterExpiry(page, simulator);
  await expect(signInPage.notice).toHaveText(ENDED);
});
