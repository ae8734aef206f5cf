import { expect, test } from '../fixtures.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import { RECOVERY_DELAY_SECS, openRecovery, waitForLink } from '../support/contact_links.ts';
import { blockWasm } from '../support/loading.ts';
import { readCodeFromMail } from '../support/mail.ts';

// The scripts load but the WASM does not, with a CAPTCHA as in production.
test.beforeEach(({ page, pageErrors }) => blockWasm(page, pageErrors));

test.describe('after the sign-in', () => {
  test.beforeEach(async ({ context, formClient, simulator, registeredUser }) => {
    await formClient.signIn(registeredUser);
    await formClient.copyCookiesTo(context);
    // Skips the resend cooldown.
    await simulator.advanceClock(30);
  });

  test('a payment is confirmed with a code', async ({
    paymentPage,
    codeEntry,
    simulator,
    registeredUser,
  }) => {
    const code = await paymentPage.requestCode({ recipient: 'Acme', amount: '150' }, registeredUser, simulator);
    await codeEntry.input.fill(code);
    await codeEntry.input.press('Enter');
    await expect(paymentPage.detail('Status')).toHaveText('Completed');
  });

  test('an authenticator app is set up, and recovery codes are created', async ({
    page,
    authenticatorPage,
    codeEntry,
    simulator,
  }) => {
    await authenticatorPage.goto();
    await authenticatorPage.setUp.click();
    const app = await authenticatorPage.createApp(simulator);
    await codeEntry.input.fill(await app.code());
    await authenticatorPage.confirm.click();
    await expect(authenticatorPage.notice).toHaveText('Your authenticator app is set up.');

    const recoveryPage = new RecoveryCodesPage(page);
    await recoveryPage.goto();
    await recoveryPage.createFirst.click();
    await recoveryPage.readCodes();
    await recoveryPage.done.click();
    await recoveryPage.expectRemaining(10);
  });

  test('the email address is changed with the code of the mail', async ({
    page,
    simulator,
    registeredUser,
  }) => {
    const address = `new.${registeredUser.email}`;
    await page.goto('/profile/email');
    await page.getByLabel('New email address').fill(address);
    await page.getByRole('button', { name: 'Send Verification Code' }).click();
    await expect(page).toHaveURL('/verify-email');
    await page.getByLabel('One-time code').fill(await readCodeFromMail(simulator, address));
    await page.getByRole('button', { name: 'Validate' }).click();
    await expect(page).toHaveURL('/profile');
    await expect(page.getByText('Your email address has been changed.')).toBeVisible();
  });

  test('a step-up permits the change of the phone number', async ({
    phonePage,
    codeEntry,
    simulator,
    registeredUser,
  }) => {
    const code = await phonePage.beginStepUp(registeredUser, simulator);
    await codeEntry.input.fill(code);
    await codeEntry.input.press('Enter');
    await expect(phonePage.newPhone).toBeVisible();
  });
});

test('a forgotten password is reset by mail and code', async ({
  page,
  passwordResetPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  await page.goto(await passwordResetPage.requestLink(registeredUser, simulator));
  await passwordResetPage.submitPassword();
  await expect(page.getByRole('heading', { name: 'Choose Verification Method' })).toBeVisible();
  const code = await simulator.codeSentTo(registeredUser.e164, () =>
    page.getByRole('button', { name: 'Send OTP' }).click(),
  );
  await codeEntry.input.fill(code);
  await codeEntry.input.press('Enter');
  await expect(page).toHaveURL('/login');
  await expect(page.getByText('Your new password is saved.')).toBeVisible();
});

test('a lost phone is reported', async ({ page, simulator, registeredUser }) => {
  await page.goto('/lost-phone');
  await page.getByLabel('Username or email').fill(registeredUser.username);
  await page.getByLabel('Password', { exact: true }).fill(registeredUser.password);
  await page.getByLabel("I'm not a robot").check();
  const send = page.getByRole('button', { name: 'Send mail' });
  await expect(send).toBeEnabled();
  await send.click();
  await expect(page.getByText('An email with a link is on its way')).toBeVisible();
  await page.goto(await waitForLink(simulator, registeredUser.email, 'lost-phone'));
  await page.getByRole('button', { name: 'My phone is lost' }).click();
  await expect(page.getByText('Your phone is reported lost.')).toBeVisible();
});

test('an email address is confirmed with the code of the mail', async ({
  page,
  simulator,
  unverifiedUser,
}) => {
  await page.goto('/verify-email');
  await page.getByRole('button', { name: 'Send Verification Code' }).click();
  await expect(page.getByLabel('One-time code')).toBeVisible();
  await page.getByLabel('One-time code').fill(await readCodeFromMail(simulator, unverifiedUser.email));
  await page.getByRole('button', { name: 'Validate' }).click();
  await expect(page).toHaveURL('/dashboard');
  await expect(page.getByText('Your email address is confirmed.')).toBeVisible();
});

test('a number is kept after the waiting time of a lost phone', async ({
  page,
  context,
  formClient,
  signInPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  await openRecovery(formClient, simulator, registeredUser);
  await simulator.advanceClock(RECOVERY_DELAY_SECS);
  await formClient.submitPassword(registeredUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/login');
  await signInPage.keepNumber.click();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.fillAndSubmit(code);
  await expect(page).toHaveURL('/recovery');
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await expect(page.getByText('Cancelled: your phone number stays.')).toBeVisible();
});
