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
  readonly setUp: Locator;
  readonly setUpPhone: Locator;
  readonly sendVerificationCode: Locator;

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
    this.setUp = page.getByRole('dialog', { name: 'Set Up Two-Factor Authentication' });
    this.setUpPhone = this.setUp.getByLabel('Phone number');
    this.sendVerificationCode = this.setUp.getByRole('button', {
      name: 'Send Verification Code',
    });
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
  async passPassword(
    person: Pick<Person, 'username' | 'password'>,
    dialog = this.dialog,
  ): Promise<void> {
    await this.fill(person);
    await this.robot.check();
    await this.submit.click();
    await this.dialogIsModal(dialog);
  }

  /** Open, and everything behind it out of reach. */
  async dialogIsModal(dialog = this.dialog): Promise<void> {
    await expect(dialog).toBeVisible();
    await expect.poll(() => dialog.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
  }
}
