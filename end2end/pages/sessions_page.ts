import { type Locator, type Page, expect } from '@playwright/test';

/** `/profile/sessions`: the devices on which the user is signed in. */
export class SessionsPage {
  readonly heading: Locator;
  readonly sessions: Locator;
  readonly thisDevice: Locator;
  readonly signOutEverywhereElse: Locator;
  readonly notice: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: "Where you're signed in" });
    this.sessions = page.locator('.records').getByRole('listitem');
    this.thisDevice = this.sessions.filter({ hasText: 'This device' });
    this.signOutEverywhereElse = page.getByRole('button', { name: 'Sign out everywhere else' });
    this.notice = page.locator('.notice.success');
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/sessions');
    await expect(this.heading).toBeVisible();
  }

  /** Returns the button that signs the named device out. */
  signOutButton(device: string): Locator {
    return this.page.getByRole('button', { name: `Sign out ${device}`, exact: true });
  }
}
