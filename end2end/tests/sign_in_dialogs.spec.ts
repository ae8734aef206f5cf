import { expect, test } from '../fixtures.ts';

test('the choice of method says who is signing in', async ({ page, signInPage, registeredUser }) => {
  await signInPage.goto();
  const typed = ` ${registeredUser.email} `;
  await signInPage.submitPassword({ ...registeredUser, username: typed });
  const dialog = signInPage.methodDialog;
  await expect(dialog.getByText(`Signing in as ${registeredUser.email}.`)).toBeVisible();
  await page.reload();
  await signInPage.expectModal();
  await expect(dialog.getByText(`Signing in as ${registeredUser.username}.`)).toBeVisible();
});

test('every step of the set-up says who is signing in', async ({
  signInPage,
  codeEntry,
  importedUser,
}) => {
  await signInPage.goto();
  await signInPage.submitPassword(importedUser, signInPage.setUpDialog);
  const line = signInPage.setUpDialog.getByText(`Signing in as ${importedUser.username}.`);
  await expect(line).toBeVisible();
  await signInPage.setUpPhone.fill(importedUser.phone);
  await signInPage.sendVerificationCode.click();
  await codeEntry.waitUntilReady();
  await expect(line).toBeVisible();
});

test('"Cancel" in the choice of method after a reload keeps the username', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.goto();
  await signInPage.submitPassword(registeredUser);
  await page.reload();
  await signInPage.expectModal();
  await signInPage.cancel.click();
  await expect(signInPage.methodDialog).toBeHidden();
  await expect(signInPage.identifier).toHaveValue(registeredUser.username);
  await expect(signInPage.password).toHaveValue('');
});

for (const key of ['Cancel', 'Escape'] as const) {
  test(`${key} at the code of the set-up keeps the username and focuses the password`, async ({
    page,
    signInPage,
    codeEntry,
    importedUser,
  }) => {
    await signInPage.goto();
    await signInPage.submitPassword(importedUser, signInPage.setUpDialog);
    await signInPage.setUpPhone.fill(importedUser.phone);
    await signInPage.sendVerificationCode.click();
    await codeEntry.waitUntilReady();
    await (key === 'Cancel' ? codeEntry.cancel.click() : page.keyboard.press(key));
    await expect(signInPage.setUpDialog).toBeHidden();
    await expect(page).toHaveURL('/login');
    await expect(signInPage.identifier).toHaveValue(importedUser.username);
    await expect(signInPage.password).toBeFocused();
  });
}

test('"Not you?" at the code of a sign-in shows an empty form', async ({
  page,
  signInPage,
  codeEntry,
  signingInUser: _,
}) => {
  await codeEntry.waitUntilReady();
  await codeEntry.notYou.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.identifier).toHaveValue('');
});

test('"Send OTP" is explained, and the button of other methods is not', async ({
  page,
  pageErrors,
  signInPage,
}) => {
  // The entries of the gallery cannot reach the server.
  pageErrors.allow(/policy: connect-src|Content Security Policy/);
  await page.goto('/_gallery/method-dialog');
  await signInPage.expectModal();
  const text = 'OTP is the one-time code that we send to your phone.';
  await expect(signInPage.sendOtp).toHaveAccessibleDescription(text);
  await expect(signInPage.methodDialog.getByText(text)).toBeVisible();
  await signInPage.totp.check();
  const other = signInPage.methodDialog.getByRole('button', { name: 'Continue' });
  await expect(other).toHaveAccessibleDescription('');
  await expect(signInPage.methodDialog.getByText(text)).toBeHidden();
});
