import { type Browser, type Page, expect } from '@playwright/test';

import { CodeEntry } from '../pages/code_entry.ts';
import { RegisterPage } from '../pages/register_page.ts';
import { SignInPage } from '../pages/sign_in_page.ts';
import type { Simulator } from './simulator.ts';
import { type User, generateUser } from './user.ts';

/**
 * Leaves the code page of another user, and waits until that code is cancelled. By then the server has
 * cancelled or kept the code of every page that was left before.
 */
export async function leaveAnotherCodePageAndAwaitCancellation(
  browser: Browser,
  baseURL: string | undefined,
  simulator: Simulator,
): Promise<void> {
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
  const left = await context.newPage();
  const leavingUser = generateUser();
  const registerPage = new RegisterPage(left);
  await registerPage.submitDetails(leavingUser);
  await registerPage.submitCredentials(leavingUser);
  await simulator.codeSentTo(leavingUser.e164, () => registerPage.sendOtp.click());
  await new CodeEntry(left).waitUntilReady();
  await left.goto('/login');
  await expect.poll(() => simulator.cancellationCount(leavingUser.e164)).toBe(1);
  await context.close();
}

/** Waits until the server shows the sign-in page without a dialog to the browser of this page. */
export async function expectNoDialog(page: Page): Promise<void> {
  await expect
    .poll(async () => (await page.request.get('/login')).text())
    .not.toContain('Choose Verification Method');
  await page.goto('/login');
  await expect(page).toHaveURL('/login');
  await expect(page.getByLabel('Username or email')).toHaveValue('');
}

/**
 * Leaves the choice of method of a user in another browser, and waits until that sign-in has ended. By then the server
 * has ended or kept every sign-in that was left before.
 */
export async function leaveDialogOfAnotherBrowser(
  browser: Browser,
  baseURL: string | undefined,
  user: User,
): Promise<void> {
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
  const left = await context.newPage();
  await new SignInPage(left).openMethodDialog(user);
  await left.goto('/register');
  await expectNoDialog(left);
  await context.close();
}
