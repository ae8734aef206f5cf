import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { wrongCode } from '../support/simulator.ts';
import { generateUser } from '../support/user.ts';

test('a user with an unverified phone number confirms it in a dialog over the login page', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await expect(page).toHaveURL('/login');
  const explanation = `Your number on file is ${importedUser.masked}. Enter it below to confirm, or type a different number.`;
  await expect(signInPage.setUpDialog.getByText(explanation)).toBeVisible();
  await expect(signInPage.setUpPhone).toBeFocused();
  await page.reload();
  await signInPage.expectModal(signInPage.setUpDialog);
  await expect(signInPage.setUpPhone).toBeFocused();
  const code = await simulator.codeSentTo(importedUser.e164, () =>
    signInPage.submitSetUpPhone(importedUser.phone),
  );

  await expect(signInPage.setUpDialog.getByLabel('One-time code')).toBeVisible();
  await expect(page).toHaveURL('/login');
  await signInPage.expectModal(signInPage.setUpDialog);
  await codeEntry.enter(wrongCode(code));
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.enter(code);
  await dashboardPage.expectUser(importedUser);

  // The next sign-in asks for the verification method.
  await dashboardPage.signOut.click();
  await simulator.advanceClock(30);
  await signInPage.submitPassword(importedUser);
});

test('a user replaces an unverified phone number by another one', async ({
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  importedUser,
}) => {
  const other = generateUser();
  await signInPage.openSetUpDialog(importedUser);
  await signInPage.submitSetUpPhone('12');
  await expect(signInPage.setUpDialog.getByText(/Enter a valid phone number/)).toBeVisible();
  const code = await simulator.codeSentTo(other.e164, () =>
    signInPage.submitSetUpPhone(other.phone),
  );
  await codeEntry.enter(code);
  await dashboardPage.expectUser({ ...importedUser, masked: other.masked });
});

test('a user confirms a verified phone number before replacing it by another one', async ({
  app,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  app.runCommand(['user', 'reset-mfa', registeredUser.username]);
  const other = generateUser();
  await signInPage.openSetUpDialog(registeredUser);
  const code = await simulator.codeSentTo(registeredUser.e164, () =>
    signInPage.submitSetUpPhone(other.phone),
  );
  await expect(signInPage.setUpDialog.getByText(registeredUser.masked)).toBeVisible();
  await codeEntry.enter(code);
  await expect(signInPage.setUpDialog.getByText(/Your number on file is confirmed/)).toBeVisible();
  expect(await simulator.sendCount(other.e164)).toBe(0);
  const otherCode = await simulator.codeSentTo(other.e164, () =>
    signInPage.sendVerificationCode.click(),
  );
  await codeEntry.enter(otherCode);
  await dashboardPage.expectUser({ ...registeredUser, masked: other.masked });
});

test('"Cancel" ends the set-up of the phone number and cancels its code', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  await signInPage.requestSetUpCode(importedUser, simulator);
  await codeEntry.waitUntilReady();
  await codeEntry.cancel.click();
  await expect(signInPage.setUpDialog).toBeHidden();
  await expect(signInPage.submit).toBeVisible();
  await expect.poll(() => simulator.cancellationCount(importedUser.e164)).toBe(1);
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
});

test('every step of the set-up of a phone number is accessible', async ({
  page,
  signInPage,
  codeEntry,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await expectAccessible(page, 'set-up, number');
  await signInPage.submitSetUpPhone('12');
  await expect(signInPage.setUpDialog.getByText(/Enter a valid phone number/)).toBeVisible();
  await expectAccessible(page, 'set-up, refused');
  await signInPage.submitSetUpPhone(importedUser.phone);
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'set-up, code');
});
