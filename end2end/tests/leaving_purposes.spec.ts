import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { PasswordResetPage } from '../pages/password_reset_page.ts';
import { PaymentPage } from '../pages/payment_page.ts';
import { PhonePage } from '../pages/phone_page.ts';
import { RegisterPage } from '../pages/register_page.ts';
import type { Simulator } from '../support/simulator.ts';
import { type User, generateUser } from '../support/user.ts';

interface Visit {
  page: Page;
  user: User;
  simulator: Simulator;
}

/** Opens the code page of a purpose, and returns the number that received the code. */
type OpenCodePage = (visit: Visit) => Promise<string>;

/** Purposes of a browser that is signed out. */
const SIGNED_OUT: Record<string, OpenCodePage> = {
  registration: async ({ page, simulator }) => {
    const registerPage = new RegisterPage(page);
    const newUser = generateUser();
    await registerPage.submitDetails(newUser);
    await registerPage.submitCredentials(newUser);
    await simulator.codeSentTo(newUser.e164, () => registerPage.sendOtp.click());
    return newUser.e164;
  },
  'password reset': async ({ page, user, simulator }) => {
    const resetPage = new PasswordResetPage(page);
    await page.goto(await resetPage.requestLink(user, simulator));
    await resetPage.submitPassword();
    const sendOtp = page.getByRole('button', { name: 'Send OTP' });
    await simulator.codeSentTo(user.e164, () => sendOtp.click());
    return user.e164;
  },
};

/** Purposes of a browser that is signed in. */
const SIGNED_IN: Record<string, OpenCodePage> = {
  'phone change': async ({ page, simulator }) => {
    const phonePage = new PhonePage(page);
    const next = generateUser();
    await page.goto('/profile');
    await phonePage.goto();
    await phonePage.sendCodeTo(next, simulator);
    return next.e164;
  },
  'step-up': async ({ page, user, simulator }) => {
    await page.goto('/profile');
    await new PhonePage(page).beginStepUp(user, simulator);
    return user.e164;
  },
};

/** Leaves a code page. Returns a page of the same browser that is open afterwards. */
type Leave = (page: Page, context: BrowserContext) => Promise<Page>;

/** Ways to leave a code page. */
const WAYS: Record<string, Leave> = {
  'the Back button': async (page) => {
    await page.goBack();
    return page;
  },
  'closing the tab': async (page, context) => {
    const rest = await context.newPage();
    await page.close({ runBeforeUnload: true });
    return rest;
  },
};

/** Opens a code page and leaves it, and expects that the server cancels the code. */
async function expectLeavingCancels(
  visit: Visit,
  openCodePage: OpenCodePage,
  leave: Leave,
): Promise<void> {
  const { page, simulator } = visit;
  const number = await openCodePage(visit);
  await new CodeEntry(page).waitUntilReady();
  const before = await simulator.cancellationCount(number);
  await leave(page, page.context());
  await expect.poll(() => simulator.cancellationCount(number)).toBe(before + 1);
}

for (const [way, leave] of Object.entries(WAYS)) {
  for (const [purpose, openCodePage] of Object.entries(SIGNED_OUT)) {
    test(`${way} cancels the code of a ${purpose}`, async ({
      page,
      simulator,
      registeredUser: user,
    }) => {
      await expectLeavingCancels({ page, user, simulator }, openCodePage, leave);
    });
  }

  for (const [purpose, openCodePage] of Object.entries(SIGNED_IN)) {
    test(`${way} cancels the code of a ${purpose}`, async ({
      page,
      simulator,
      signedInUser: user,
    }) => {
      await expectLeavingCancels({ page, user, simulator }, openCodePage, leave);
    });
  }

  test(`${way} at the code of a payment cancels the payment`, async ({
    page,
    context,
    paymentPage,
    codeEntry,
    simulator,
    signedInUser,
  }) => {
    await simulator.advanceClock(30);
    const payment = { recipient: 'Corner Shop', amount: '150' };
    await paymentPage.requestCode(payment, signedInUser, simulator);
    await codeEntry.waitUntilReady();
    await expect(page).toHaveURL(/\/payments\/[0-9a-f]{32}$/);
    const path = new URL(page.url()).pathname;
    const before = await simulator.cancellationCount(signedInUser.e164);
    const rest = await leave(page, context);
    await expect.poll(() => simulator.cancellationCount(signedInUser.e164)).toBe(before + 1);
    // Back leads to the page of the payment, which shows that it was cancelled.
    if (rest !== page) await rest.goto(path);
    const shown = new PaymentPage(rest);
    await shown.expectPayment('150.00 USD', 'Corner Shop', 'Failed');
    await expect(shown.notice).toHaveText('The payment was cancelled. Nothing was paid.');
  });
}
