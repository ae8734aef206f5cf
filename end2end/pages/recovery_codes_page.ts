import { readFile } from 'node:fs/promises';

import { type Locator, type Page, expect } from '@playwright/test';

/** `/profile/recovery-codes`: the number of remaining codes, and new codes once. */
export class RecoveryCodesPage {
  readonly heading: Locator;
  readonly createFirst: Locator;
  readonly createNew: Locator;
  readonly replaceDialog: Locator;
  readonly replace: Locator;
  readonly cancel: Locator;
  readonly list: Locator;
  readonly download: Locator;
  readonly copy: Locator;
  readonly print: Locator;
  readonly done: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Recovery codes' });
    this.createFirst = page.getByRole('button', { name: 'Create recovery codes' });
    this.createNew = page.getByRole('link', { name: 'Create new codes' });
    this.replaceDialog = page.getByRole('dialog', { name: 'Create new codes?' });
    this.replace = this.replaceDialog.getByRole('button', { name: 'Create new codes' });
    this.cancel = this.replaceDialog.getByRole('link', { name: 'Cancel' });
    this.list = page.locator('ol.codes');
    this.download = page.getByRole('button', { name: 'Download' });
    this.copy = page.getByRole('button', { name: 'Copy' });
    this.print = page.getByRole('button', { name: 'Print' });
    this.done = page.getByRole('link', { name: 'Done' });
  }

  async goto(): Promise<void> {
    await this.page.goto('/profile/recovery-codes');
    await expect(this.heading).toBeVisible();
  }

  /** Opens the page and creates the first codes of the account. */
  async createFirstCodes(): Promise<void> {
    await this.goto();
    await this.createFirst.click();
    await expect(this.list).toBeVisible();
  }

  /** Expects ten codes on the page and returns them. */
  async readCodes(): Promise<string[]> {
    const items = this.list.getByRole('listitem');
    const format = /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}$/;
    await expect(items).toHaveText(Array.from({ length: 10 }, () => format));
    return items.allInnerTexts();
  }

  /** Expects the page to say how many codes remain. */
  async expectRemaining(count: number): Promise<void> {
    await expect(this.page.getByText(`${count} of 10`)).toBeVisible();
  }

  /** Clicks "Download" and returns the name and the lines of the saved file. */
  async downloadCodes(): Promise<{ name: string; lines: string[] }> {
    const downloadStarted = this.page.waitForEvent('download');
    await this.download.click();
    const download = await downloadStarted;
    const text = await readFile(await download.path(), 'utf8');
    return { name: download.suggestedFilename(), lines: text.split('\r\n') };
  }
}
