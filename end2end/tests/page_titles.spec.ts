import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { changeEmail, requestRecovery, waitForLink } from '../support/contact_links.ts';
import { FormClient } from '../support/form_client.ts';
import { blockEventStream } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

/** Opens each page, and expects its address and its title in plain text. */
async function expectTitles(page: Page, titles: Record<string, string>): Promise<void> {
  for (const [path, title] of Object.entries(titles)) {
    await page.goto(path);
    await expect(page).toHaveURL(path);
    await expect(page).toHaveTitle(`${title} – Sallyport`);
  }
}

test('each page of the settings has its title', async ({ page, signedInUser: _ }) => {
  await expectTitles(page, {
    '/profile/name': 'Change name or username',
    '/profile/password': 'Change password',
    '/profile/email': 'Change email address',
    '/profile/phone': 'Change Phone Number',
    '/profile/authenticator': 'Authenticator app',
    '/profile/recovery-codes': 'Recovery codes',
    '/profile/export': 'Download your data',
    '/profile/delete': 'Delete account',
  });
});

test('the page of a payment has its title', async ({ page, paymentPage, signedInUser: _ }) => {
  await paymentPage.goto();
  await paymentPage.submit({ recipient: 'Acme', amount: '12' });
  await expect(page).toHaveURL(/\/payments\/[0-9a-f]{32}$/);
  await expect(page).toHaveTitle('Payment – Sallyport');
});

test('each page of a registration has its title', async ({ page, registerPage, newUser }) => {
  await registerPage.submitDetails(newUser);
  await expectTitles(page, { '/register/credentials': 'Password and phone' });
  await registerPage.submitCredentials(newUser);
  await expectTitles(page, { '/register/verify': 'Verify your phone' });
});

test('the code page of a sign-in and the page of its end have their titles', async ({
  page,
  simulator,
  signingInUser: _,
  pageErrors,
}) => {
  // With the event stream the page would open the page of the end, which is shown once, by itself.
  await blockEventStream(page, pageErrors);
  await expectTitles(page, { '/login/verify': 'OTP Verification' });
  await simulator.advanceClock(901);
  await expectTitles(page, { '/login/verify': 'Please start again' });
});

test('the page that confirms an email address has its title', async ({ page, unverifiedUser: _ }) => {
  await expectTitles(page, { '/verify-email': 'Confirm your email address' });
});

test('each page of a password reset has its title', async ({
  page,
  passwordResetPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  const link = await passwordResetPage.requestLink(registeredUser, simulator);
  await expectTitles(page, { [link]: 'Choose a new password' });
  await passwordResetPage.submitPassword();
  await expect(page).toHaveURL('/reset-password');
  await expectTitles(page, { '/reset-password': 'Choose a new password' });
  await page.getByRole('button', { name: 'Send OTP' }).click();
  await codeEntry.waitUntilReady();
  await expectTitles(page, { '/reset-password/verify': 'OTP Verification' });
});

test('each page of a recovery has its title', async ({
  app,
  page,
  context,
  formClient,
  simulator,
  registeredUser,
}) => {
  const open = await requestRecovery(formClient, simulator, registeredUser);
  await expectTitles(page, { '/lost-phone': 'Lost your phone?', [open]: 'Is your phone lost?' });
  await formClient.post('lost-phone/open', { token: open.split('/').at(-1) ?? '' }, '/login');
  const cancel = await waitForLink(simulator, registeredUser.email, 'recovery');
  await expectTitles(page, { [cancel]: 'Keep your phone number?' });
  const client = new FormClient(app);
  const code = await client.requestSignInCode(registeredUser);
  await client.post('verification/check', { purpose: 'sign_in', code }, '/recovery');
  await client.copyCookiesTo(context);
  await expectTitles(page, { '/recovery': 'A recovery is under way. Was it you?' });
});

test('the links of a change of the email address have their titles', async ({
  page,
  formClient,
  simulator,
  registeredUser,
}) => {
  const undo = await changeEmail(formClient, simulator, registeredUser, generateUser().email);
  const stop = await waitForLink(simulator, registeredUser.email, 'email-change');
  await expectTitles(page, { [undo]: 'Undo the change of your email address?' });
  // The change is complete, so that it cannot be stopped.
  const response = await page.request.get(stop);
  expect(await response.text()).toContain('<title>This link does not work – Sallyport</title>');
});

test('the question whether to keep an account has its title', async ({
  page,
  context,
  formClient,
  registeredUser,
}) => {
  await formClient.signInAfterDeletionRequest(registeredUser);
  await formClient.copyCookiesTo(context);
  await expectTitles(page, { '/keep-account': 'Keep your account?' });
});

test('a page that does not exist has its title', async ({ page, pageErrors }) => {
  pageErrors.allow(/status of 404/);
  await expectTitles(page, { '/no-such-page': 'Page not found' });
});
