import { readFile } from 'node:fs/promises';

import { type Locator, type Page, expect } from '@playwright/test';

/** `/profile/recovery-codes`: how many are left, and the codes themselves, once. */
export class RecoveryCodesPage {
  readonly heading: Locator;
  readonly first: Locator;
  readonly another: Locator;
  readonly dialog: Locator;
  readonly replace: Locator;
  readonly cancel: Locator;
  readonly list: Locator;
  readonly download: Locator;
  readonly copy: Locator;
  readonly print: Locator;
  readonly done: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('heading', { name: 'Recovery codes' });
    this.first = page.getByRole('button', { name: 'Create recovery codes' });
    this.another = page.getByRole('link', { name: 'Create new codes' });
    this.dialog = page.getByRole('dialog', { name: 'Create new codes?' });
    this.replace = this.dialog.getByRole('button', { name: 'Create new codes' });
    this.cancel = this.dialog.getByRole('link', { name: 'Cancel' });
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

  /** The codes the page shows: ten, or the test fails. */
  async codes(): Promise<string[]> {
    const items = this.list.getByRole('listitem');
    await expect(items).toHaveText(Array.from({ length: 10 }, () => /^([0-9A-Z]{4}-){5}[0-9A-Z]{4}$/));
    return items.allInnerTexts();
  }

  async left(count: number): Promise<void> {
    await expect(this.page.getByText(`${count} of 10`)).toBeVisible();
  }

  /** What "Download" saves: the name of the file, and its lines. */
  async save(): Promise<{ name: string; lines: string[] }> {
    const started = this.page.waitForEvent('download');
    await this.download.click();
    const download = await started;
    const text = await readFile(await download.path(), 'utf8');
    return { name: download.suggestedFilename(), lines: text.split('\r\n') };
  }
}
