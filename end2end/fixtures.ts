import { test as base, expect } from '@playwright/test';

import { AuthenticatorPage } from './pages/authenticator_page.ts';
import { CodeEntry } from './pages/code_entry.ts';
import { DashboardPage } from './pages/dashboard_page.ts';
import { PasswordResetPage } from './pages/password_reset_page.ts';
import { PaymentPage } from './pages/payment_page.ts';
import { PhonePage } from './pages/phone_page.ts';
import { RegisterPage } from './pages/register_page.ts';
import { SignInPage } from './pages/sign_in_page.ts';
import { type App, type Settings, startApp } from './support/app.ts';
import { FormClient } from './support/form_client.ts';
import { PageErrors } from './support/page_errors.ts';
import { Simulator } from './support/simulator.ts';
import { type User, generateUser } from './support/user.ts';

export type { Settings };
export { expect };

interface WorkerFixtures {
  /** Settings of the app. A test file overrides the settings with `test.use`. */
  settings: Settings;
  app: App;
}

interface TestFixtures {
  simulator: Simulator;
  /** Data of a new user without an account. */
  newUser: User;
  /** `newUser` after registration, with a verified phone number and a verified email address. */
  registeredUser: User;
  /** `newUser` after an operator created the account. The phone number is not verified. */
  importedUser: User;
  formClient: FormClient;
  /** The code sent to `registeredUser` for the sign-in that `signingInUser` has begun. */
  signInCode: string;
  /** `registeredUser`, with the page of this test at the code entry of a sign-in. */
  signingInUser: User;
  /** `registeredUser`, signed in on the page of this test. */
  signedInUser: User;
  /** `newUser` after registration, signed in on the page of this test, with an unverified email address. */
  unverifiedUser: User;
  pageErrors: PageErrors;
  registerPage: RegisterPage;
  signInPage: SignInPage;
  passwordResetPage: PasswordResetPage;
  codeEntry: CodeEntry;
  dashboardPage: DashboardPage;
  paymentPage: PaymentPage;
  phonePage: PhonePage;
  authenticatorPage: AuthenticatorPage;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // The cheapest CAPTCHA. captcha_work.spec.ts tests the default cost.
  settings: [{ SALLYPORT_CAPTCHA_COST: '1' }, { option: true, scope: 'worker' }],

  app: [
    async ({ settings }, use) => {
      const app = await startApp(settings);
      await use(app);
      await app.stop();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ app }, use) => use(app.origin),

  simulator: async ({ app }, use) => {
    const simulator = new Simulator(app.simulator);
    await use(simulator);
    await simulator.clearFaults();
  },

  pageErrors: [
    async ({ context, app }, use) => {
      const pageErrors = new PageErrors();
      await pageErrors.record(context, app);
      await use(pageErrors);
      const errors = pageErrors.unexpected;
      // A request that a route still handles would fail when the page closes, and with it the test.
      await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
      expect(errors, 'errors that no page may cause').toEqual([]);
    },
    { auto: true },
  ],

  newUser: async ({}, use) => use(generateUser()),

  formClient: async ({ app }, use) => use(new FormClient(app)),

  registeredUser: async ({ newUser, app, formClient, simulator }, use) => {
    await formClient.register(newUser);
    app.runCommand(['user', 'verify-email', newUser.username], '');
    // Skips the resend cooldown: the next message to this number is allowed after 30 seconds.
    await simulator.advanceClock(30);
    await use(newUser);
  },

  importedUser: async ({ newUser, app }, use) => {
    const { username, email, fullName, e164, password } = newUser;
    const identity = ['--username', username, '--email', email, '--full-name', fullName];
    const args = ['user', 'create', ...identity, '--phone', e164, '--password-stdin'];
    app.runCommand(args, password);
    await use(newUser);
  },

  signInCode: async ({ registeredUser, formClient, context }, use) => {
    const code = await formClient.requestSignInCode(registeredUser);
    await formClient.copyCookiesTo(context);
    await use(code);
  },

  signingInUser: async ({ registeredUser, signInCode: _, page }, use) => {
    await page.goto('/login/verify');
    await use(registeredUser);
  },

  signedInUser: async ({ signingInUser, signInCode, codeEntry, dashboardPage }, use) => {
    await codeEntry.enter(signInCode);
    await dashboardPage.expectUser(signingInUser);
    await use(signingInUser);
  },

  unverifiedUser: async ({ newUser, formClient, simulator, context }, use) => {
    await formClient.register(newUser);
    await simulator.advanceClock(30);
    await formClient.signIn(newUser);
    await formClient.copyCookiesTo(context);
    await use(newUser);
  },

  registerPage: async ({ page }, use) => use(new RegisterPage(page)),
  signInPage: async ({ page }, use) => use(new SignInPage(page)),
  passwordResetPage: async ({ page }, use) => use(new PasswordResetPage(page)),
  codeEntry: async ({ page }, use) => use(new CodeEntry(page)),
  dashboardPage: async ({ page }, use) => use(new DashboardPage(page)),
  paymentPage: async ({ page }, use) => use(new PaymentPage(page)),
  phonePage: async ({ page }, use) => use(new PhonePage(page)),
  authenticatorPage: async ({ page }, use) => use(new AuthenticatorPage(page)),
});
