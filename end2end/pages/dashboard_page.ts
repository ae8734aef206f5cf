import { type Locator, type Page, expect } from '@playwright/test';

import type { User } from '../support/user.ts';

/** `/dashboard`: the page of a signed-in user. */
export class DashboardPage {
  readonly heading: Locator;
  readonly signOut: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Dashboard' });
    this.signOut = page.getByRole('button', { name: 'Sign out' });
  }

  /** Expects the dashboard of `user`. */
  async expectUser(user: User): Promise<void> {
    await expect(this.page).toHaveURL('/dashboard');
    await expect(this.heading).toBeVisible();
    await expect(this.page.getByText(user.email)).toBeVisible();
    await expect(this.page.getByText(user.masked)).toBeVisible();
  }
}
