import { expect, test } from '../fixtures.ts';
import { addAuthenticator, createRecoveryCodes } from '../support/factors.ts';
import { FormClient } from '../support/form_client.ts';
import { blockWasm } from '../support/loading.ts';

// The settings of production. The scripts load but the WASM does not.
test.use({ settings: {} });
test.slow();

test.beforeEach(({ page, pageErrors }) => blockWasm(page, pageErrors));

test.describe('a user with all methods', () => {
  test.beforeEach(async ({ context, formClient, simulator, registeredUser }) => {
    await formClient.signIn(registeredUser);
    await formClient.copyCookiesTo(context);
    await simulator.advanceClock(30);
  });

  test('signs in with an authenticator app', async ({
    app,
    page,
    context,
    signInPage,
    codeEntry,
    dashboardPage,
    simulator,
    registeredUser,
  }) => {
    const authenticator = await addAuthenticator(page, simulator);
    await context.clearCookies();
    const client = new FormClient(app);
    await client.submitPassword(registeredUser);
    await client.copyCookiesTo(context);
    await signInPage.goto();
    await signInPage.totp.check();
    await signInPage.methodDialog.locator('button.primary[type=submit]').click();
    await expect(page).toHaveURL('/login/verify');
    await codeEntry.fillAndSubmit(await authenticator.code());
    await dashboardPage.expectUser(registeredUser);
  });

  test('signs in with a recovery code', async ({
    app,
    page,
    context,
    signInPage,
    dashboardPage,
    registeredUser,
  }) => {
    const [code] = await createRecoveryCodes(page);
    await context.clearCookies();
    const client = new FormClient(app);
    await client.submitPassword(registeredUser);
    await client.copyCookiesTo(context);
    await signInPage.goto();
    await signInPage.recovery.check();
    await signInPage.methodDialog.locator('button.primary[type=submit]').click();
    await expect(page).toHaveURL('/login/verify');
    await page.getByRole('textbox', { name: 'Recovery code' }).fill(code ?? '');
    await page.getByRole('button', { name: 'Validate' }).click();
    await dashboardPage.expectUser(registeredUser);
  });
});

test('"Use another method" returns to the choice of method', async ({
  page,
  signInPage,
  codeEntry,
  signInCode: _,
}) => {
  await page.goto('/login/verify');
  await codeEntry.anotherMethod.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.methodDialog).toBeVisible();
});

test('"Call me instead" requests a call after two further messages', async ({
  page,
  codeEntry,
  simulator,
  registeredUser,
  signInCode: _,
}) => {
  await page.goto('/login/verify');
  for (let resend = 0; resend < 2; resend += 1) {
    await simulator.advanceClock(30);
    await page.reload();
    await simulator.codeSentTo(registeredUser.e164, () => codeEntry.resend.click());
    await expect(codeEntry.resend).toBeDisabled();
  }
  await simulator.advanceClock(30);
  await page.reload();
  await codeEntry.callInstead.click();
  await expect(page.getByText('You are being called with a code at')).toBeVisible();
});
