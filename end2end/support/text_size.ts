import type { Page } from '@playwright/test';

/** Doubles the font size of the open page, as a user does in the settings of the browser (WCAG 2.2, 1.4.4). */
export async function doubleTextSize(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '32px';
  });
}
