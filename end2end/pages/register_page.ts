import { type Locator, type Page, expect } from '@playwright/test';

import type { Person } from '../support/person.ts';

/** `/register` and the two steps after it, up to the code. */
export class RegisterPage {
  readonly fullName: Locator;
  readonly username: Locator;
  readonly email: Locator;
  readonly robot: Locator;
  readonly submit: Locator;
  readonly password: Locator;
  readonly reveal: Locator;
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
    this.robot = page.getByLabel("I'm not a robot");
    this.submit = page.getByRole('button', { name: 'Submit' });
    this.password = page.getByLabel('Password', { exact: true });
    this.reveal = page.getByRole('button', { name: 'Show password' });
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

  async fillDetails(person: Person): Promise<void> {
    await this.fullName.fill(person.fullName);
    await this.username.fill(person.username);
    await this.email.fill(person.email);
  }

  async fillCredentials(person: Person): Promise<void> {
    await this.password.fill(person.password);
    await this.phone.fill(person.phone);
  }

  async submitDetails(person: Person): Promise<void> {
    await this.goto();
    await this.fillDetails(person);
    await this.robot.check();
    await this.submit.click();
    await expect(this.password).toBeVisible();
  }

  async submitCredentials(person: Person): Promise<void> {
    await this.fillCredentials(person);
    await this.verify.click();
    await expect(this.sendOtp).toBeVisible();
  }

  /** What is wrong with a field, as its description says it. */
  problem(field: Locator): Promise<string> {
    return field.evaluate((input) => {
      const ids = input.getAttribute('aria-describedby')?.split(' ') ?? [];
      const error = ids.map((id) => document.getElementById(id)).find((e) => e?.matches('.error'));
      return error?.textContent?.trim() ?? '';
    });
  }
}
