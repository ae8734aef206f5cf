import { type Locator, type Page, expect } from '@playwright/test';

import type { Person } from '../support/person.ts';

/** `/login`, and the choice of method over it. */
export class SignInPage {
  readonly identifier: Locator;
  readonly password: Locator;
  readonly robot: Locator;
  readonly submit: Locator;
  readonly error: Locator;
  readonly notice: Locator;
  readonly dialog: Locator;
  readonly sms: Locator;
  readonly totp: Locator;
  readonly sendOtp: Locator;
  readonly cancel: Locator;

  constructor(readonly page: Page) {
    this.identifier = page.getByLabel('Username or email');
    this.password = page.getByLabel('Password', { exact: true });
    this.robot = page.getByLabel("I'm not a robot");
    this.submit = page.getByRole('button', { name: 'Submit' });
    this.error = page.getByRole('alert').filter({ hasText: /./ });
    this.notice = page.locator('.notice.success');
    this.dialog = page.getByRole('dialog', { name: 'Choose Verification Method' });
    this.sms = this.dialog.getByRole('radio', { name: /Text message \(SMS\)/ });
    this.totp = this.dialog.getByRole('radio', { name: /Authenticator app \(TOTP\)/ });
    this.sendOtp = this.dialog.getByRole('button', { name: 'Send OTP' });
    this.cancel = this.dialog.getByRole('button', { name: 'Cancel' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/login');
  }

  async fill(person: Pick<Person, 'username' | 'password'>): Promise<void> {
    await this.identifier.fill(person.username);
    await this.password.fill(person.password);
  }

  /** The whole first step, up to the dialog. */
  async passPassword(person: Pick<Person, 'username' | 'password'>): Promise<void> {
    await this.fill(person);
    await this.robot.check();
    await this.submit.click();
    await this.dialogIsModal();
  }

  /** Open, and everything behind it out of reach. */
  async dialogIsModal(): Promise<void> {
    await expect(this.dialog).toBeVisible();
    await expect
      .poll(() => this.dialog.evaluate((dialog) => dialog.matches(':modal')))
      .toBe(true);
  }
}
