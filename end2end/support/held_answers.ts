import type { Page } from '@playwright/test';

/** Holds the answers to requests that the server has processed. The returned function delivers them. */
export async function holdAnswer(page: Page, path: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(path, async (route) => {
    const response = await route.fetch();
    await released;
    await route.fulfill({ response });
  });
  return () => release();
}

/** Holds requests back from the server. The returned function sends them. */
export async function holdRequest(page: Page, path: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(path, async (route) => {
    await released;
    await route.continue();
  });
  return () => release();
}

/**
 * Waits for a form post that a route answers with status 204, so that the page stays open. Waits until the browser has
 * ended the navigation, which is after the answer: until then, `page.clock` has no effect, and `page.reload` can fail.
 */
export async function waitForPostWithoutPage(page: Page, path: string): Promise<void> {
  await page.waitForEvent('requestfailed', (request) => new URL(request.url()).pathname === path);
}

/** Waits until the page has handled the answers that it has received. */
export async function nextFrames(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Returns a list to which the address of each page is added that is opened from now on. */
export function openedPages(page: Page): string[] {
  const opened: string[] = [];
  page.on('request', (request) => request.isNavigationRequest() && opened.push(request.url()));
  return opened;
}
