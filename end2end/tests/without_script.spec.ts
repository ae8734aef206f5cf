import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { somebodyNew } from '../support/person.ts';

// The check needs a script; a site that wants to do without scripts turns it off.
test.use({ javaScriptEnabled: false, settings: { SALLYPORT_CAPTCHA: 'none' } });

test('somebody registers by plain forms', async ({
  page,
  registerPage,
  codeEntry,
  signInPage,
  simulator,
  person,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(person);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
  await expect(registerPage.reveal).toBeHidden();
  await registerPage.fillCredentials(person);
  await registerPage.verify.click();
  await expect(page).toHaveURL('/register/verify');
  await expect(page.getByText(person.masked)).toBeVisible();
  await registerPage.sendOtp.click();
  await expect(page).toHaveURL('/register/verify');
  await codeEntry.input.fill(await simulator.code(person.e164));
  await codeEntry.validate.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(
    'Phone number verified. Sign in with your new account.',
  );
});

test('a member signs in by plain forms', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  member,
}) => {
  await signInPage.goto();
  await signInPage.fill(member);
  await signInPage.submit.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.dialog).toBeVisible();
  await expect(signInPage.sms).toBeChecked();
  await signInPage.sendOtp.click();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.input.fill(await simulator.code(member.e164));
  await codeEntry.validate.click();
  await dashboardPage.shows(member);
  await dashboardPage.signOut.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('You are signed out.');
});

test('what is wrong is said after the redirect, and what was typed stays', async ({
  page,
  registerPage,
  person,
}) => {
  await registerPage.goto();
  await registerPage.fullName.fill(person.fullName);
  await registerPage.username.fill('a b');
  await registerPage.email.fill(person.email);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register');
  expect(await registerPage.problem(registerPage.username)).toContain('letters, digits');
  await expect(registerPage.fullName).toHaveValue(person.fullName);
  await expect(registerPage.username).toHaveValue('a b');
  await expect(registerPage.email).toHaveValue(person.email);

  // Said once: a reload is a fresh page.
  await page.reload();
  await expect(registerPage.username).toHaveValue('');
  expect(await registerPage.problem(registerPage.username)).toBe('');
});

test('a password never comes back', async ({ page, registerPage, signInPage, person }) => {
  await registerPage.goto();
  await registerPage.fillDetails(person);
  await registerPage.submit.click();
  await registerPage.password.fill('short');
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(page).toHaveURL('/register/credentials');
  expect(await registerPage.problem(registerPage.password)).toContain('at least 8');
  await expect(registerPage.password).toHaveValue('');
  await expect(registerPage.phone).toHaveValue('12');

  await signInPage.goto();
  await signInPage.fill(person);
  await signInPage.submit.click();
  await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
  await expect(signInPage.identifier).toHaveValue(person.username);
  await expect(signInPage.password).toHaveValue('');
  expect(await page.content()).not.toContain(person.password);
});

test('a wrong code is said, and the right one still opens the dashboard', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.input.fill(await simulator.wrongCode(signingIn.e164));
  await codeEntry.validate.click();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.says(TEXT.invalid(4));
  await expect(codeEntry.input).toHaveValue('');
  await codeEntry.input.fill(await simulator.code(signingIn.e164));
  await codeEntry.validate.click();
  await dashboardPage.shows(signingIn);
});

test('the time left and the wait are plain text', async ({
  page,
  codeEntry,
  simulator,
  signingIn,
}) => {
  await expect(codeEntry.countdown).toHaveText(/^Code expires in (5:00|4:5\d)$/);
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resendWait).toBeVisible();

  await simulator.advance(30);
  await page.reload();
  await expect(codeEntry.countdown).toHaveText(/^Code expires in 4:[23]\d$/);
  const sent = await simulator.sends(signingIn.e164);
  await codeEntry.resend.click();
  await expect(codeEntry.resend).toBeDisabled();
  expect(await simulator.sends(signingIn.e164)).toBe(sent + 1);
});

test('an expired code and too many wrong ones are explained', async ({
  page,
  codeEntry,
  simulator,
  signingIn,
}) => {
  for (const salt of [1, 2, 3, 4, 5]) {
    await codeEntry.input.fill(await simulator.wrongCode(signingIn.e164, salt));
    await codeEntry.validate.click();
  }
  await codeEntry.says(TEXT.tooMany);
  await codeEntry.startAgain.click();
  await expect(page).toHaveURL('/login');
});

test('"Use another method" and "Cancel" work', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingIn,
}) => {
  await codeEntry.anotherMethod.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.dialog).toBeVisible();
  await signInPage.cancel.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.dialog).toBeHidden();
  await expect.poll(() => simulator.cancellations(signingIn.e164)).toBe(1);
});

test('somebody sets up the second factor by plain forms', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.fill(imported);
  await signInPage.submit.click();
  await expect(signInPage.setUp).toBeVisible();
  await signInPage.setUpPhone.fill('12');
  await signInPage.sendVerificationCode.click();
  await expect(signInPage.setUp.getByText(/Enter a valid phone number/)).toBeVisible();
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();
  await expect(page).toHaveURL('/login');
  await codeEntry.input.fill(await simulator.wrongCode(imported.e164));
  await codeEntry.validate.click();
  await codeEntry.says(TEXT.invalid(4));
  await codeEntry.input.fill(await simulator.code(imported.e164));
  await codeEntry.validate.click();
  await dashboardPage.shows(imported);
});

test('a member confirms who it is and changes the number by plain forms', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signingIn,
}) => {
  const next = { ...signingIn, ...somebodyNew() };
  await codeEntry.input.fill(await simulator.code(signingIn.e164));
  await codeEntry.validate.click();
  await expect(page).toHaveURL('/dashboard');
  await simulator.advance(301);
  await phonePage.goto();
  await phonePage.password.fill(signingIn.password);
  await phonePage.goOn.click();
  await phonePage.sendOtp.click();
  await codeEntry.input.fill(await simulator.code(signingIn.e164));
  await codeEntry.validate.click();
  await expect(page).toHaveURL('/profile/phone');
  await phonePage.sendTo(next);
  await codeEntry.input.fill(await simulator.code(next.e164));
  await codeEntry.validate.click();
  await expect(page.getByText(next.masked)).toBeVisible();
  await phonePage.confirm.click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
});
