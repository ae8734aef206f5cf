import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { wrongCode } from '../support/simulator.ts';
import { generateUser } from '../support/user.ts';

// The CAPTCHA needs JavaScript. A site that supports browsers without it turns the CAPTCHA off.
test.use({ javaScriptEnabled: false, settings: { SALLYPORT_CAPTCHA: 'none' } });

test('a user registers with plain HTML forms', async ({
  page,
  registerPage,
  codeEntry,
  signInPage,
  simulator,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
  await expect(registerPage.revealPassword).toBeHidden();
  await registerPage.fillCredentials(newUser);
  await registerPage.verify.click();
  await expect(page).toHaveURL('/register/verify');
  await expect(page.getByText(`+1 415-555-${newUser.e164.slice(-4)}`)).toBeVisible();
  const code = await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());
  await expect(page.getByText(newUser.masked)).toBeVisible();
  await expect(page).toHaveURL('/register/verify');
  await codeEntry.fillAndSubmit(code);
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(
    'Phone number verified. Please sign in. If that does not work, check your email or register again.',
  );
});

test('a phone number belongs to the chosen country, and an error keeps the country', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.submit.click();
  const list = page.getByLabel('Country', { exact: true });
  await expect(list).toHaveValue('US');
  await list.selectOption('DE +49');
  await registerPage.password.fill(newUser.password);
  await registerPage.phone.fill('0151');
  await registerPage.verify.click();
  await expect(registerPage.phone).toHaveAttribute('aria-invalid', 'true');
  await expect(registerPage.phone).toHaveValue('0151');
  await expect(list).toHaveValue('DE');
  await registerPage.phone.fill('0151 23456789');
  await registerPage.verify.click();
  await expect(page.getByText('+49 1512 3456789')).toBeVisible();
});

test('a user signs in with plain HTML forms', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.submit.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.methodDialog).toBeVisible();
  await expect(signInPage.sms).toBeChecked();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.fillAndSubmit(code);
  await dashboardPage.expectUser(registeredUser);
  await dashboardPage.signOut.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('You are signed out.');
});

test('an invalid value is refused after the redirect, and the entered values stay', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fullName.fill(newUser.fullName);
  await registerPage.username.fill('a b');
  await registerPage.email.fill(newUser.email);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register');
  expect(await registerPage.errorOf(registerPage.username)).toContain('letters, digits');
  await expect(registerPage.fullName).toHaveValue(newUser.fullName);
  await expect(registerPage.username).toHaveValue('a b');
  await expect(registerPage.email).toHaveValue(newUser.email);

  // The error is shown once: a reload shows an empty form.
  await page.reload();
  await expect(registerPage.username).toHaveValue('');
  expect(await registerPage.errorOf(registerPage.username)).toBe('');
});

test('a password is never sent back to the browser', async ({
  page,
  registerPage,
  signInPage,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.submit.click();
  await registerPage.password.fill('short');
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(page).toHaveURL('/register/credentials');
  expect(await registerPage.errorOf(registerPage.password)).toContain('at least 8');
  await expect(registerPage.password).toHaveValue('');
  await expect(registerPage.phone).toHaveValue('12');

  await signInPage.goto();
  await signInPage.fill(newUser);
  await signInPage.submit.click();
  await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
  await expect(signInPage.identifier).toHaveValue(newUser.username);
  await expect(signInPage.password).toHaveValue('');
  expect(await page.content()).not.toContain(newUser.password);
});

test('a wrong code is refused, and the correct code still opens the dashboard', async ({
  page,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.fillAndSubmit(wrongCode(signInCode));
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.expectText(TEXT.invalid(4));
  await expect(codeEntry.input).toHaveValue('');
  await codeEntry.fillAndSubmit(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('the remaining time and the resend cooldown are plain text', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  const expectSecondsLeftAtLoad = async (most: number): Promise<void> => {
    const left = await codeEntry.secondsLeft();
    expect(left).toBeLessThanOrEqual(most);
    const age = await simulator.secondsSinceMessage(signingInUser.e164);
    // The app determines the end of the code some time before the provider sends the message.
    expect(left).toBeGreaterThan(300 - age - 10);
  };
  await expectSecondsLeftAtLoad(300);
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resendWait).toBeVisible();

  // The countdowns do not move.
  const times = page.getByText(
    /^The code is valid until \d\d:\d\d UTC\. To request another code, reload this page after \d\d:\d\d UTC\.$/,
  );
  await expect(times).toBeVisible();

  await simulator.advanceClock(30);
  await page.reload();
  await expect(times).toBeHidden();
  await expectSecondsLeftAtLoad(270);
  const sent = await simulator.sendCount(signingInUser.e164);
  await codeEntry.resend.click();
  await expect(codeEntry.resend).toBeDisabled();
  expect(await simulator.sendCount(signingInUser.e164)).toBe(sent + 1);
});

test('an expired code shows one message and "Resend"', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await simulator.advanceClock(301);
  await page.reload();
  await codeEntry.expectText(TEXT.expired);
  await expect(codeEntry.input).toBeHidden();
  await expect(codeEntry.validate).toBeHidden();
  await simulator.codeSentTo(signingInUser.e164, () => codeEntry.resend.click());
  await expect(codeEntry.input).toBeVisible();
});

test('five wrong codes end the sign-in', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  for (const attempt of [1, 2, 3, 4, 5]) {
    await codeEntry.fillAndSubmit(wrongCode(signInCode, attempt));
    if (attempt < 5) await codeEntry.expectText(TEXT.invalid(5 - attempt));
  }
  await codeEntry.expectText(TEXT.tooMany);
  await codeEntry.startAgain.click();
  await expect(page).toHaveURL('/login');
});

test('"Use another method" and "Cancel" work with plain HTML forms', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.anotherMethod.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.methodDialog).toBeVisible();
  await signInPage.cancel.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.methodDialog).toBeHidden();
  await expect.poll(() => simulator.cancellationCount(signingInUser.e164)).toBe(1);
});

test('a user sets up a phone number with plain HTML forms', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  importedUser,
}) => {
  await signInPage.goto();
  await signInPage.fill(importedUser);
  await signInPage.submit.click();
  await expect(signInPage.setUpDialog).toBeVisible();
  await signInPage.submitSetUpPhone('12');
  await expect(signInPage.setUpDialog.getByText(/Enter a valid phone number/)).toBeVisible();
  const code = await simulator.codeSentTo(importedUser.e164, () =>
    signInPage.submitSetUpPhone(importedUser.phone),
  );
  await expect(page).toHaveURL('/login');
  await codeEntry.fillAndSubmit(wrongCode(code));
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.fillAndSubmit(code);
  await dashboardPage.expectUser(importedUser);
});

test('a user completes a step-up and changes the phone number with plain HTML forms', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signInCode,
  signingInUser,
}) => {
  const next = { ...signingInUser, ...generateUser() };
  await codeEntry.fillAndSubmit(signInCode);
  await expect(page).toHaveURL('/dashboard');
  const stepUpCode = await phonePage.beginStepUp(signingInUser, simulator);
  await codeEntry.fillAndSubmit(stepUpCode);
  await expect(page).toHaveURL('/profile/phone');
  await codeEntry.fillAndSubmit(await phonePage.sendCodeTo(next, simulator));
  await expect(page.getByText(next.masked)).toBeVisible();
  await phonePage.confirm.click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
});
