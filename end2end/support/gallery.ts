import type { Page } from '@playwright/test';

import { waitForIslands } from './loading.ts';

/** Opens an entry of the gallery and waits until its islands run. Error pages have no islands. */
export async function openGalleryEntry(page: Page, name: string, language: string): Promise<void> {
  await page.goto(`/_gallery/${name}?lang=${language}`);
  if (name.startsWith('error-')) return;
  await waitForIslands(page);
}

/** An entry on the list of the gallery. */
export interface GalleryEntry {
  readonly name: string;
  /** Path of the page that the entry shows. */
  readonly path: string;
}

/** Returns all entries of the gallery. */
export async function listGalleryEntries(page: Page): Promise<GalleryEntry[]> {
  await page.goto('/_gallery');
  return page.locator('[data-entry]').evaluateAll((links) =>
    links.map((link) => {
      const { dataset } = link as HTMLElement;
      return { name: dataset['entry'] ?? '', path: dataset['path'] ?? '' };
    }),
  );
}

/** Stops the countdowns of the pages that are opened next at the time of the samples: `src/web/gallery/samples.rs`. */
export async function stopCountdowns(page: Page): Promise<void> {
  // The clock of Playwright would also replace the entries of `performance`, which the pages use.
  await page.addInitScript((now) => {
    Date.now = () => now;
    Performance.prototype.now = () => 0;
  }, Date.parse('2026-11-22T14:13:00Z'));
}
