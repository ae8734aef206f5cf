import { expect, test } from '../fixtures.ts';
import { stallWasm, waitForIslands } from '../support/loading.ts';

test('a user signs in with password and code', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.goto();
  await expect(signInPage.submit).toBeDisabled();
  await signInPage.submitPassword(registeredUser);
  await expect(page).toHaveURL('/login');
  await expect(signInPage.sms).toBeChecked();
  await expect(signInPage.methodDialog.getByText(registeredUser.masked)).toBeVisible();
  const code = await signInPage.requestCode(registeredUser, simulator);

  await expect(page).toHaveURL('/login/verify');
  await expect(page.getByRole('heading', { name: 'OTP Verification' })).toBeVisible();
  await expect(page.getByText(registeredUser.masked)).toBeVisible();
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('a user can sign in with the email address', async ({ signInPage, registeredUser }) => {
  await signInPage.openMethodDialog({
    ...registeredUser,
    username: registeredUser.email.toUpperCase(),
  });
});

test('the password of the sign-in can be shown, also before the WASM has loaded', async ({
  page,
  signInPage,
}) => {
  await stallWasm(page);
  await signInPage.goto();
  await signInPage.password.fill('correct horse');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(signInPage.password).toHaveAttribute('type', 'text');
  await expect(signInPage.password).toHaveValue('correct horse');
  await page.getByRole('button', { name: 'Hide', pressed: true }).click();
  await expect(signInPage.password).toHaveAttribute('type', 'password');
});

test('a wrong password and an unknown username show the same error', async ({
  signInPage,
  registeredUser,
}) => {
  const errors: string[] = [];
  for (const wrong of [
    { ...registeredUser, password: 'a wrong password' },
    { ...registeredUser, username: 'no.such.user' },
  ]) {
    await signInPage.goto();
    await signInPage.fill(wrong);
    await signInPage.notARobot.check();
    await signInPage.submit.click();
    await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
    await expect(signInPage.identifier).toHaveValue(wrong.username);
    errors.push(await signInPage.error.innerText());
  }
  expect(errors[0]).toBe(errors[1]);
});

test('after a wrong password the CAPTCHA needs no second click', async ({
  signInPage,
  registeredUser,
}) => {
  await signInPage.goto();
  await waitForIslands(signInPage.page);
  await signInPage.fill({ ...registeredUser, password: 'a wrong password' });
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.error).toBeVisible();
  // The form clears the refused password in the frame after the message.
  await expect(signInPage.password).toHaveValue('');
  await signInPage.password.fill(registeredUser.password);
  await signInPage.submit.click();
  await signInPage.expectModal();
});

test('a method that is not set up is disabled and explained', async ({
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  await expect(signInPage.totp).toBeDisabled();
  const text = 'Not set up. You can add it on your profile.';
  await expect(signInPage.methodDialog.getByText(text)).toBeVisible();
});

test('a reload keeps the choice of method', async ({ page, signInPage, registeredUser }) => {
  await signInPage.openMethodDialog(registeredUser);
  await page.reload();
  await signInPage.expectModal();
  await expect(signInPage.sms).toBeChecked();
  await page.goto('/login/verify');
  await expect(page).toHaveURL('/login');
  await signInPage.expectModal();
});

test('"Cancel" returns to the password form', async ({ page, signInPage, registeredUser }) => {
  await signInPage.openMethodDialog(registeredUser);
  await signInPage.cancel.click();
  await expect(signInPage.methodDialog).toBeHidden();
  await page.reload();
  await expect(signInPage.identifier).toBeVisible();
  await expect(signInPage.methodDialog).toBeHidden();
});

test('Escape returns to the password form, and sign-in still works', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  await page.keyboard.press('Escape');
  await expect(signInPage.methodDialog).toBeHidden();
  await expect(signInPage.submit).toBeEnabled();
  await signInPage.submit.click();
  await signInPage.expectModal();
});

test('"Use another method" returns to the choice of method and cancels the code', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.anotherMethod.click();
  await expect(page).toHaveURL('/login');
  await signInPage.expectModal();
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
});

test('a double click on "Send OTP" sends one message', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  const before = await simulator.sendCount(registeredUser.e164);
  await signInPage.openMethodDialog(registeredUser);
  await signInPage.sendOtp.dblclick();
  await expect(page).toHaveURL('/login/verify');
  expect(await simulator.sendCount(registeredUser.e164)).toBe(before + 1);
});

test('Enter and a click at the same time send one message', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  const before = await simulator.sendCount(registeredUser.e164);
  await signInPage.openMethodDialog(registeredUser);
  await signInPage.sendOtp.evaluate((button: HTMLButtonElement) => {
    // Enter submits the form; the click follows within the same task.
    button.form?.requestSubmit(button);
    button.click();
  });
  await expect(page).toHaveURL('/login/verify');
  expect(await simulator.sendCount(registeredUser.e164)).toBe(before + 1);
});

test('a reload keeps the code entry', async ({
  page,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await page.reload();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('the dashboard requires a complete sign-in', async ({
  page,
  formClient,
  context,
  registeredUser,
}) => {
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
  // The password alone is not enough.
  await formClient.requestSignInCode(registeredUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login/verify');
});

test('a signed-in user is redirected from the login page to the dashboard', async ({
  page,
  dashboardPage,
  signedInUser,
}) => {
  for (const path of ['/', '/login', '/login/verify']) {
    await page.goto(path);
    await dashboardPage.expectUser(signedInUser);
  }
});

test('going back after signing out shows no private data', async ({
  page,
  dashboardPage,
  signInPage,
  signedInUser,
}) => {
  await dashboardPage.signOut.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('You are signed out.');
  await page.goBack();
  await expect(signInPage.identifier).toBeVisible();
  await expect(page.getByText(signedInUser.email)).toBeHidden();
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
});
