import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { recordAnnouncements } from '../support/announcements.ts';
import { blockWasm } from '../support/loading.ts';
import { requestCodeInOtherBrowser } from '../support/other_browser.ts';

/** Shifts the local clock of a page by a number of hours; its speed does not change. */
async function shiftLocalClock(page: Page, hours: number): Promise<void> {
  await page.addInitScript((millis) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + millis;
  }, hours * 3_600_000);
}

test('the countdown of a sign-in starts at five minutes', async ({
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.expectSecondsLeft(300, simulator, signingInUser.e164);
  const first = await codeEntry.secondsLeft();
  await expect.poll(() => codeEntry.secondsLeft()).toBeLessThan(first);
});

test('the countdown of a registration starts at ten minutes', async ({
  formClient,
  context,
  page,
  codeEntry,
  simulator,
  newUser,
}) => {
  await formClient.requestRegistrationCode(newUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/register/verify');
  await codeEntry.expectSecondsLeft(600, simulator, newUser.e164);
});

test('the countdown is correct after a reload', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await simulator.advanceClock(60);
  await page.reload();
  await codeEntry.waitUntilReady();
  await codeEntry.expectSecondsLeft(300, simulator, signingInUser.e164);
});

test('the countdown is correct after the computer was asleep', async ({
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(240);
  await codeEntry.simulateTabReturn();
  await codeEntry.expectSecondsLeft(300, simulator, signingInUser.e164);
});

for (const hours of [-26, 26]) {
  test(`the countdown is correct while the local clock is wrong by ${hours} hours`, async ({
    page,
    codeEntry,
    simulator,
    signingInUser,
  }) => {
    const { e164 } = signingInUser;
    await shiftLocalClock(page, hours);
    await page.reload();
    await codeEntry.waitUntilReady();
    await codeEntry.expectSecondsToResend(simulator, e164);
    await codeEntry.expectSecondsLeft(300, simulator, e164);
    await simulator.advanceClock(120);
    await codeEntry.simulateTabReturn();
    await codeEntry.expectSecondsLeft(300, simulator, e164);
  });
}

test('"Resend" is disabled for 30 seconds after each message', async ({
  codeEntry,
  simulator,
  signingInUser,
}) => {
  const sent = await simulator.sendCount(signingInUser.e164);
  await codeEntry.waitUntilReady();
  await expect(codeEntry.resend).toBeDisabled();
  await codeEntry.expectSecondsToResend(simulator, signingInUser.e164);

  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  await expect(codeEntry.resend).toBeEnabled();
  await expect(codeEntry.resendWait).toBeHidden();

  await codeEntry.resend.dblclick();
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resendWait).toBeVisible();
  expect(await simulator.sendCount(signingInUser.e164)).toBe(sent + 1);
  await expect(codeEntry.input).toBeFocused();
});

test('"Resend" is enabled at the end of the cooldown without a reload', async ({
  page,
  codeEntry,
  signingInUser: _,
}) => {
  await page.clock.install();
  await page.reload();
  await codeEntry.waitUntilReady();
  await expect(codeEntry.resend).toBeDisabled();
  await page.clock.runFor('00:31');
  await expect(codeEntry.resend).toBeEnabled();
});

test('the hourly message limit is shown with the time until the next code', async ({
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessages(signingInUser, simulator);
  expect(await simulator.sendCount(signingInUser.e164)).toBe(5);
});

test('with blocked WASM, the countdown goes on after the hourly message limit was reached', async ({
  browser,
  baseURL,
  page,
  codeEntry,
  pageErrors,
  simulator,
  signingInUser,
}) => {
  await codeEntry.useUpMessagesExceptLast(signingInUser, simulator);
  await requestCodeInOtherBrowser(browser, baseURL, signingInUser, simulator);
  await simulator.advanceClock(30);
  await blockWasm(page, pageErrors);
  await page.reload();
  await codeEntry.resend.click();
  await expect(page.getByRole('alert').filter({ hasText: /\d+ minutes/ })).toBeVisible();
  await expect(codeEntry.resend).toBeHidden();
  const left = await codeEntry.secondsLeft();
  await expect.poll(() => codeEntry.secondsLeft()).toBeLessThan(left);
});

test('two tabs share the resend cooldown', async ({
  context,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const tab = await context.newPage();
  await tab.goto('/login/verify');
  const wait = tab.getByText(/^in \d:\d\d$/);
  const resend = tab.getByRole('button', { name: 'Resend' });
  await expect(wait).toBeVisible();

  await simulator.advanceClock(30);
  await tab.reload();
  await codeEntry.simulateTabReturn();
  await expect(resend).toBeEnabled();
  await expect(codeEntry.resend).toBeEnabled();
  await resend.click();
  await expect(wait).toBeVisible();

  // The first tab has not been updated yet.
  const sent = await simulator.sendCount(signingInUser.e164);
  await codeEntry.resend.click();
  await expect(
    codeEntry.page.getByText(/^You can request another code in \d+ seconds?\.$/),
  ).toBeVisible();
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resendWait).toBeVisible();
  expect(await simulator.sendCount(signingInUser.e164)).toBe(sent);
});

test('screen readers announce the remaining time at 60 s, 30 s and 0 s only', async ({
  page,
  codeEntry,
  signingInUser: _,
}) => {
  await page.clock.install();
  await page.reload();
  await codeEntry.waitUntilReady();
  const readAnnouncements = await recordAnnouncements(page);
  await page.clock.runFor('05:05');
  expect(await readAnnouncements()).toEqual([
    'The code expires in 1 minute.',
    'The code expires in 30 seconds.',
    'The code has expired.',
  ]);
  await expect(codeEntry.announcement).toHaveText('The code has expired.');
});
