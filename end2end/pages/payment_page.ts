import { type Locator, type Page, expect } from '@playwright/test';

/** What somebody wants to pay. */
export interface Payment {
  recipient: string;
  amount: string;
  currency?: string;
  description?: string;
}

/** `/payments/new`, and the page of one payment. */
export class PaymentPage {
  readonly newPayment: Locator;
  readonly recipient: Locator;
  readonly amount: Locator;
  readonly currency: Locator;
  readonly description: Locator;
  readonly goOn: Locator;
  readonly problem: Locator;
  readonly heading: Locator;
  readonly notice: Locator;
  readonly dialog: Locator;
  readonly totp: Locator;
  readonly sendOtp: Locator;
  readonly useApp: Locator;
  readonly cancel: Locator;

  constructor(readonly page: Page) {
    this.newPayment = page.getByRole('link', { name: 'New payment' });
    this.recipient = page.getByLabel('Recipient');
    this.amount = page.getByLabel('Amount');
    this.currency = page.getByLabel('Currency');
    this.description = page.getByLabel('Description');
    this.goOn = page.getByRole('button', { name: 'Continue' });
    this.problem = page.locator('p.error').filter({ hasText: /./ });
    this.heading = page.getByRole('heading', { name: 'Payment', exact: true });
    this.notice = page.locator('.notice').filter({ hasText: /./ });
    this.dialog = page.getByRole('dialog', { name: 'Choose Verification Method' });
    this.totp = this.dialog.getByRole('radio', { name: /Authenticator app \(TOTP\)/ });
    this.sendOtp = this.dialog.getByRole('button', { name: 'Send OTP' });
    this.useApp = this.dialog.getByRole('button', { name: 'Continue' });
    this.cancel = this.dialog.getByRole('button', { name: 'Cancel' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/payments/new');
    await expect(this.page.getByRole('heading', { name: 'New payment' })).toBeVisible();
  }

  /** Fills in the form and sends it. */
  async pay({ recipient, amount, currency, description }: Payment): Promise<void> {
    await this.recipient.fill(recipient);
    await this.amount.fill(amount);
    if (currency !== undefined) await this.currency.selectOption(currency);
    if (description !== undefined) await this.description.fill(description);
    await this.goOn.click();
  }

  /** One line of the facts: a term and what it is. */
  fact(term: string): Locator {
    const row = this.page.locator('.facts > div').filter({ has: this.page.getByText(term, { exact: true }) });
    return row.locator('dd');
  }

  /** The page of a payment of this much to this recipient, and how it stands. */
  async shows(amount: string, recipient: string, status: string): Promise<void> {
    await expect(this.page).toHaveURL(/\/payments\/[0-9a-f]{32}$/);
    await expect(this.fact('Amount')).toHaveText(amount);
    await expect(this.fact('Recipient')).toHaveText(recipient);
    await expect(this.fact('Status')).toHaveText(status);
  }
}
