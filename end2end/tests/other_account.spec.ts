import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { DashboardPage } from '../pages/dashboard_page.ts';
import { PaymentPage } from '../pages/payment_page.ts';
import { SignInPage } from '../pages/sign_in_page.ts';
import type { App } from '../support/app.ts';
import { FormClient } from '../support/form_client.ts';
import { waitForIslands } from '../support/loading.ts';
import type { Simulator } from '../support/simulator.ts';
import { type User, generateUser } from '../support/user.ts';

const MESSAGE =
  'Another account is signed in now, so nothing was done. Check the account and try again.';
const PAYMENT = { recipient: 'Corner Shop', amount: '12.50' };

/** Registers another user, with a verified email address. */
async function registerOtherUser(app: App, simulator: Simulator): Promise<User> {
  const user = generateUser();
  await new FormClient(app).register(user);
  app.runCommand(['user', 'verify-email', user.username], '');
  await simulator.advanceClock(30);
  return user;
}

test('forms that one account has left open do not act on the account of another tab', async ({
  app,
  context,
  page,
  phonePage,
  simulator,
  signedInUser: _,
}) => {
  const other = await registerOtherUser(app, simulator);
  const paymentPage = new PaymentPage(await context.newPage());
  await phonePage.goto();
  await waitForIslands(page);
  await paymentPage.goto();
  await waitForIslands(paymentPage.page);

  const tab = await context.newPage();
  await tab.goto('/dashboard');
  await new DashboardPage(tab).signOut.click();
  await expect(tab).toHaveURL('/login');
  const signInPage = new SignInPage(tab);
  await signInPage.submitPassword(other);
  const code = await signInPage.requestCode(other, simulator);
  await new CodeEntry(tab).enter(code);
  await new DashboardPage(tab).expectUser(other);

  const number = generateUser();
  await phonePage.newPhone.fill(number.phone);
  await phonePage.send.click();
  await expect(page.locator('main > .notice')).toHaveText(MESSAGE);
  await expect(page).toHaveURL('/profile/phone');
  await expect(page.getByText(other.masked)).toBeVisible();
  expect(await simulator.sendCount(number.e164)).toBe(0);

  await paymentPage.submit(PAYMENT);
  await expect(paymentPage.notice).toHaveText(MESSAGE);
  await expect(paymentPage.page).toHaveURL('/payments/new');
  await tab.goto('/payments');
  await expect(tab).toHaveURL('/payments');
  await expect(tab.getByText(PAYMENT.recipient)).toBeHidden();

  // The page that was loaded again belongs to the account that is signed in.
  await paymentPage.submit(PAYMENT);
  await paymentPage.expectPayment('12.50 USD', PAYMENT.recipient, 'Completed');
});

test.describe('a sign-in on a page that was opened before another account signed in', () => {
  test('goes on with the code page, and its code opens the dashboard of its account', async ({
    app,
    codeEntry,
    context,
    dashboardPage,
    formClient,
    page,
    registeredUser,
    signInPage,
    simulator,
  }) => {
    const other = await registerOtherUser(app, simulator);
    await signInPage.goto();
    await formClient.signIn(registeredUser);
    await formClient.copyCookiesTo(context);
    await signInPage.submitPassword(other);
    const code = await signInPage.requestCode(other, simulator);
    await expect(page).toHaveURL('/login/verify');
    await expect(page.getByText(`Signing in as ${other.username}`)).toBeVisible();
    await codeEntry.enter(code);
    await dashboardPage.expectUser(other);
  });

  test('leads back to the signed-in account after "Not you?"', async ({
    app,
    codeEntry,
    context,
    dashboardPage,
    formClient,
    registeredUser,
    signInPage,
    simulator,
  }) => {
    const other = await registerOtherUser(app, simulator);
    await signInPage.goto();
    await formClient.signIn(registeredUser);
    await formClient.copyCookiesTo(context);
    await signInPage.submitPassword(other);
    await signInPage.requestCode(other, simulator);
    await codeEntry.waitUntilReady();
    await codeEntry.notYou.click();
    await dashboardPage.expectUser(registeredUser);
  });
});
