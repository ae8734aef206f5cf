import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

test.use({ settings: {} });

/** Returns how often the islands of the page have started. */
function countStarts(page: Page): Promise<number> {
  return page.evaluate(() => performance.getEntriesByName('hydrated').length);
}

/**
 * Records what happens first on the next page: the report of a paint, or the request of the WASM. It does not
 * compare times: the time that the browser computes for a paint can be later than its report.
 */
async function recordOrder(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const order: string[] = [];
    Object.assign(globalThis, { order });
    // This observer is older than that of the page, so it gets the report first.
    new PerformanceObserver(() => order.push('paint')).observe({ type: 'paint', buffered: true });
    const original = window.fetch;
    window.fetch = (input, init) => {
      if (String(input).endsWith('.wasm')) order.push('wasm');
      return original(input, init);
    };
  });
  return () => page.evaluate(() => (globalThis as unknown as { order: string[] }).order);
}

test('the WASM is requested after the first paint, and every file is cached for ever', async ({
  page,
}) => {
  const caching = new Map<string, string | undefined>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (/\.(css|js|json|wasm)$/.test(pathname)) {
      caching.set(pathname, response.headers()['cache-control']);
    }
  });
  const order = await recordOrder(page);
  await page.goto('/login');
  // The answers to the requests for the WASM and for its texts arrive in any order.
  const hashes = (): Set<string | undefined> => {
    const built = [...caching.keys()].filter((path) => path.startsWith('/pkg/'));
    return new Set(built.map((path) => path.split('/')[2]));
  };
  await expect.poll(() => hashes().size, 'each file has a separate hash').toBe(4);
  expect([...caching.keys()].some((path) => path.endsWith('.wasm'))).toBe(true);
  expect(await order()).toContain('wasm');
  expect((await order())[0]).toBe('paint');
  expect(new Set(caching.values())).toEqual(new Set(['public, max-age=31536000, immutable']));
});

test('the WASM is requested after the first paint of a page whose field has the focus from the beginning', async ({
  page,
  codeEntry,
  signInCode: _,
}) => {
  const order = await recordOrder(page);
  await page.goto('/login/verify');
  await expect(codeEntry.input).toBeFocused();
  await expect.poll(order).toContain('wasm');
  expect((await order())[0]).toBe('paint');
});

test('the first focus starts the WASM in a browser that is never idle', async ({ page, signInPage }) => {
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).pathname));
  await page.goto('/login', { waitUntil: 'networkidle' });
  const painted = (): Promise<number> =>
    page.evaluate(() => performance.getEntriesByName('first-paint').length);
  await expect.poll(painted).toBe(1);
  expect(requested.filter((path) => path.endsWith('.wasm'))).toEqual([]);
  await signInPage.identifier.focus();
  await expect.poll(() => countStarts(page)).toBe(1);
});

for (const { situation, prepare } of [
  {
    situation: 'in a browser that reports no paint',
    prepare: (): void => {
      Object.defineProperty(PerformanceObserver, 'supportedEntryTypes', { value: [] });
    },
  },
  {
    situation: 'in a background tab, which is never painted',
    prepare: (): void => {
      Object.defineProperty(Document.prototype, 'hidden', { value: true });
      window.requestAnimationFrame = () => 0;
      PerformanceObserver.prototype.observe = () => undefined;
    },
  },
]) {
  test(`the WASM starts ${situation}`, async ({ page }) => {
    await page.addInitScript(prepare);
    await page.goto('/login');
    await expect.poll(() => countStarts(page)).toBe(1);
  });
}
