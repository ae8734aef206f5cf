import { type Locator, type Page, expect } from '@playwright/test';

import { AuthenticatorApp } from '../support/authenticator_app.ts';
import type { Simulator } from '../support/simulator.ts';

/** `/profile/authenticator`: set up, replace and remove the authenticator app. */
export class AuthenticatorPage {
  readonly heading: Locator;
  readonly setUp: Locator;
  readonly qr: Locator;
  readonly key: Locator;
  readonly openOnThisDevice: Locator;
  readonly confirm: Locator;
  readonly cancel: Locator;
  readonly replace: Locator;
  readonly remove: Locator;
  readonly removeDialog: Locator;
  readonly confirmRemove: Locator;
  readonly keepApp: Locator;
  readonly notice: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Authenticator app', exact: true });
    this.setUp = page.getByRole('button', { name: 'Set up authenticator app' });
    this.qr = page.getByRole('img', { name: 'QR code for your authenticator app' });
    this.key = page.locator('.key');
    this.openOnThisDevice = page.getByText('Open it in an app on this device');
    this.confirm = page.getByRole('button', { name: 'Confirm' });
    this.cancel = page.getByRole('button', { name: 'Cancel' });
    this.replace = page.getByRole('button', { name: 'Replace' });
    this.remove = page.getByRole('link', { name: 'Remove' });
    this.removeDialog = page.getByRole('dialog', { name: 'Remove your authenticator app?' });
    this.confirmRemove = this.removeDialog.getByRole('button', { name: 'Remove' });
    this.keepApp = this.removeDialog.getByRole('link', { name: 'Cancel' });
    this.notice = page.locator('.notice.success');
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/authenticator');
    await expect(this.heading).toBeVisible();
  }

  /** Returns an authenticator app that holds the key shown on the page. */
  async createApp(simulator: Simulator): Promise<AuthenticatorApp> {
    await expect(this.qr).toBeVisible();
    await expect(this.key).toHaveText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    return new AuthenticatorApp((await this.key.innerText()).replaceAll(' ', ''), simulator);
  }
}
