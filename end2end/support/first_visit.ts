import type { Browser, BrowserContext, Response } from '@playwright/test';

import { test as base, expect } from '../fixtures.ts';

/** Upper limits for the compressed bytes that a first visit transfers. */
export interface Budget {
  /** Limit for the files that make the page usable: document, style sheet and plain scripts. */
  usable: number;
  /** Limit for all files, with the WASM, the JavaScript that loads it, and its texts. */
  whole: number;
  /** Limit for all files except the document. */
  files?: number;
  /** Limit for each plain script. */
  script?: number;
}

/** Opens a page with an empty cache and these cookies, and returns its responses once the WASM has arrived. */
async function openFirstVisit(
  browser: Browser,
  context: BrowserContext,
  url: string,
): Promise<{ responses: Response[]; close: () => Promise<void> }> {
  const fresh = await browser.newContext({ storageState: await context.storageState() });
  const page = await fresh.newPage();
  const responses: Response[] = [];
  page.on('response', (response) => responses.push(response));
  await page.goto(url);
  await expect(page, 'the page itself and not a redirect').toHaveURL(url);
  await expect.poll(() => responses.some((response) => response.url().endsWith('.wasm'))).toBe(true);
  await page.waitForLoadState('networkidle');
  return { responses, close: () => fresh.close() };
}

/** Expects that a first visit of each page stays within its budget. A failure shows the size of each file. */
async function expectWithin(
  browser: Browser,
  context: BrowserContext,
  origin: string,
  budgets: Record<string, Budget>,
): Promise<void> {
  for (const [path, budget] of Object.entries(budgets)) {
    const { responses, close } = await openFirstVisit(browser, context, origin + path);
    let usable = 0;
    let whole = 0;
    let files = 0;
    const scripts: string[] = [];
    const table: string[] = [];
    for (const response of responses) {
      // The stream of delivery states stays open, so it has no size.
      if (response.headers()['content-type']?.startsWith('text/event-stream')) continue;
      const { responseBodySize } = await response.request().sizes();
      // A script that a worker loads from the cache has a negative size: Chromium subtracts headers that were not sent.
      const bytes = Math.max(responseBodySize, 0);
      const { pathname } = new URL(response.url());
      table.push(`${bytes} ${pathname}`);
      whole += bytes;
      if (pathname !== path) files += bytes;
      if (!/^\/pkg\/.*\.(js|json|wasm)$/.test(pathname)) usable += bytes;
      if (/\.(css|js|wasm)$/.test(pathname)) {
        expect(await response.headerValue('content-encoding'), pathname).toBe('br');
      }
      if (budget.script && /^\/[^/]+\.js$/.test(pathname)) {
        scripts.push(pathname);
        expect.soft(bytes, pathname).toBeLessThanOrEqual(budget.script);
      }
      if (pathname.endsWith('.json')) {
        expect(await response.headerValue('content-encoding'), pathname).toBe('gzip');
      }
    }
    await close();
    const list = `${path}: ${usable} usable, ${whole} whole, ${files} files\n${table.join('\n')}`;
    base.info().annotations.push({ type: 'bytes', description: list });
    expect.soft(usable, list).toBeLessThanOrEqual(budget.usable);
    expect.soft(whole, list).toBeLessThanOrEqual(budget.whole);
    if (budget.files) expect.soft(files, list).toBeLessThanOrEqual(budget.files);
    if (budget.script) expect.soft(scripts, list).toContain('/proof-of-work.js');
  }
}

interface FirstVisitFixtures {
  /** Expects that a first visit of each page, with the cookies of this test, stays within its budget. */
  expectFirstVisitWithin: (budgets: Record<string, Budget>) => Promise<void>;
}

export const test = base.extend<FirstVisitFixtures>({
  expectFirstVisitWithin: async ({ browser, context, app }, use) =>
    use((budgets) => expectWithin(browser, context, app.origin, budgets)),
});
