import type { Page, Response } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import { holdAnswer, holdRequest, nextFrames, openedPages } from '../support/held_answers.ts';
import { waitForIslands } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

/** The note in place of a refused request for a code, which the form repeats after the wait. */
const WAIT_NOTE = /^Your code will be sent in 0:\d\d\.$/;

/** The requests that cancel a verification. */
const CANCEL = '**/api/verification/cancel';

/** Waits for the answer to a slow request, and until the page has handled it. Expects that the page stays. */
async function expectIgnored(page: Page, answer: Promise<Response>): Promise<void> {
  const opened = openedPages(page);
  await (await answer).finished();
  await nextFrames(page);
  await expect(page.getByLabel('Username or email')).toHaveValue('another.user');
  expect(opened).toEqual([]);
}

test('a number that is changed during the wait before a send gets the code', async ({
  page,
  signInPage,
  simulator,
  importedUser,
}) => {
  const mistyped = generateUser();
  await signInPage.openSetUpDialog(importedUser);
  await simulator.injectFaults({ on: 'create', kind: 'status', status: 503 });
  await signInPage.submitSetUpPhone(mistyped.phone);
  await expect(page.getByText(TEXT.couldNotSend)).toBeVisible();
  const sends = await simulator.sendCount(mistyped.e164);
  await signInPage.sendVerificationCode.click();
  const note = page.locator('.notice', { hasText: WAIT_NOTE });
  await expect(note).toBeVisible();
  await signInPage.setUpPhone.fill(importedUser.phone);
  await expect(note).toBeHidden();
  await simulator.advanceClock(30);
  await simulator.codeSentTo(importedUser.e164, () => signInPage.sendVerificationCode.click());
  expect(await simulator.sendCount(mistyped.e164)).toBe(sends);
});

test('a code is sent as soon as a suspended page continues after the wait', async ({
  page,
  signInPage,
  simulator,
  importedUser,
}) => {
  await page.clock.install();
  await signInPage.openSetUpDialog(importedUser);
  await simulator.injectFaults({ on: 'create', kind: 'status', status: 503 });
  await signInPage.submitSetUpPhone(importedUser.phone);
  await expect(page.getByText(TEXT.couldNotSend)).toBeVisible();
  await signInPage.sendVerificationCode.click();
  await expect(page.locator('.notice', { hasText: WAIT_NOTE })).toBeVisible();
  await simulator.advanceClock(30);
  await simulator.codeSentTo(importedUser.e164, async () => {
    // A busy machine can need seconds from the reading of the clock to the pause, which must not be in the past.
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 10_000));
    // Each timer fires once, as after a suspension. From now on, the clock of the page stands still.
    await page.clock.fastForward('00:40');
  });
});

test('a recovery code can be chosen during the wait before a text message', async ({
  page,
  context,
  signInPage,
  simulator,
  signedInUser,
}) => {
  await new RecoveryCodesPage(page).createFirstCodes();
  await context.clearCookies();
  await simulator.advanceClock(30);
  await signInPage.requestCodeInOutage(signedInUser, simulator);
  await expect(page.getByText(TEXT.couldNotSend)).toBeVisible();
  await simulator.clearFaults();
  await signInPage.sendOtp.click();
  const note = page.locator('.notice', { hasText: WAIT_NOTE });
  await expect(note).toBeVisible();
  const sends = await simulator.sendCount(signedInUser.e164);
  await signInPage.recovery.check();
  await expect(note).toBeHidden();
  await signInPage.goOn.click();
  await expect(page.getByLabel('Recovery code')).toBeVisible();
  expect(await simulator.sendCount(signedInUser.e164)).toBe(sends);
});

/**
 * Holds the answers to sends and cancellations. The returned function cancels by `cancel`, answers the send while the
 * server's answer to the cancellation is on its way, and then answers the cancellation.
 */
async function holdAnswers(page: Page, send: string): Promise<(cancel: () => Promise<void>) => Promise<void>> {
  const answerSend = await holdAnswer(page, send);
  const answerCancel = await holdAnswer(page, CANCEL);
  return async (cancel) => {
    const sent = page.waitForResponse(send);
    const cancelled = page.waitForResponse(CANCEL);
    const requested = page.waitForRequest(CANCEL);
    await cancel();
    await requested;
    answerSend();
    await (await sent).finished();
    await nextFrames(page);
    answerCancel();
    await (await cancelled).finished();
  };
}

test('the answer to a send that arrives during the cancellation changes nothing on the page', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await simulator.advanceClock(30);
  await signInPage.openMethodDialog(registeredUser);
  const answerAfter = await holdAnswers(page, '**/api/verification/method');
  await simulator.codeSentTo(registeredUser.e164, () => signInPage.sendOtp.click());
  const opened = openedPages(page);
  await answerAfter(() => signInPage.cancel.click());
  await expect(signInPage.methodDialog).toBeHidden();
  await expect(signInPage.identifier).toHaveValue(registeredUser.username);
  expect(opened).toEqual([]);
});

test('the answer to a send in a set-up that arrives during the cancellation changes nothing on the page', async ({
  page,
  signInPage,
  simulator,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  const answerAfter = await holdAnswers(page, '**/api/set-up/send');
  await simulator.codeSentTo(importedUser.e164, () => signInPage.submitSetUpPhone(importedUser.phone));
  const opened = openedPages(page);
  await answerAfter(() => page.keyboard.press('Escape'));
  await expect(signInPage.setUpDialog).toBeHidden();
  await expect(signInPage.password).toBeFocused();
  expect(opened).toEqual([]);
});

test('the answer to a send that arrives after "Cancel" in a payment does not open another page', async ({
  page,
  paymentPage,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(30);
  await paymentPage.goto();
  await paymentPage.submit({ recipient: 'Corner Shop', amount: '150' });
  await expect(paymentPage.methodDialog).toBeVisible();
  await waitForIslands(page);
  const answerSend = await holdAnswer(page, '**/api/verification/method');
  await simulator.codeSentTo(signedInUser.e164, () => paymentPage.sendOtp.click());
  // The page waits at most 1.5 seconds for the cancellation, and a busy server needs longer.
  const showPayment = await holdRequest(page, page.url());
  const opened = openedPages(page);
  const sent = page.waitForResponse('**/api/verification/method');
  const cancelled = page.waitForResponse(CANCEL);
  const reloaded = page.waitForRequest(page.url());
  await paymentPage.cancel.click();
  await reloaded;
  answerSend();
  await (await sent).finished();
  await cancelled;
  showPayment();
  await paymentPage.expectPayment('150.00 USD', 'Corner Shop', 'Failed');
  expect(opened).toHaveLength(1);
});

test('the answer to a send that the user has cancelled changes nothing on the page', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await simulator.advanceClock(30);
  await signInPage.openMethodDialog(registeredUser);
  const sends = await simulator.sendCount(registeredUser.e164);
  await simulator.injectFaults({ on: 'create', kind: 'delay', delay_ms: 4_000 });
  // However slow the machine is, the page gets the answer after the cancellation.
  const answerSend = await holdAnswer(page, '**/api/verification/method');
  const answer = page.waitForResponse('**/api/verification/method');
  await signInPage.sendOtp.click();
  await expect.poll(() => simulator.sendCount(registeredUser.e164)).toBe(sends + 1);
  await signInPage.cancel.click();
  await signInPage.expectMethodDialogClosed();
  await signInPage.identifier.fill('another.user');
  answerSend();
  await expectIgnored(page, answer);
  await expect(signInPage.error).toBeHidden();
});

test('the answer to a send in a set-up that the user has left changes nothing on the page', async ({
  page,
  signInPage,
  simulator,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await simulator.injectFaults({ on: 'create', kind: 'delay', delay_ms: 4_000 });
  const answerSend = await holdAnswer(page, '**/api/set-up/send');
  const answer = page.waitForResponse('**/api/set-up/send');
  await signInPage.submitSetUpPhone(importedUser.phone);
  await expect.poll(() => simulator.sendCount(importedUser.e164)).toBe(1);
  await page.keyboard.press('Escape');
  await signInPage.expectSetUpDialogClosed();
  await signInPage.identifier.fill('another.user');
  answerSend();
  await expectIgnored(page, answer);
  await expect(signInPage.error).toBeHidden();
});
