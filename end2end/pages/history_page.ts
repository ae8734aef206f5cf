import { type Locator, type Page, expect } from '@playwright/test';

/** `/profile/history`: the security events of the account. */
export class HistoryPage {
  readonly heading: Locator;
  readonly events: Locator;
  readonly older: Locator;
  readonly newest: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Security history' });
    this.events = page.locator('.records').getByRole('listitem');
    this.older = page.getByRole('link', { name: 'Older' });
    this.newest = page.getByRole('link', { name: 'Newest' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/history');
    await expect(this.heading).toBeVisible();
  }
}
