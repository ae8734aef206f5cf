import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { holdAnswer, nextFrames } from '../support/held_answers.ts';
import { waitForIslands } from '../support/loading.ts';

/** Submits the form of the page, runs `change` during the call, and waits until the page has handled the answer. */
async function submitAndChange(page: Page, path: string, change: () => Promise<void>): Promise<void> {
  await waitForIslands(page);
  const releaseResponse = await holdAnswer(page, path);
  const sent = page.waitForRequest(path);
  const answered = page.waitForResponse(path);
  await page.locator('main button.primary[type=submit]').click();
  await sent;
  await change();
  releaseResponse();
  await (await answered).finished();
  await nextFrames(page);
  await expect(page.locator('main button.primary[type=submit]')).not.toHaveAttribute('aria-busy');
}

test('an answer does not mark an amount that was typed during the call', async ({ page, signedInUser: _ }) => {
  await page.goto('/payments/new');
  await page.locator('#recipient').fill('Corner Shop');
  const amount = page.locator('#amount');
  await amount.fill('abc');
  await submitAndChange(page, '**/api/payments/begin', () => amount.fill('12.50'));
  await expect(amount).toHaveValue('12.50');
  await expect(amount).not.toHaveAttribute('aria-invalid');
  await expect(page.locator('#amount-error')).toBeEmpty();
  await page.locator('main button.primary[type=submit]').click();
  await expect(page.getByText('12.50 USD').first()).toBeVisible();
});

test('an answer marks an amount that stayed the same, although another field was changed during the call', async ({
  page,
  signedInUser: _,
}) => {
  await page.goto('/payments/new');
  const recipient = page.locator('#recipient');
  await recipient.fill('Corner Shop');
  await page.locator('#amount').fill('abc');
  await submitAndChange(page, '**/api/payments/begin', () => recipient.fill('Corner Store'));
  await expect(page.locator('#amount')).toHaveAttribute('aria-invalid', 'true');
});

test('an answer does not clear a password that was typed during the call', async ({ page, signedInUser }) => {
  await page.goto('/profile/password');
  await page.getByLabel('Current password').fill(signedInUser.password);
  const password = page.getByLabel('New password');
  await password.fill('password1');
  const next = 'a quite different 88 phrase';
  await submitAndChange(page, '**/api/password/change', () => password.fill(next));
  await expect(password).toHaveValue(next);
  await expect(password).not.toHaveAttribute('aria-invalid');
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page).toHaveURL('/profile');
});
