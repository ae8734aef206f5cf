import { type Locator, type Page, expect } from '@playwright/test';

/** `/profile/history`: what happened to the account. */
export class HistoryPage {
  readonly heading: Locator;
  readonly lines: Locator;
  readonly older: Locator;
  readonly newest: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Security history' });
    this.lines = page.locator('.records').getByRole('listitem');
    this.older = page.getByRole('link', { name: 'Older' });
    this.newest = page.getByRole('link', { name: 'Newest' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/history');
    await expect(this.heading).toBeVisible();
  }
}
