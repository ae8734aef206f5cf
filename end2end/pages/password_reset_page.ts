import { type Locator, type Page, expect } from '@playwright/test';

import { waitForLink } from '../support/contact_links.ts';
import type { Simulator } from '../support/simulator.ts';
import type { User } from '../support/user.ts';

/** `/forgot-password`, and the page of the mailed link. */
export class PasswordResetPage {
  readonly identifier: Locator;
  readonly notARobot: Locator;
  readonly send: Locator;
  readonly password: Locator;
  readonly continueButton: Locator;

  constructor(readonly page: Page) {
    this.identifier = page.getByLabel('Username or email');
    this.notARobot = page.getByLabel("I'm not a robot");
    this.send = page.getByRole('button', { name: 'Send link' });
    this.password = page.getByLabel('New password');
    this.continueButton = page.getByRole('button', { name: 'Continue' });
  }

  /** Submits the username on the opened page, and waits for the confirmation. */
  async submitUsername(user: Pick<User, 'username'>): Promise<void> {
    await this.identifier.fill(user.username);
    await this.notARobot.check();
    await expect(this.send).toBeEnabled();
    await this.send.click();
    await expect(this.page.getByText('an email with a link is on its way')).toBeVisible();
  }

  /** Opens the page and requests a link. Returns the path of the link in the mail. */
  async requestLink(
    user: Pick<User, 'username' | 'email'>,
    simulator: Simulator,
  ): Promise<string> {
    await this.page.goto('/forgot-password');
    await this.submitUsername(user);
    return waitForLink(simulator, user.email, 'reset-password');
  }

  /** Submits a new password on the page of the mailed link. */
  async submitPassword(password = 'a quite different 88 phrase'): Promise<void> {
    await this.password.fill(password);
    await this.continueButton.click();
  }
}
