import { type Locator, type Page, expect } from '@playwright/test';

import type { Person } from '../support/person.ts';

/** `/profile/phone`: the change of number, and the step-up before it. */
export class PhonePage {
  readonly heading: Locator;
  readonly newPhone: Locator;
  readonly send: Locator;
  readonly confirm: Locator;
  readonly password: Locator;
  readonly goOn: Locator;
  readonly problem: Locator;
  readonly methods: Locator;
  readonly sendOtp: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Change Phone Number' });
    this.newPhone = page.getByLabel('New phone number');
    this.send = page.getByRole('button', { name: 'Send Verification Code' });
    this.confirm = page.getByRole('button', { name: 'Confirm' });
    this.password = page.getByLabel('Password', { exact: true });
    this.goOn = page.getByRole('button', { name: 'Continue' });
    this.problem = page.locator('.error').filter({ hasText: /./ });
    this.methods = page.getByRole('dialog', { name: 'Choose Verification Method' });
    this.sendOtp = this.methods.getByRole('button', { name: 'Send OTP' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/phone');
    await expect(this.heading).toBeVisible();
  }

  /** From the field to the code entry. */
  async sendTo(person: Person): Promise<void> {
    await this.newPhone.fill(person.phone);
    await this.send.click();
    await expect(
      this.page.getByText(`A code has been sent to ${person.masked}`),
    ).toBeVisible();
  }
}
