import type { Page } from '@playwright/test';

import { expect } from '../fixtures.ts';
import { AuthenticatorPage } from '../pages/authenticator_page.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import type { AuthenticatorApp } from './authenticator_app.ts';
import type { Simulator } from './simulator.ts';

/** Adds an authenticator app to the account of the signed-in user. Needs a page with blocked WASM. */
export async function addAuthenticator(page: Page, simulator: Simulator): Promise<AuthenticatorApp> {
  const authenticatorPage = new AuthenticatorPage(page);
  await authenticatorPage.goto();
  await authenticatorPage.setUp.click();
  const app = await authenticatorPage.createApp(simulator);
  await new CodeEntry(page).input.fill(await app.code());
  await authenticatorPage.confirm.click();
  await expect(authenticatorPage.notice).toHaveText('Your authenticator app is set up.');
  // The app accepts each code only once.
  await simulator.advanceClock(60);
  return app;
}

/** Creates recovery codes for the signed-in user and returns them. */
export async function createRecoveryCodes(page: Page): Promise<string[]> {
  const recoveryPage = new RecoveryCodesPage(page);
  await recoveryPage.goto();
  await recoveryPage.createFirst.click();
  return recoveryPage.readCodes();
}
