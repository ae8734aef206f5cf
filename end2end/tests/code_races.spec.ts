import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import type { CodeEntry } from '../pages/code_entry.ts';
import {
  holdAnswer,
  holdRequest,
  nextFrames,
  openedPages,
  waitForPostWithoutPage,
} from '../support/held_answers.ts';
import { blockWasm } from '../support/loading.ts';
import { type Simulator, wrongCode } from '../support/simulator.ts';
import type { User } from '../support/user.ts';

const SEND = '**/api/verification/send';
const CHECK = '**/api/verification/check';

/**
 * Lets the browser post the form with a code, and answers that there is no new page, so that this page stays open.
 * Returns a list to which the address of each request for a check is added.
 */
async function postWithoutAnswer(page: Page, codeEntry: CodeEntry, code: string): Promise<string[]> {
  const checks: string[] = [];
  await page.route(CHECK, (route) => {
    checks.push(route.request().url());
    return route.fulfill({ status: 204 });
  });
  await codeEntry.input.fill(code);
  const posted = waitForPostWithoutPage(page, '/api/verification/check');
  await codeEntry.validate.click();
  await posted;
  return checks;
}

/** Requests another code. Returns the code, and a function that delivers the answer to the request. */
async function resendWithHeldAnswer(
  page: Page,
  codeEntry: CodeEntry,
  simulator: Simulator,
  user: User,
): Promise<{ code: string; releaseResponse: () => void }> {
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  const releaseResponse = await holdAnswer(page, SEND);
  const code = await simulator.codeSentTo(user.e164, () => codeEntry.resend.click());
  return { code, releaseResponse };
}

test('a complete code that is typed during a resend is checked after the answer', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signingInUser,
}) => {
  const { code, releaseResponse } = await resendWithHeldAnswer(page, codeEntry, simulator, signingInUser);
  await codeEntry.input.pressSequentially(code);
  await expect(codeEntry.input).toHaveValue(code);
  releaseResponse();
  await dashboardPage.expectUser(signingInUser);
});

test('a part of a code that is typed during a resend stays', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signingInUser,
}) => {
  const { code, releaseResponse } = await resendWithHeldAnswer(page, codeEntry, simulator, signingInUser);
  await codeEntry.input.pressSequentially(code.slice(0, 3));
  releaseResponse();
  await expect(codeEntry.resendWait).toBeVisible();
  await nextFrames(page);
  await expect(codeEntry.input).toHaveValue(code.slice(0, 3));
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(code.slice(3));
  await dashboardPage.expectUser(signingInUser);
});

test('a corrected code that is completed during the check of a wrong code is checked', async ({
  page,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  const releaseResponse = await holdAnswer(page, CHECK);
  await codeEntry.enter(wrongCode(signInCode));
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(signInCode);
  await expect(codeEntry.input).toHaveValue(signInCode);
  releaseResponse();
  await dashboardPage.expectUser(signingInUser);
});

test('with blocked WASM, the end of a code does not interrupt a post of the code', async ({
  page,
  codeEntry,
  pageErrors,
  signInCode,
}) => {
  await blockWasm(page, pageErrors);
  await page.clock.install();
  await page.goto('/login/verify');
  const posted = await postWithoutAnswer(page, codeEntry, signInCode);
  const opened = openedPages(page);
  await page.clock.runFor('05:01');
  await expect(page.locator('[data-clock]')).toContainText('0:00');
  expect(opened).toEqual([]);
  expect(posted).toHaveLength(1);
});

test('WASM that arrives while the browser posts the code does not send the code again', async ({
  page,
  codeEntry,
  signInCode,
}) => {
  const deliver = await holdRequest(page, '**/*.wasm');
  const loading = page.waitForRequest('**/*.wasm');
  await page.goto('/login/verify');
  const wasm = (await loading).url();
  const checks = await postWithoutAnswer(page, codeEntry, signInCode);
  deliver();
  // Compiles the WASM again: by then, the page has compiled it too.
  await page.evaluate(async (url) => {
    const response = await fetch(url);
    await WebAssembly.compile(await response.arrayBuffer());
  }, wasm);
  await nextFrames(page);
  await nextFrames(page);
  expect(checks).toHaveLength(1);
  await expect(page.locator('html[data-hydrated]')).toHaveCount(0);
});
