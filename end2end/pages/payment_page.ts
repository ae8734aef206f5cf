import { type Locator, type Page, expect } from '@playwright/test';

import type { Simulator } from '../support/simulator.ts';
import type { User } from '../support/user.ts';

/** The values of the payment form. */
export interface Payment {
  recipient: string;
  amount: string;
  currency?: string;
  description?: string;
}

/** `/payments/new` and `/payments/<id>`: the payment form and one payment. */
export class PaymentPage {
  readonly newPayment: Locator;
  readonly recipient: Locator;
  readonly amount: Locator;
  readonly currency: Locator;
  readonly description: Locator;
  readonly continueButton: Locator;
  readonly problem: Locator;
  readonly heading: Locator;
  readonly notice: Locator;
  readonly methodDialog: Locator;
  readonly totp: Locator;
  readonly sendOtp: Locator;
  readonly continueWithApp: Locator;
  readonly cancel: Locator;
  /** What a code confirms: amount and recipient. The choice of method shows it too. */
  readonly quote: Locator;

  constructor(readonly page: Page) {
    this.newPayment = page.getByRole('link', { name: 'New payment' });
    this.recipient = page.getByLabel('Recipient');
    this.amount = page.getByLabel('Amount');
    this.currency = page.getByLabel('Currency');
    this.description = page.getByLabel('Description');
    this.continueButton = page.getByRole('button', { name: 'Continue' });
    this.problem = page.locator('p.error').filter({ hasText: /./ });
    this.heading = page.getByRole('heading', { name: 'Payment', exact: true });
    this.notice = page.locator('.notice').filter({ hasText: /./ });
    this.methodDialog = page.getByRole('dialog', { name: 'Choose Verification Method' });
    this.totp = this.methodDialog.getByRole('radio', { name: /Authenticator app \(TOTP\)/ });
    this.sendOtp = this.methodDialog.getByRole('button', { name: 'Send OTP' });
    this.continueWithApp = this.methodDialog.getByRole('button', { name: 'Continue' });
    this.quote = page.locator('.quote');
    this.cancel = this.methodDialog.getByRole('button', { name: 'Cancel' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/payments/new');
    await expect(this.page.getByRole('heading', { name: 'New payment' })).toBeVisible();
  }

  /** Fills in the form and submits it. */
  async submit({ recipient, amount, currency, description }: Payment): Promise<void> {
    await this.recipient.fill(recipient);
    await this.amount.fill(amount);
    if (currency !== undefined) await this.currency.selectOption(currency);
    if (description !== undefined) await this.description.fill(description);
    await this.continueButton.click();
  }

  /** Opens the form, submits it, and returns the code that `user` receives for the payment. */
  async requestCode(payment: Payment, user: User, simulator: Simulator): Promise<string> {
    await this.goto();
    await this.submit(payment);
    await expect(this.methodDialog).toBeVisible();
    return simulator.codeSentTo(user.e164, () => this.sendOtp.click());
  }

  /** Returns the value beside `label` in the details of the payment. */
  detail(label: string): Locator {
    const row = this.page
      .locator('.facts > div')
      .filter({ has: this.page.getByText(label, { exact: true }) });
    return row.locator('dd');
  }

  /** Expects the page of a payment with this amount, recipient and status. */
  async expectPayment(amount: string, recipient: string, status: string): Promise<void> {
    await expect(this.page).toHaveURL(/\/payments\/[0-9a-f]{32}$/);
    await expect(this.detail('Amount')).toHaveText(amount);
    await expect(this.detail('Recipient')).toHaveText(recipient);
    await expect(this.detail('Status')).toHaveText(status);
  }
}
