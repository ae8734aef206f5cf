import type { Page } from '@playwright/test';

/**
 * Records what the live region of the code entry announces from now on.
 *
 * Returns a function that reads the announced texts.
 */
export async function recordAnnouncements(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const announced: string[] = [];
    Object.assign(window, { announced });
    const status = document.querySelector('form [role=status]');
    if (status === null) throw new Error('the form has no status element');
    new MutationObserver(() => announced.push(status.textContent ?? '')).observe(status, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  return async () => {
    const announced = await page.evaluate(
      () => (window as unknown as { announced: string[] }).announced,
    );
    return announced.filter(Boolean);
  };
}
