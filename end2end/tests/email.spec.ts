import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { waitForIslands } from '../support/loading.ts';
import { readCodeFromMail, readFromMail } from '../support/mail.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('an email address is confirmed from the dashboard, and every page is accessible', async ({
  page,
  newUser,
  formClient,
  context,
  codeEntry,
  simulator,
}) => {
  await formClient.register(newUser);
  await simulator.advanceClock(30);
  const signInCode = await formClient.requestSignInCode(newUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/login/verify');
  await codeEntry.enter(signInCode);
  await expect(page).toHaveURL('/dashboard');
  await expectAccessible(page, 'dashboard with an unconfirmed address');
  await page.getByRole('link', { name: 'Confirm your email address' }).click();
  await expect(page).toHaveURL('/verify-email');
  await expectAccessible(page, 'before the code');
  await page.getByRole('button', { name: 'Send Verification Code' }).click();
  // The mail can arrive before the answer to the form.
  await expect(page.getByLabel('One-time code')).toBeVisible();
  const code = await readCodeFromMail(simulator, newUser.email);
  await expectAccessible(page, 'code of the mail');
  await page.getByLabel('One-time code').fill('12345');
  await page.getByRole('button', { name: 'Validate' }).click();
  await expect(page.getByText('Enter the 6 digits of the code.')).toBeVisible();
  await expectAccessible(page, 'code of the mail, refused');
  // The style sheet shows the button in grey until the code changes.
  await expect(page.locator('[data-refused]')).toHaveCount(1);
  await page.getByLabel('One-time code').fill(code);
  await expect(page.locator('[data-refused]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Validate' }).click();
  await expect(page).toHaveURL('/dashboard');
  await expect(page.getByText('Your email address is confirmed.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Confirm your email address' })).toBeHidden();
});

test('a signed-in user changes the email address, and every page is accessible', async ({
  page,
  signedInUser,
  simulator,
}) => {
  const address = `new.${signedInUser.email}`;
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Change email address' }).click();
  await expect(page).toHaveURL('/profile/email');
  await expectAccessible(page, 'change of email');
  await page.getByLabel('New email address').fill(signedInUser.email);
  await page.getByRole('button', { name: 'Send Verification Code' }).click();
  await expect(page.getByText('This is already your email address.')).toBeVisible();
  await page.getByLabel('New email address').fill(address);
  await page.getByRole('button', { name: 'Send Verification Code' }).click();
  await expect(page).toHaveURL('/verify-email');
  const code = await readCodeFromMail(simulator, address);
  await page.getByLabel('One-time code').fill(code);
  await page.getByRole('button', { name: 'Validate' }).click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your email address has been changed.')).toBeVisible();
  await expect(page.getByText(address)).toBeVisible();
});

test('a change of the email address is cancelled with the link in the mail', async ({
  page,
  signedInUser,
  simulator,
  pageErrors,
}) => {
  await page.goto('/profile/email');
  await page.getByLabel('New email address').fill(`new.${signedInUser.email}`);
  await page.getByRole('button', { name: 'Send Verification Code' }).click();
  await expect(page).toHaveURL('/verify-email');
  const link = await readFromMail(simulator, signedInUser.email, /(\/email-change\/[\w-]+)/);
  await page.goto(link);
  await expectAccessible(page, 'cancel link');
  await page.getByRole('button', { name: 'Stop the change' }).click();
  await expect(page).toHaveURL('/login');
  await expect(page.getByText('The change was stopped')).toBeVisible();

  // The answer of a used link is 410.
  pageErrors.allow(/410/);
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  await expectAccessible(page, 'used cancel link');
});

test('a signed-in user changes name and username, and every page is accessible', async ({
  page,
  signedInUser,
}) => {
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Change name or username' }).click();
  await expect(page).toHaveURL('/profile/name');
  await expectAccessible(page, 'change of names');
  await expect(page.getByLabel('Username')).toHaveValue(signedInUser.username);
  await waitForIslands(page);
  await page.getByLabel('Username').fill('a b');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Use 3 to 64 letters')).toBeVisible();
  // The focus moves in the frame after the message.
  await expect(page.getByLabel('Username')).toBeFocused();
  await page.getByLabel('Full name').fill('Ann Other');
  await page.getByLabel('Username').fill(`${signedInUser.username}.x`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your changes are saved.')).toBeVisible();
  await expect(page.getByText('Ann Other')).toBeVisible();
});
