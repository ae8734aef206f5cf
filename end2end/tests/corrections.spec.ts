import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import { waitForIslands } from '../support/loading.ts';
import { generateUser, numberPattern } from '../support/user.ts';

test('the details of a registration can be corrected before a code is sent', async ({
  page,
  registerPage,
  newUser,
}) => {
  const mistyped = { ...newUser, email: `typo.${newUser.email}` };
  await registerPage.submitDetails(mistyped);
  await page.getByRole('link', { name: 'Change your details' }).click();
  await expect(registerPage.fullName).toHaveValue(mistyped.fullName);
  await expect(registerPage.username).toHaveValue(mistyped.username);
  await expect(registerPage.email).toHaveValue(mistyped.email);
  await registerPage.email.fill(newUser.email);
  await registerPage.notARobot.check();
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
  await registerPage.submitCredentials(newUser);
});

test('a number outside North America is masked with its country code', async ({
  page,
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  const last = newUser.e164.slice(-4);
  const german = { ...newUser, phone: `+49 1512 345${last}`, e164: `+491512345${last}` };
  await registerPage.submitDetails(german);
  await registerPage.submitCredentials(german);
  await expect(page.getByText(`+49 1512 345${last}`)).toBeVisible();
  await simulator.codeSentTo(german.e164, () => registerPage.sendOtp.click());
  await codeEntry.waitUntilReady();
  await expect(page.getByText(`+49 ***-${last}`)).toBeVisible();
  await expect(page.getByRole('img', { name: `number ending in ${last}` })).toBeVisible();
});

test('a number can be corrected after the code was sent, without the password', async ({
  page,
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  const { phone, e164 } = generateUser();
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());
  await codeEntry.waitUntilReady();
  await page.getByRole('button', { name: 'Change number' }).click();
  await expect(page).toHaveURL('/register/credentials');
  await expect(registerPage.phone).toHaveValue(numberPattern(newUser));
  await registerPage.phone.fill(phone);
  await registerPage.verify.click();
  await codeEntry.enter(await simulator.codeSentTo(e164, () => registerPage.sendOtp.click()));
  await expect(page).toHaveURL('/login');
  await expect.poll(() => simulator.cancellationCount(newUser.e164)).toBe(1);
});

test('"Use a different number" keeps the mistyped number of a set-up in the field', async ({
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  const mistyped = generateUser();
  await signInPage.openSetUpDialog(importedUser);
  await simulator.codeSentTo(mistyped.e164, () => signInPage.submitSetUpPhone(mistyped.phone));
  await codeEntry.waitUntilReady();
  await codeEntry.differentNumber.click();
  await expect(signInPage.setUpPhone).toHaveValue(numberPattern(mistyped));
});

test('the code page says who is signing in, and "Not you?" ends that sign-in', async ({
  page,
  signInPage,
  codeEntry,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await expect(page.getByText(`Signing in as ${signingInUser.username}.`)).toBeVisible();
  await page.getByRole('button', { name: 'Not you?' }).click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.identifier).toBeVisible();
  await page.goto('/login/verify');
  await expect(page).toHaveURL('/login');
});

test('after a session has ended, the sign-in leads to the page that was asked for', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(31 * 60);
  await page.goto('/profile/history');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('Your session has ended. Please sign in again.');
  await signInPage.submitPassword(signedInUser);
  const code = await signInPage.requestCode(signedInUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/profile/history');
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/dashboard');
});

test('a user who never signed in sees no message about a session', async ({ page, signInPage }) => {
  await page.goto('/profile/history');
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toBeHidden();
});

test('the first sign-in of a browser leads to the page that was asked for', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  await page.goto('/payments/new');
  await expect(page).toHaveURL('/login');
  await signInPage.submitPassword(registeredUser);
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/payments/new');
});

test('a sign-in immediately after the registration sends its code at once', async ({
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await codeEntry.enter(
    await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click()),
  );
  await expect(signInPage.notice).toBeVisible();
  await signInPage.submitPassword(newUser);
  await codeEntry.enter(await signInPage.requestCode(newUser, simulator));
  await dashboardPage.expectUser(newUser);
});

test('the set-up explains why the number on file is confirmed first', async ({
  page,
  app,
  signInPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  app.runCommand(['user', 'reset-mfa', registeredUser.username], '');
  await signInPage.openSetUpDialog(registeredUser);
  await simulator.codeSentTo(registeredUser.e164, () =>
    signInPage.submitSetUpPhone(generateUser().phone),
  );
  await codeEntry.waitUntilReady();
  await expect(page.getByText(/first confirm your number on file/)).toBeVisible();
});

test('Escape in the set-up keeps the username and focuses the password', async ({
  page,
  signInPage,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await page.keyboard.press('Escape');
  await signInPage.expectSetUpDialogClosed();
  await expect(signInPage.identifier).toHaveValue(importedUser.username);
  await signInPage.submitPassword(importedUser, signInPage.setUpDialog);
});

test('a payment fails after five wrong codes, and its page says so', async ({
  page,
  paymentPage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const code = await paymentPage.requestCode({ recipient: 'Corner Shop', amount: '150' }, signedInUser, simulator);
  await codeEntry.useUpAttempts(code);
  await expect(
    page.getByText('Too many wrong codes were entered, so nothing was paid.'),
  ).toBeVisible();
  await paymentPage.expectPayment('150.00 USD', 'Corner Shop', 'Failed');
});

test('a registration without attempts left asks to start again, not to log in', async ({
  app: _,
  page,
  context,
  formClient,
  codeEntry,
  newUser,
}) => {
  const code = await formClient.requestRegistrationCode(newUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/register/verify');
  await codeEntry.useUpAttempts(code);
  await codeEntry.expectText(TEXT.tooManyElsewhere);
  await expect(codeEntry.startAgain).toBeFocused();
});

test('a call replaces the sentence about the text message and its delivery', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  for (let resend = 0; resend < 2; resend += 1) {
    await simulator.advanceClock(30);
    await codeEntry.simulateTabReturn();
    await simulator.codeSentTo(signingInUser.e164, () => codeEntry.requestNewCode());
  }
  const sentence = page.locator('.sent');
  await expect(sentence).toContainText('A code has been sent to');
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  await codeEntry.callInstead.click();
  await expect(sentence).toContainText('You are being called with a code at');
  await expect(codeEntry.announcement).toContainText('You are being called with a code at');
  await expect(page.getByText('A code has been sent to')).toBeHidden();
  await expect(page.getByText(/has been delivered|could not be delivered/)).toBeHidden();
});

test('the wait before a code is sent is announced once, and "Send OTP" keeps the focus', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.requestCodeInOutage(registeredUser, simulator);
  await expect(page.getByText(TEXT.couldNotSend)).toBeVisible();
  await simulator.clearFaults();
  await signInPage.sendOtp.click();
  const note = page.locator('.notice', { hasText: /^Your code will be sent in 0:\d\d\.$/ });
  await expect(note).toBeVisible();
  await expect(note).not.toHaveAttribute('role', 'status');
  const announced = page.getByRole('status').filter({ hasText: 'Your code will be sent in' });
  await expect(announced).toHaveText(/ \d+ s\.$/);
  const before = await announced.textContent();
  const first = await note.textContent();
  await expect(note).not.toHaveText(first ?? '');
  await expect(announced).toHaveText(before ?? '');
  await expect(signInPage.sendOtp).toBeFocused();
});

test('a refused recovery code keeps the focus at its field', async ({
  page,
  context,
  signInPage,
  simulator,
  signedInUser,
}) => {
  await new RecoveryCodesPage(page).createFirstCodes();
  const printed = page.locator('.printed');
  await expect(printed).toBeHidden();
  await page.emulateMedia({ media: 'print' });
  await expect(printed).toContainText('Sallyport recovery codes');
  await expect(printed).toContainText(signedInUser.username);
  await page.emulateMedia({ media: 'screen' });
  await context.clearCookies();
  await simulator.advanceClock(30);
  await signInPage.openMethodDialog(signedInUser);
  await signInPage.methodDialog.getByRole('radio', { name: /Recovery code/ }).check();
  await signInPage.methodDialog.getByRole('button', { name: 'Continue' }).click();
  const field = page.getByRole('textbox', { name: 'Recovery code' });
  await expect(field).toBeFocused();
  await waitForIslands(page);
  await field.fill('AAAA-AAAA-AAAAA');
  await page.getByRole('button', { name: 'Validate' }).click();
  await expect(page.getByText('This is not one of your unused recovery codes.')).toBeVisible();
  await expect(field).toBeFocused();
});

test('the field for a recovery code has the focus when it appears', async ({ page, pageErrors }) => {
  pageErrors.allowGalleryErrors();
  for (const name of ['code-recovery', 'step-up-recovery', 'payment-recovery']) {
    await page.goto(`/_gallery/${name}`);
    await expect(page.getByRole('textbox', { name: 'Recovery code' }), name).toBeFocused();
  }
});

test('a dialog that asks before a removal focuses "Cancel"', async ({
  page,
  signedInUser: _,
}) => {
  await page.goto('/profile/recovery-codes');
  await page.getByRole('button', { name: 'Create recovery codes' }).click();
  await page.getByRole('link', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Create new codes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create new codes?' });
  await expect(dialog.getByRole('link', { name: 'Cancel' })).toBeFocused();
});

test('the code page says before the entry that the last digit submits the code', async ({
  codeEntry,
  signingInUser: _,
}) => {
  await codeEntry.expectText('The code is checked when you enter the last digit.');
  await expect(codeEntry.input).toHaveAccessibleDescription(/checked when you enter the last digit/);
});
