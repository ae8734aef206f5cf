import { type Locator, type Page, expect } from '@playwright/test';

import type { Person } from '../support/person.ts';

export class DashboardPage {
  readonly heading: Locator;
  readonly signOut: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Dashboard' });
    this.signOut = page.getByRole('button', { name: 'Sign out' });
  }

  async shows(person: Person): Promise<void> {
    await expect(this.page).toHaveURL('/dashboard');
    await expect(this.heading).toBeVisible();
    await expect(this.page.getByText(person.email)).toBeVisible();
    await expect(this.page.getByText(person.masked)).toBeVisible();
  }
}
