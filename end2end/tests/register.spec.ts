import { expect, test } from '../fixtures.ts';
import { waitForIslands } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';
import { FormClient } from '../support/form_client.ts';

test('a user registers step by step and is asked to sign in', async ({
  page,
  registerPage,
  codeEntry,
  signInPage,
  simulator,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.notARobot.check();
  await expect(registerPage.submit).toBeEnabled();
  await registerPage.submit.click();

  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(newUser);
  await registerPage.verify.click();

  await expect(page).toHaveURL('/register/verify');
  // The page shows the whole number, so that a typing error is visible before the first message.
  await expect(page.getByText(`+1 415-555-${newUser.e164.slice(-4)}`)).toBeVisible();
  const code = await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());

  await expect(codeEntry.validate).toBeVisible();
  await expect(page.getByText(newUser.masked)).toBeVisible();
  await codeEntry.enter(code);

  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(
    'Phone number verified. Please sign in. If that does not work, check your email or register again.',
  );
  await expect(signInPage.identifier).toHaveValue(newUser.username);
  await expect(signInPage.password).toBeFocused();
  await expect(signInPage.password).toHaveAccessibleDescription(/^Phone number verified\./);
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
});

test('no message is sent before "Send OTP", and a double click on it sends one', async ({
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  expect(await simulator.sendCount(newUser.e164)).toBe(0);
  await waitForIslands(registerPage.page);
  await registerPage.sendOtp.dblclick();
  await codeEntry.waitUntilReady();
  expect(await simulator.sendCount(newUser.e164)).toBe(1);
});

test('"Submit" is enabled after every field and the CAPTCHA are completed', async ({
  registerPage,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.notARobot.check();
  await expect(registerPage.page.getByText('Confirmed')).toBeVisible();
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.fullName.fill(newUser.fullName);
  await registerPage.username.fill(newUser.username);
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.email.fill(newUser.email);
  await expect(registerPage.submit).toBeEnabled();
  await registerPage.username.fill('');
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.username.fill(newUser.username);
  await registerPage.notARobot.uncheck();
  await expect(registerPage.submit).toBeDisabled();
});

test('the password strength is shown while the user types', async ({ registerPage, newUser }) => {
  await registerPage.submitDetails(newUser);
  await expect(registerPage.strength).toBeHidden();
  await registerPage.password.pressSequentially('abc');
  await expect(registerPage.strength).toHaveText('Too short');
  await registerPage.password.fill('abcdefgh1');
  await expect(registerPage.strength).toHaveText('Fair');
  await registerPage.password.fill(newUser.password);
  await expect(registerPage.strength).toHaveText('Strong');
});

test('"Show" reveals the password and "Hide" hides it', async ({ registerPage, newUser }) => {
  await registerPage.submitDetails(newUser);
  await registerPage.password.fill(newUser.password);
  await expect(registerPage.password).toHaveAttribute('type', 'password');
  await expect(registerPage.revealPassword).toHaveText('Show');
  await registerPage.revealPassword.click();
  await expect(registerPage.password).toHaveAttribute('type', 'text');
  await expect(registerPage.password).toHaveValue(newUser.password);
  await expect(registerPage.revealPassword).toHaveText('Hide');
  await registerPage.revealPassword.click();
  await expect(registerPage.password).toHaveAttribute('type', 'password');
});

test('a reload keeps the step of a registration', async ({
  page,
  registerPage,
  codeEntry,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await page.reload();
  await expect(registerPage.password).toBeVisible();
  await registerPage.submitCredentials(newUser);
  await page.reload();
  await expect(registerPage.sendOtp).toBeVisible();
  await registerPage.sendOtp.click();
  await codeEntry.waitUntilReady();
  await page.reload();
  await expect(page).toHaveURL('/register/verify');
  await expect(codeEntry.validate).toBeVisible();
  await expect(codeEntry.input).toBeFocused();
});

test('the URL of a later step redirects to the current step', async ({
  page,
  registerPage,
  newUser,
}) => {
  for (const later of ['/register/credentials', '/register/verify']) {
    await page.goto(later);
    await expect(page).toHaveURL('/register');
  }
  await registerPage.submitDetails(newUser);
  await page.goto('/register/verify');
  await expect(page).toHaveURL('/register/credentials');
});

test('the URL of an earlier step redirects to the current step', async ({
  page,
  formClient,
  context,
  codeEntry,
  newUser,
}) => {
  await formClient.requestRegistrationCode(newUser);
  await formClient.copyCookiesTo(context);
  for (const earlier of ['/register', '/register/credentials']) {
    await page.goto(earlier);
    await expect(page).toHaveURL('/register/verify');
    await expect(codeEntry.validate).toBeVisible();
  }
});

test('"Start over" returns to the first step from every step', async ({
  page,
  registerPage,
  codeEntry,
}) => {
  for (const steps of [1, 2, 3]) {
    const newUser = generateUser();
    await registerPage.submitDetails(newUser);
    if (steps > 1) await registerPage.submitCredentials(newUser);
    if (steps > 2) {
      await registerPage.sendOtp.click();
      await codeEntry.waitUntilReady();
    }
    await registerPage.startOver.click();
    await expect(page).toHaveURL('/register');
    await expect(registerPage.fullName).toHaveValue('');
    await page.goto('/register/verify');
    await expect(page).toHaveURL('/register');
  }
});

test('an invalid value is refused beside its field, and the entered values stay', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.goto();
  await waitForIslands(page);
  await registerPage.fullName.fill(newUser.fullName);
  await registerPage.username.fill('a b');
  await registerPage.email.fill('ann at example');
  await registerPage.notARobot.check();
  await registerPage.submit.click();

  await expect(registerPage.username).toHaveAttribute('aria-invalid', 'true');
  expect(await registerPage.errorOf(registerPage.username)).toContain('letters, digits');
  expect(await registerPage.errorOf(registerPage.email)).toContain('name@example.com');
  expect(await registerPage.errorOf(registerPage.fullName)).toBe('');
  await expect(registerPage.username).toBeFocused();
  await expect(registerPage.fullName).toHaveValue(newUser.fullName);
  await expect(registerPage.username).toHaveValue('a b');
  await expect(registerPage.email).toHaveValue('ann at example');

  // The CAPTCHA and the valid field need no second input.
  await registerPage.username.fill(newUser.username);
  await registerPage.email.fill(newUser.email);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});

test('a weak password and an invalid phone number are refused beside their fields', async ({
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.password.fill('password1');
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(registerPage.password).toHaveAttribute('aria-invalid', 'true');
  expect(await registerPage.errorOf(registerPage.password)).toContain('too common');
  expect(await registerPage.errorOf(registerPage.phone)).toContain('valid phone number');
  await expect(registerPage.phone).toHaveValue('12');
  // The form clears the refused password in the frame after the message.
  await expect(registerPage.password).toHaveValue('');
  await registerPage.submitCredentials(newUser);
});

test('a taken username is refused after the CAPTCHA', async ({ registerPage, registeredUser }) => {
  const user = { ...generateUser(), username: registeredUser.username.toUpperCase() };
  await registerPage.goto();
  await registerPage.fillDetails(user);
  await registerPage.notARobot.check();
  await registerPage.submit.click();
  await expect(registerPage.username).toHaveAttribute('aria-invalid', 'true');
  expect(await registerPage.errorOf(registerPage.username)).toBe('This username is already taken.');
  await expect(registerPage.email).toHaveValue(user.email);
});

test('a phone number can be corrected until a code is sent', async ({
  page,
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  const { e164 } = generateUser();
  const corrected = { ...newUser, phone: e164 };
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await registerPage.changeNumber.click();
  await registerPage.submitCredentials(corrected);
  const code = await simulator.codeSentTo(e164, () => registerPage.sendOtp.click());
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
  expect(await simulator.sendCount(newUser.e164)).toBe(0);
});

test('a second tab shows the step of the first tab', async ({ context, registerPage, newUser }) => {
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  const tab = await context.newPage();
  await tab.goto('/register');
  await expect(tab).toHaveURL('/register/verify');
  await expect(tab.getByRole('button', { name: 'Send OTP' })).toBeVisible();
});

test('six users can register at the same time', async ({ app }) => {
  const users = Array.from({ length: 6 }, generateUser);
  await Promise.all(users.map((user) => new FormClient(app).register(user)));
});
