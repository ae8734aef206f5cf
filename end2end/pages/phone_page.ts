import { type Locator, type Page, expect } from '@playwright/test';

import type { Simulator } from '../support/simulator.ts';
import type { User } from '../support/user.ts';

/** `/profile/phone`: change the phone number, after a step-up if the sign-in is too old. */
export class PhonePage {
  readonly heading: Locator;
  readonly newPhone: Locator;
  readonly send: Locator;
  readonly confirm: Locator;
  readonly password: Locator;
  readonly continueButton: Locator;
  readonly problem: Locator;
  readonly methodDialog: Locator;
  readonly sendOtp: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Change Phone Number' });
    this.newPhone = page.getByLabel('New phone number');
    this.send = page.getByRole('button', { name: 'Send Verification Code' });
    this.confirm = page.getByRole('button', { name: 'Confirm' });
    this.password = page.getByLabel('Password', { exact: true });
    this.continueButton = page.getByRole('button', { name: 'Continue' });
    this.problem = page.locator('.error').filter({ hasText: /./ });
    this.methodDialog = page.getByRole('dialog', { name: 'Choose Verification Method' });
    this.sendOtp = this.methodDialog.getByRole('button', { name: 'Send OTP' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/phone');
    await expect(this.heading).toBeVisible();
  }

  /** Opens the page when the sign-in is too old for it. Returns the code that the step-up sends by SMS. */
  async beginStepUp(user: User, simulator: Simulator): Promise<string> {
    await simulator.advanceClock(301);
    await this.goto();
    await this.password.fill(user.password);
    await this.continueButton.click();
    await expect(this.methodDialog).toBeVisible();
    return simulator.codeSentTo(user.e164, () => this.sendOtp.click());
  }

  /** Requests a code for the phone number of `user` and returns it once the code entry is shown. */
  async sendCodeTo(
    user: Pick<User, 'phone' | 'e164' | 'masked'>,
    simulator: Simulator,
  ): Promise<string> {
    return simulator.codeSentTo(user.e164, async () => {
      await this.newPhone.fill(user.phone);
      await this.send.click();
      await expect(this.page.getByText(`A code has been sent to ${user.masked}`)).toBeVisible();
    });
  }
}
