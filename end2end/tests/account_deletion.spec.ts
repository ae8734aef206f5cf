import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('a user deletes the account and keeps it at the next sign-in, and every page is accessible', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  test.slow();
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Delete account' }).click();
  await expect(page).toHaveURL('/profile/delete');
  await expectAccessible(page, 'deletion');
  const username = page.getByLabel('Type your username to confirm');
  const confirm = page.getByRole('button', { name: 'Delete my account' });
  await username.fill('another-name');
  await confirm.click();
  await expect(page.getByText('This is not your username.')).toBeVisible();
  await expectAccessible(page, 'deletion, refused');
  await username.fill(signedInUser.username);
  await confirm.click();
  await expect(page).toHaveURL('/login');
  await expect(page.getByText('Your account will be deleted on')).toBeVisible();

  // Skips the resend cooldown.
  await simulator.advanceClock(30);
  await signInPage.submitPassword(signedInUser);
  const code = await signInPage.requestCode(signedInUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/keep-account');
  await expect(page.getByRole('heading', { name: 'Keep your account?' })).toBeVisible();
  await expectAccessible(page, 'question');
  await page.goto('/profile');
  await expect(page).toHaveURL('/keep-account');
  await page.getByRole('button', { name: 'Keep my account' }).click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your account stays as it is.')).toBeVisible();
});
