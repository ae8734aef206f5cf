import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

// The settings of production.
test.use({ settings: {} });
test.slow();

/** Number of measurements of each time. The median is printed. */
const RUNS = 5;
/** Factor by which the processor of a slow phone is slower than the processor of this computer. */
const CPU_SLOWDOWN = 4;

interface Network {
  name: string;
  megabitsPerSecond: number;
  latencyMs: number;
}

/** A slow and a usual mobile connection, with the values of Lighthouse. */
const SLOW: Network = { name: '1.6 Mbit/s', megabitsPerSecond: 1.6, latencyMs: 150 };
const USUAL: Network = { name: '9 Mbit/s', megabitsPerSecond: 9, latencyMs: 60 };

async function throttle(page: Page, network: Network): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const bytesPerSecond = (network.megabitsPerSecond * 1e6) / 8;
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: network.latencyMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond / 2,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
}

/** Returns the time of a mark or paint since the navigation began, in milliseconds. */
async function readEntryTime(page: Page, entryName: string): Promise<number> {
  const read = (): Promise<number | undefined> =>
    page.evaluate((name) => performance.getEntriesByName(name)[0]?.startTime, entryName);
  await expect.poll(read).toBeDefined();
  return (await read()) ?? Number.NaN;
}

function median(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

function printMedian(what: string, times: number[]): void {
  const all = times.map((time) => Math.round(time)).join(', ');
  console.log(`${what}: median ${median(times)} ms (${all})`);
}

for (const network of [SLOW, USUAL]) {
  test(`the times of a first visit of /login are measured at ${network.name}`, async ({ browser, app }) => {
    const painted: number[] = [];
    const hydrated: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await throttle(page, network);
      await page.goto(`${app.origin}/login`, { waitUntil: 'commit' });
      hydrated.push(await readEntryTime(page, 'hydrated'));
      painted.push(await readEntryTime(page, 'first-contentful-paint'));
      await context.close();
    }
    printMedian(`${network.name}, first paint`, painted);
    printMedian(`${network.name}, hydrated`, hydrated);
  });
}

test(`the time from the last digit to the dashboard is measured at ${USUAL.name}`, async ({
  page,
  codeEntry,
  signInCode,
  signingInUser,
  dashboardPage,
}) => {
  await throttle(page, USUAL);
  await codeEntry.waitUntilReady();
  await codeEntry.input.pressSequentially(signInCode.slice(0, -1));
  await page.evaluate(() => {
    addEventListener('keydown', () => sessionStorage.setItem('typed', String(Date.now())));
  });
  await page.keyboard.press(signInCode.slice(-1));
  await dashboardPage.expectUser(signingInUser);
  const painted = await readEntryTime(page, 'first-contentful-paint');
  const typed = await page.evaluate(
    () => performance.timeOrigin - Number(sessionStorage.getItem('typed')),
  );
  printMedian(`${USUAL.name}, last digit to dashboard`, [typed + painted]);
});
