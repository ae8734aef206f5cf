import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { waitForLink } from '../support/contact_links.ts';
import type { User } from '../support/user.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** Opens `/lost-phone` and fills in the form, without submitting it. */
async function fillLostPhoneForm(page: Page, user: User): Promise<void> {
  await page.goto('/lost-phone');
  await page.getByLabel('Username or email').fill(user.username);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByLabel("I'm not a robot").check();
}

test('a lost phone is reported after the password and the report is cancelled, and every page is accessible', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
  pageErrors,
}) => {
  test.slow();
  await signInPage.openMethodDialog(registeredUser);
  await page.getByRole('link', { name: 'Lost your phone?' }).click();
  await expect(page).toHaveURL('/lost-phone');
  await expect(page.getByRole('heading', { name: 'Lost your phone?' })).toBeVisible();
  await expectAccessible(page, 'lost phone');
  await page.getByRole('button', { name: 'Send mail' }).click();
  await expect(page.getByText('An email with a link is on its way')).toBeVisible();

  await page.goto(await waitForLink(simulator, registeredUser.email, 'lost-phone'));
  await expectAccessible(page, 'report of a lost phone');
  await page.getByRole('button', { name: 'My phone is lost' }).click();
  await expect(page.getByText('Your phone is reported lost.')).toBeVisible();

  const link = await waitForLink(simulator, registeredUser.email, 'recovery');
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Keep your phone number?' })).toBeVisible();
  await expectAccessible(page, 'cancelling a recovery');
  await page.getByRole('button', { name: 'Cancel and keep my number' }).click();
  await expect(page.getByText('Cancelled: your phone number stays.')).toBeVisible();

  // The answer of a used link is 410.
  pageErrors.allow(/410/);
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  await expectAccessible(page, 'used link');
});

test('a lost phone is reported with username and password', async ({
  page,
  simulator,
  registeredUser,
}) => {
  await fillLostPhoneForm(page, registeredUser);
  await expectAccessible(page, 'lost phone with password');
  await page.getByRole('button', { name: 'Send mail' }).click();
  await expect(page.getByText('An email with a link is on its way')).toBeVisible();
  expect(await waitForLink(simulator, registeredUser.email, 'lost-phone')).not.toBe('');
});

test('the sixth report of a lost phone in a day is refused with the hours until the next one', async ({
  page,
  registeredUser,
  pageErrors,
}) => {
  test.slow();
  // The answer of a reached limit is 429.
  pageErrors.allow(/429/);
  for (let report = 1; report <= 6; report += 1) {
    await fillLostPhoneForm(page, registeredUser);
    await page.getByRole('button', { name: 'Send mail' }).click();
    const answer =
      report <= 5
        ? 'An email with a link is on its way'
        : /Too many requests\. Try again in \d+ hours\./;
    await expect(page.getByText(answer)).toBeVisible();
  }
});
