import { test as base, expect } from '@playwright/test';

import { AuthenticatorPage } from './pages/authenticator_page.ts';
import { CodeEntry } from './pages/code_entry.ts';
import { DashboardPage } from './pages/dashboard_page.ts';
import { PaymentPage } from './pages/payment_page.ts';
import { PhonePage } from './pages/phone_page.ts';
import { RegisterPage } from './pages/register_page.ts';
import { SignInPage } from './pages/sign_in_page.ts';
import { type App, type Settings, start } from './support/app.ts';
import { type Person, somebodyNew } from './support/person.ts';
import { Simulator } from './support/simulator.ts';
import { Visitor } from './support/visitor.ts';
import { Watch } from './support/watch.ts';

export type { Settings };
export { expect };

interface PerWorker {
  /** The app's settings; a file that needs others says so with `test.use`. */
  settings: Settings;
  app: App;
}

interface PerTest {
  simulator: Simulator;
  /** Somebody without an account. */
  person: Person;
  /** Somebody with one. */
  member: Person;
  /** A browser-less visitor; see there. */
  visitor: Visitor;
  /** Somebody whose account an operator made: a number on file nobody ever verified. */
  imported: Person;
  /** The member, in this browser, where the sign-in code is asked for. */
  signingIn: Person;
  /** The member, in this browser, signed in. */
  signedIn: Person;
  watch: Watch;
  registerPage: RegisterPage;
  signInPage: SignInPage;
  codeEntry: CodeEntry;
  dashboardPage: DashboardPage;
  paymentPage: PaymentPage;
  phonePage: PhonePage;
  authenticatorPage: AuthenticatorPage;
}

export const test = base.extend<PerTest, PerWorker>({
  // The least work a challenge can ask: what solving takes is captcha.spec.ts's matter.
  settings: [{ SALLYPORT_CAPTCHA_COST: '1' }, { option: true, scope: 'worker' }],

  app: [
    async ({ settings }, use) => {
      const app = await start(settings);
      await use(app);
      await app.stop();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ app }, use) => use(app.origin),

  simulator: async ({ app }, use) => {
    const simulator = new Simulator(app.simulator);
    await use(simulator);
    await simulator.heal();
  },

  watch: [
    async ({ context, app }, use) => {
      const watch = new Watch();
      await watch.over(context, app);
      await use(watch);
      expect(watch.troubles, 'what a page should never do').toEqual([]);
    },
    { auto: true },
  ],

  person: async ({}, use) => use(somebodyNew()),

  visitor: async ({ app }, use) => use(new Visitor(app)),

  member: async ({ person, visitor, simulator }, use) => {
    await visitor.register(person);
    // The next message to the same number has to wait that long.
    await simulator.advance(30);
    await use(person);
  },

  imported: async ({ person, app }, use) => {
    const { username, email, fullName, e164, password } = person;
    const identity = ['--username', username, '--email', email, '--full-name', fullName];
    const args = ['user', 'create', ...identity, '--phone', e164, '--password-stdin'];
    app.command(args, password);
    await use(person);
  },

  signingIn: async ({ member, visitor, context, page }, use) => {
    await visitor.awaitSignInCode(member);
    await visitor.handOver(context);
    await page.goto('/login/verify');
    await use(member);
  },

  signedIn: async ({ signingIn, simulator, codeEntry, dashboardPage }, use) => {
    await codeEntry.enter(await simulator.code(signingIn.e164));
    await dashboardPage.shows(signingIn);
    await use(signingIn);
  },

  registerPage: async ({ page }, use) => use(new RegisterPage(page)),
  signInPage: async ({ page }, use) => use(new SignInPage(page)),
  codeEntry: async ({ page }, use) => use(new CodeEntry(page)),
  dashboardPage: async ({ page }, use) => use(new DashboardPage(page)),
  paymentPage: async ({ page }, use) => use(new PaymentPage(page)),
  phonePage: async ({ page }, use) => use(new PhonePage(page)),
  authenticatorPage: async ({ page }, use) => use(new AuthenticatorPage(page)),
});
