import type { Browser } from '@playwright/test';

import { SignInPage } from '../pages/sign_in_page.ts';
import type { Simulator } from './simulator.ts';
import type { User } from './user.ts';

/** Requests a code for a sign-in of the same user in another browser, and closes it. */
export async function requestCodeInOtherBrowser(
  browser: Browser,
  baseURL: string | undefined,
  user: User,
  simulator: Simulator,
): Promise<void> {
  await simulator.advanceClock(30);
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
  const signInPage = new SignInPage(await context.newPage());
  await signInPage.openMethodDialog(user);
  await signInPage.requestCode(user, simulator);
  await context.close();
}
