import { type Locator, type Page, expect } from '@playwright/test';

import { waitForIslands } from '../support/loading.ts';
import type { Simulator } from '../support/simulator.ts';
import type { User } from '../support/user.ts';

/** `/login`, and the dialogs over it: choice of verification method, set-up of the phone number. */
export class SignInPage {
  readonly identifier: Locator;
  readonly password: Locator;
  readonly notARobot: Locator;
  readonly submit: Locator;
  readonly error: Locator;
  readonly notice: Locator;
  readonly methodDialog: Locator;
  readonly sms: Locator;
  readonly totp: Locator;
  readonly recovery: Locator;
  readonly sendOtp: Locator;
  /** The button of the choice of method for an authenticator app and for a recovery code. */
  readonly goOn: Locator;
  readonly cancel: Locator;
  readonly setUpDialog: Locator;
  readonly setUpPhone: Locator;
  readonly sendVerificationCode: Locator;
  /** The button of the set-up after a lost phone that signs in with the earlier second factor. */
  readonly keepNumber: Locator;

  constructor(readonly page: Page) {
    this.identifier = page.getByLabel('Username or email');
    this.password = page.getByLabel('Password', { exact: true });
    this.notARobot = page.getByLabel("I'm not a robot");
    this.submit = page.getByRole('button', { name: 'Submit' });
    this.error = page.getByRole('alert').filter({ hasText: /./ });
    this.notice = page.locator('main > .notice');
    this.methodDialog = page.getByRole('dialog', { name: 'Choose Verification Method' });
    this.sms = this.methodDialog.getByRole('radio', { name: /Text message \(SMS\)/ });
    this.totp = this.methodDialog.getByRole('radio', { name: /Authenticator app \(TOTP\)/ });
    this.recovery = this.methodDialog.getByRole('radio', { name: /Recovery code/ });
    this.goOn = this.methodDialog.getByRole('button', { name: 'Continue' });
    this.sendOtp = this.methodDialog.getByRole('button', { name: 'Send OTP' });
    this.setUpDialog = page.getByRole('dialog', { name: 'Set Up Two-Factor Authentication' });
    this.setUpPhone = this.setUpDialog.getByLabel('Phone number');
    this.sendVerificationCode = this.setUpDialog.getByRole('button', {
      name: 'Send Verification Code',
    });
    this.keepNumber = this.setUpDialog.getByRole('button', { name: 'Keep my number' });
    this.cancel = this.methodDialog.getByRole('button', { name: 'Cancel' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/login');
  }

  async fill(user: Pick<User, 'username' | 'password'>): Promise<void> {
    await this.identifier.fill(user.username);
    await this.password.fill(user.password);
  }

  /**
   * Submits user name and password, and waits for the dialog of the next step. Waits until the WASM controls the form,
   * because otherwise the browser posts the form itself, and the next page has an empty form.
   */
  async submitPassword(
    user: Pick<User, 'username' | 'password'>,
    dialog = this.methodDialog,
  ): Promise<void> {
    await this.fill(user);
    await waitForIslands(this.page);
    await this.notARobot.check();
    await this.submit.click();
    await this.expectModal(dialog);
  }

  /** Opens the page, submits user name and password, and waits for the choice of verification method. */
  async openMethodDialog(user: Pick<User, 'username' | 'password'>): Promise<void> {
    await this.goto();
    await this.submitPassword(user);
  }

  /** Sends the code in the choice of method, and returns it. */
  async requestCode(user: Pick<User, 'e164'>, simulator: Simulator): Promise<string> {
    return simulator.codeSentTo(user.e164, () => this.sendOtp.click());
  }

  /** Opens the choice of method and requests a code while the provider sends none. */
  async requestCodeInOutage(user: User, simulator: Simulator): Promise<void> {
    await this.openMethodDialog(user);
    await simulator.injectFaults({ on: 'create', kind: 'status', status: 503, times: 10 });
    await this.sendOtp.click();
  }

  /** Opens the page, submits user name and password, and waits for the set-up of the phone number. */
  async openSetUpDialog(user: Pick<User, 'username' | 'password'>): Promise<void> {
    await this.goto();
    await this.submitPassword(user, this.setUpDialog);
  }

  /** Enters a phone number in the set-up dialog and requests a code for it. */
  async submitSetUpPhone(phone: string): Promise<void> {
    await this.setUpPhone.fill(phone);
    await this.sendVerificationCode.click();
  }

  /** Opens the page and the set-up, and requests a code for the phone number of `user`. Returns the code. */
  async requestSetUpCode(user: User, simulator: Simulator): Promise<string> {
    await this.openSetUpDialog(user);
    return simulator.codeSentTo(user.e164, () => this.submitSetUpPhone(user.phone));
  }

  /**
   * Waits until the choice of method is closed and the form below it has the focus. The focus moves in the frame after
   * the dialog has closed, and a text that is filled in at that moment would get into the focused field.
   */
  async expectMethodDialogClosed(): Promise<void> {
    await expect(this.methodDialog).toBeHidden();
    await expect(this.identifier).toBeFocused();
  }

  /** Waits until the set-up is closed and the form below it has the focus, for the same reason. */
  async expectSetUpDialogClosed(): Promise<void> {
    await expect(this.setUpDialog).toBeHidden();
    await expect(this.password).toBeFocused();
  }

  /** Expects an open dialog that makes the page behind it inert. */
  async expectModal(dialog = this.methodDialog): Promise<void> {
    await expect(dialog).toBeVisible();
    await expect.poll(() => dialog.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
  }
}
