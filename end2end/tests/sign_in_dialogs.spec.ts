import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { holdAnswer } from '../support/held_answers.ts';
import { waitForIslands } from '../support/loading.ts';

/** Expects that the browser has left the history entry of a dialog. */
async function expectNoDialogEntry(page: Page): Promise<void> {
  // Unlike `evaluate`, this goes on after a navigation.
  await page.waitForFunction(() => history.state === null);
}

/** Expects that one Back opens the page that was open before the sign-in page. */
async function expectOneBackLeaves(page: Page): Promise<void> {
  await expectNoDialogEntry(page);
  await page.goBack();
  await expect(page).toHaveURL('/register');
}

for (const isReloaded of [false, true]) {
  const when = isReloaded ? ' after a reload' : '';
  test(`Back${when} closes the choice of method and ends the sign-in`, async ({
    page,
    signInPage,
    registeredUser,
  }) => {
    await page.goto('/register');
    await signInPage.openMethodDialog(registeredUser);
    if (isReloaded) {
      await page.reload();
      await signInPage.expectModal();
    }
    await page.goBack();
    await expect(signInPage.methodDialog).toBeHidden();
    await expect(page).toHaveURL('/login');
    await expect(signInPage.identifier).toHaveValue(registeredUser.username);
    await expect(page.locator('main form :focus')).toHaveCount(1);
    await page.reload();
    await expect(signInPage.identifier).toBeVisible();
    await expect(signInPage.methodDialog).toBeHidden();
    await page.goBack();
    await expect(page).toHaveURL('/register');
  });
}

for (const key of ['Cancel', 'Escape'] as const) {
  test(`after ${key} in the choice of method, one Back leaves the sign-in page`, async ({
    page,
    signInPage,
    registeredUser,
  }) => {
    await page.goto('/register');
    await signInPage.openMethodDialog(registeredUser);
    await (key === 'Cancel' ? signInPage.cancel.click() : page.keyboard.press(key));
    await expect(signInPage.methodDialog).toBeHidden();
    await expect(page).toHaveURL('/login');
    await expectOneBackLeaves(page);
  });
}

test('after Back from the code, one more Back leaves the sign-in page', async ({
  page,
  signInPage,
  codeEntry,
  registeredUser,
}) => {
  await page.goto('/register');
  await signInPage.openMethodDialog(registeredUser);
  await signInPage.sendOtp.click();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.waitUntilReady();
  await page.goBack();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.identifier).toBeVisible();
  await expect(signInPage.methodDialog).toBeHidden();
  await page.goBack();
  await expect(page).toHaveURL('/register');
});

test('Back closes the set-up of a phone number and focuses the password', async ({
  page,
  signInPage,
  importedUser,
}) => {
  await page.goto('/register');
  await signInPage.openSetUpDialog(importedUser);
  await page.goBack();
  await expect(signInPage.setUpDialog).toBeHidden();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.identifier).toHaveValue(importedUser.username);
  await expect(signInPage.password).toHaveValue('');
  await expect(signInPage.password).toBeFocused();
  await page.reload();
  await expect(signInPage.identifier).toBeVisible();
  await expect(signInPage.setUpDialog).toBeHidden();
  await page.goBack();
  await expect(page).toHaveURL('/register');
});

test('after Escape in the set-up, one Back leaves the sign-in page', async ({
  page,
  signInPage,
  importedUser,
}) => {
  await page.goto('/register');
  await signInPage.openSetUpDialog(importedUser);
  await page.keyboard.press('Escape');
  await expect(signInPage.setUpDialog).toBeHidden();
  await expectOneBackLeaves(page);
});

test('Back at the code of the set-up cancels it and keeps the username', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  await page.goto('/register');
  await signInPage.requestSetUpCode(importedUser, simulator);
  await codeEntry.waitUntilReady();
  await page.goBack();
  await expect(signInPage.setUpDialog).toBeHidden();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.identifier).toHaveValue(importedUser.username);
  await expect.poll(() => simulator.cancellationCount(importedUser.e164)).toBe(1);
});

for (const key of ['Cancel', 'Escape'] as const) {
  test(`after ${key} at the code of the set-up, one Back leaves the sign-in page`, async ({
    page,
    signInPage,
    codeEntry,
    simulator,
    importedUser,
  }) => {
    await page.goto('/register');
    await signInPage.requestSetUpCode(importedUser, simulator);
    await codeEntry.waitUntilReady();
    await (key === 'Cancel' ? codeEntry.cancel.click() : page.keyboard.press(key));
    await expect(signInPage.setUpDialog).toBeHidden();
    await expect(page).toHaveURL('/login');
    await expect(signInPage.password).toBeFocused();
    await expect.poll(() => simulator.cancellationCount(importedUser.e164)).toBe(1);
    await expectOneBackLeaves(page);
  });
}

test('after "Use a different number" and "Cancel" in the set-up, one Back leaves the sign-in page', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  await page.goto('/register');
  await signInPage.requestSetUpCode(importedUser, simulator);
  await codeEntry.waitUntilReady();
  await codeEntry.differentNumber.click();
  await expect(signInPage.setUpPhone).toBeVisible();
  await signInPage.expectModal(signInPage.setUpDialog);
  await signInPage.setUpDialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(signInPage.setUpDialog).toBeHidden();
  await expectOneBackLeaves(page);
});

test('after "Start again" at the end of the set-up, one Back leaves the sign-in page', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  await page.goto('/register');
  const code = await signInPage.requestSetUpCode(importedUser, simulator);
  await codeEntry.useUpAttempts(code);
  await expect(codeEntry.startAgain).toBeFocused();
  await codeEntry.startAgain.click();
  await expect(signInPage.setUpDialog).toBeHidden();
  await expect(page).toHaveURL('/login');
  await expectOneBackLeaves(page);
});

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
  await signInPage.openSetUpDialog(importedUser);
  const line = signInPage.setUpDialog.getByText(`Signing in as ${importedUser.username}.`);
  await expect(line).toBeVisible();
  await signInPage.submitSetUpPhone(importedUser.phone);
  await codeEntry.waitUntilReady();
  await expect(line).toBeVisible();
});

test('"Cancel" in the choice of method after a reload keeps the username', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
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
    simulator,
    importedUser,
  }) => {
    await signInPage.requestSetUpCode(importedUser, simulator);
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
  pageErrors.allowGalleryErrors();
  await page.goto('/_gallery/method-dialog');
  await signInPage.expectModal();
  const text = 'OTP is the one-time code that we send to your phone.';
  await expect(signInPage.sendOtp).toBeVisible();
  await expect(signInPage.methodDialog.getByText(text)).toBeVisible();
  await signInPage.totp.check();
  const other = signInPage.methodDialog.getByRole('button', { name: 'Continue' });
  await expect(other).toBeVisible();
  await expect(signInPage.methodDialog.getByText(text)).toBeHidden();
});

for (const { name, text } of [
  { name: 'register-send', text: 'OTP is the one-time code that we send to your phone.' },
  { name: 'code-sent', text: 'OTP means one-time password: a code that is valid once.' },
  { name: 'phone-code', text: 'OTP means one-time password: a code that is valid once.' },
]) {
  test(`the page explains the word OTP: ${name}`, async ({ page, pageErrors }) => {
    pageErrors.allowGalleryErrors();
    await page.goto(`/_gallery/${name}`);
    await expect(page.getByRole('main').getByText(/OTP/).first()).toBeVisible();
    await expect(page.getByText(text)).toBeVisible();
    await page.goto(`/_gallery/${name}?lang=de`);
    await expect(page.getByRole('main').getByText(/OTP/)).toHaveCount(0);
  });
}

test('the dialog shows the submitted username after the field was edited', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await waitForIslands(page);
  await signInPage.notARobot.check();
  const begin = '**/api/login/begin';
  const releaseResponse = await holdAnswer(page, begin);
  const sent = page.waitForRequest(begin);
  await signInPage.submit.click();
  await sent;
  await signInPage.identifier.fill('another.user');
  releaseResponse();
  await signInPage.expectModal();
  const line = signInPage.methodDialog.getByText(`Signing in as ${registeredUser.username}.`);
  await expect(line).toBeVisible();
});
