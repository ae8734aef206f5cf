import { type Locator, type Page, expect } from '@playwright/test';

/** `/profile/sessions`: where the person is signed in. */
export class SessionsPage {
  readonly heading: Locator;
  readonly places: Locator;
  readonly this: Locator;
  readonly everywhereElse: Locator;
  readonly notice: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: "Where you're signed in" });
    this.places = page.locator('.records').getByRole('listitem');
    this.this = this.places.filter({ hasText: 'This device' });
    this.everywhereElse = page.getByRole('button', { name: 'Sign out everywhere else' });
    this.notice = page.locator('.notice.success');
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/sessions');
    await expect(this.heading).toBeVisible();
  }

  /** The button that signs this device out. */
  signOut(device: string): Locator {
    return this.page.getByRole('button', { name: `Sign out ${device}`, exact: true });
  }
}
