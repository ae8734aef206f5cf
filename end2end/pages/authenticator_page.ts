import { type Locator, type Page, expect } from '@playwright/test';

import { Authenticator } from '../support/authenticator.ts';
import type { Simulator } from '../support/simulator.ts';

/** `/profile/authenticator`: setting an authenticator app up, replacing and removing it. */
export class AuthenticatorPage {
  readonly heading: Locator;
  readonly setUp: Locator;
  readonly qr: Locator;
  readonly key: Locator;
  readonly openHere: Locator;
  readonly confirm: Locator;
  readonly cancel: Locator;
  readonly replace: Locator;
  readonly remove: Locator;
  readonly dialog: Locator;
  readonly reallyRemove: Locator;
  readonly keep: Locator;
  readonly notice: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Authenticator app', exact: true });
    this.setUp = page.getByRole('button', { name: 'Set up authenticator app' });
    this.qr = page.getByRole('img', { name: 'QR code for your authenticator app' });
    this.key = page.locator('.key');
    this.openHere = page.getByText('Open it in an app on this device');
    this.confirm = page.getByRole('button', { name: 'Confirm' });
    this.cancel = page.getByRole('button', { name: 'Cancel' });
    this.replace = page.getByRole('button', { name: 'Replace' });
    this.remove = page.getByRole('link', { name: 'Remove' });
    this.dialog = page.getByRole('dialog', { name: 'Remove your authenticator app?' });
    this.reallyRemove = this.dialog.getByRole('button', { name: 'Remove' });
    this.keep = this.dialog.getByRole('link', { name: 'Cancel' });
    this.notice = page.locator('.notice.success');
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/authenticator');
    await expect(this.heading).toBeVisible();
  }

  /** Types the key that is shown into an app. */
  async read(simulator: Simulator): Promise<Authenticator> {
    await expect(this.qr).toBeVisible();
    await expect(this.key).toHaveText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    return new Authenticator((await this.key.innerText()).replaceAll(' ', ''), simulator);
  }
}
