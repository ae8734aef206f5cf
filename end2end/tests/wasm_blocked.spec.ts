import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { blockWasm } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

test.use({ settings: { SALLYPORT_CAPTCHA: 'none' } });

// The script loads but the WASM does not, for example because of a proxy or a bad connection.
test.beforeEach(({ page, pageErrors }) => blockWasm(page, pageErrors));

test('Enter submits every form, and no URL contains an entered value', async ({
  page,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  newUser,
}) => {
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));

  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await registerPage.email.press('Enter');
  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(newUser);
  await registerPage.password.press('Enter');
  await expect(page).toHaveURL('/register/verify');
  const registrationCode = await simulator.codeSentTo(newUser.e164, () =>
    registerPage.sendOtp.press('Enter'),
  );
  await expect(codeEntry.validate).toBeVisible();
  await codeEntry.input.fill(registrationCode);
  await codeEntry.input.press('Enter');
  await expect(page).toHaveURL('/login');

  await simulator.advanceClock(30);
  await signInPage.fill(newUser);
  await signInPage.password.press('Enter');
  await expect(signInPage.methodDialog).toBeVisible();
  const signInCode = await simulator.codeSentTo(newUser.e164, () => signInPage.sms.press('Enter'));
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.input.fill(signInCode);
  await codeEntry.input.press('Enter');
  await dashboardPage.expectUser(newUser);

  // Scripts have their hash as query.
  const isScript = (url: string): boolean => /\.js\?[0-9a-f]{16}$/.test(url);
  expect(urls.filter((url) => url.includes('?') && !isScript(url))).toEqual([]);
});

test('a wrong password shows the error', async ({ page, signInPage, registeredUser }) => {
  await signInPage.goto();
  await signInPage.fill({ ...registeredUser, password: 'a wrong password' });
  await signInPage.password.press('Enter');
  await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
  await expect(page).toHaveURL('/login');
});

test('a user sets up a phone number and changes it', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  phonePage,
  simulator,
  importedUser,
}) => {
  await signInPage.goto();
  await signInPage.fill(importedUser);
  await signInPage.password.press('Enter');
  await signInPage.setUpPhone.fill(importedUser.phone);
  const code = await simulator.codeSentTo(importedUser.e164, () =>
    signInPage.setUpPhone.press('Enter'),
  );
  await codeEntry.input.fill(code);
  await codeEntry.input.press('Enter');
  await dashboardPage.expectUser(importedUser);

  const next = { ...importedUser, ...generateUser() };
  await phonePage.goto();
  await codeEntry.input.fill(await phonePage.sendCodeTo(next, simulator));
  await codeEntry.input.press('Enter');
  await phonePage.confirm.press('Enter');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
});

test('the countdown moves, and the page shows that the code has expired', async ({
  page,
  codeEntry,
  simulator,
  signInCode: _,
}) => {
  await page.clock.install();
  await page.goto('/login/verify');
  const first = await codeEntry.secondsLeft();
  await page.clock.runFor(65_000);
  expect(await codeEntry.secondsLeft()).toBeLessThan(first - 60);
  await simulator.advanceClock(301);
  await page.clock.runFor(240_000);
  await codeEntry.expectText(TEXT.expired);
  await expect(codeEntry.input).toBeHidden();
  await expect(page.getByText(/UTC/)).toBeHidden();
});

test('"Resend" is enabled after the resend cooldown', async ({ page, codeEntry, simulator, registeredUser, signInCode: _ }) => {
  await page.clock.install();
  await page.goto('/login/verify');
  await expect(codeEntry.resend).toBeDisabled();
  const before = await codeEntry.secondsToResend();
  await page.clock.runFor(5_000);
  expect(await codeEntry.secondsToResend()).toBeLessThan(before);
  await page.clock.runFor(30_000);
  await simulator.advanceClock(30);
  await expect(codeEntry.resend).toBeEnabled();
  await expect(codeEntry.resendWait).toBeHidden();
  await simulator.codeSentTo(registeredUser.e164, () => codeEntry.resend.click());
});

test('a change of language keeps what was typed', async ({ page, signInPage, newUser }) => {
  await signInPage.goto();
  await signInPage.fill(newUser);
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await expect(page.getByLabel('Benutzername oder E‑Mail-Adresse')).toHaveValue(newUser.username);
  await expect(page.getByLabel('Passwort', { exact: true })).toHaveValue('');
});
