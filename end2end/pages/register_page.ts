import { type Locator, type Page, expect } from '@playwright/test';

import { waitForIslands } from '../support/loading.ts';
import type { User } from '../support/user.ts';

/** `/register` and the two steps after it: credentials, and the request of a code. */
export class RegisterPage {
  readonly fullName: Locator;
  readonly username: Locator;
  readonly email: Locator;
  readonly notARobot: Locator;
  readonly submit: Locator;
  readonly password: Locator;
  readonly revealPassword: Locator;
  readonly strength: Locator;
  readonly phone: Locator;
  readonly verify: Locator;
  readonly sendOtp: Locator;
  readonly changeNumber: Locator;
  readonly startOver: Locator;

  constructor(readonly page: Page) {
    this.fullName = page.getByLabel('Full name');
    this.username = page.getByLabel('Username');
    this.email = page.getByLabel('Email');
    this.notARobot = page.getByLabel("I'm not a robot");
    this.submit = page.getByRole('button', { name: 'Submit' });
    this.password = page.getByLabel('Password', { exact: true });
    this.revealPassword = page.getByRole('button', { name: 'Show password' });
    this.strength = page.locator('#password-strength');
    this.phone = page.getByLabel('Phone number');
    this.verify = page.getByRole('button', { name: 'Verify' });
    this.sendOtp = page.getByRole('button', { name: 'Send OTP' });
    this.changeNumber = page.getByRole('link', { name: 'Change number' });
    this.startOver = page.getByRole('button', { name: 'Start over' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/register');
  }

  async fillDetails(user: User): Promise<void> {
    await this.fullName.fill(user.fullName);
    await this.username.fill(user.username);
    await this.email.fill(user.email);
  }

  async fillCredentials(user: User): Promise<void> {
    await this.password.fill(user.password);
    await this.phone.fill(user.phone);
  }

  /** Opens the page, submits the details, and waits until the WASM controls the form of the next step. */
  async submitDetails(user: User): Promise<void> {
    await this.goto();
    await waitForIslands(this.page);
    await this.fillDetails(user);
    await this.notARobot.check();
    await this.submit.click();
    await expect(this.password).toBeVisible();
    await waitForIslands(this.page);
  }

  /** Submits password and phone number with the WASM, and waits for the next step. */
  async submitCredentials(user: User): Promise<void> {
    await this.fillCredentials(user);
    await waitForIslands(this.page);
    await this.verify.click();
    await expect(this.sendOtp).toBeVisible();
  }

  /** Returns the error message in the accessible description of a field, or an empty string. */
  errorOf(field: Locator): Promise<string> {
    return field.evaluate((input) => {
      const ids = input.getAttribute('aria-describedby')?.split(' ') ?? [];
      const error = ids.map((id) => document.getElementById(id)).find((e) => e?.matches('.error'));
      return error?.textContent?.trim() ?? '';
    });
  }
}
