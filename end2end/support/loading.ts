import type { Page } from '@playwright/test';

import type { PageErrors } from './page_errors.ts';

/** Waits until the WASM of the page has started its islands. */
export async function waitForIslands(page: Page): Promise<void> {
  // The attribute and not the mark: `page.clock` and `stopCountdowns` replace functions of `performance`.
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

/**
 * Makes every request for the WASM fail, for example as behind a proxy or with a bad connection. The other scripts of
 * the pages load.
 */
export async function blockWasm(page: Page, pageErrors: PageErrors): Promise<void> {
  pageErrors.allow(/ERR_FAILED|Failed to fetch/);
  await page.route('**/*.wasm', (route) => route.abort());
}

/** Leaves every request for the WASM without an answer, so that the page stays as it was before its islands run. */
export async function stallWasm(page: Page): Promise<void> {
  await page.route('**/*.wasm', () => undefined);
}

/**
 * Makes every request for the event stream fail. The page then stays as it is when its verification or its session
 * ends.
 */
export async function blockEventStream(page: Page, pageErrors: PageErrors): Promise<void> {
  pageErrors.allow(/ERR_FAILED/);
  await page.route('**/verification/events*', (route) => route.abort());
}
