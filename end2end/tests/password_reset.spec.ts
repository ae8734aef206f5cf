import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { waitForLink } from '../support/contact_links.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

const NEW_PASSWORD = 'a quite different 88 phrase';

test('a forgotten password is reset by mail and code, and every page is accessible', async ({
  page,
  signInPage,
  passwordResetPage,
  codeEntry,
  simulator,
  registeredUser,
  pageErrors,
}) => {
  test.slow();
  await signInPage.goto();
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page).toHaveURL('/forgot-password');
  await expectAccessible(page, 'forgotten password');
  await passwordResetPage.submitUsername(registeredUser);
  await expectAccessible(page, 'forgotten password, requested');

  const link = await waitForLink(simulator, registeredUser.email, 'reset-password');
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await expectAccessible(page, 'new password');
  await passwordResetPage.submitPassword('password1');
  await expect(page.getByText('This password is too common.')).toBeVisible();
  await expectAccessible(page, 'new password, refused');
  await passwordResetPage.submitPassword(NEW_PASSWORD);
  await expect(page).toHaveURL('/reset-password');
  await expect(page.getByRole('heading', { name: 'Choose Verification Method' })).toBeVisible();
  await expectAccessible(page, 'choice of method');
  const code = await simulator.codeSentTo(registeredUser.e164, () =>
    page.getByRole('button', { name: 'Send OTP' }).click(),
  );
  await expect(page).toHaveURL('/reset-password/verify');
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'code');
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
  await expect(page.getByText('Your new password is saved.')).toBeVisible();
  await signInPage.submitPassword({ ...registeredUser, password: NEW_PASSWORD });

  // The answer of a used link is 410.
  pageErrors.allow(/410/);
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  await expectAccessible(page, 'used link');
  await page.getByRole('link', { name: 'Request a new link' }).click();
  await expect(page).toHaveURL('/forgot-password');
});

test('a signed-in user changes the password, and every page is accessible', async ({
  page,
  signedInUser,
}) => {
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Change password' }).click();
  await expect(page).toHaveURL('/profile/password');
  await expectAccessible(page, 'change of password');
  await page.getByLabel('Current password').fill('a wrong password');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page.getByText('Incorrect password.')).toBeVisible();
  await expectAccessible(page, 'change of password, refused');
  await page.getByLabel('Current password').fill(signedInUser.password);
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
});
