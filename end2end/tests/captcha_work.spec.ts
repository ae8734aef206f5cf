import type { Browser, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

// What everybody gets: the default work, now and then several times its average.
test.use({ settings: {} });
test.slow();

/** How long the least lucky of those who solve a check may have to wait here. */
const timeout = 20_000;

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of processor time: other programs on the machine do not count. */
  tdur?: number;
  args: { name?: string };
}

/** The processor time of each main-thread task that begins while `act` runs, in milliseconds. */
async function tasksDuring(browser: Browser, page: Page, act: () => Promise<void>) {
  const categories = ['disabled-by-default-devtools.timeline', '__metadata'];
  await browser.startTracing(page, { categories });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const thread = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const main = new Set(
    trace.traceEvents
      .filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain')
      .map(thread),
  );
  return trace.traceEvents
    .filter((event) => event.name === 'RunTask' && main.has(thread(event)))
    .map((event) => (event.tdur ?? 0) / 1_000);
}

test('no task holds the page for 50 ms while the check is solved', async ({
  browser,
  page,
  registerPage,
}) => {
  // The first check tells that the page is awake: loading it is another matter. A refused form
  // has its check made anew, and that work is watched.
  await registerPage.goto();
  await registerPage.fullName.fill('Ann Lee');
  await registerPage.username.fill('no username');
  await registerPage.email.fill('ann@example.com');
  await registerPage.robot.check();
  await expect(registerPage.submit).toBeEnabled({ timeout });
  const tasks = await tasksDuring(browser, page, async () => {
    await registerPage.submit.click();
    await expect(page.getByText(/^Use 3 to 64 letters/)).toBeVisible();
    await expect(registerPage.submit).toBeEnabled({ timeout });
  });
  const work = tasks.reduce((sum, task) => sum + task, 0);
  expect(work, 'the work was seen').toBeGreaterThan(0);
  expect(Math.max(...tasks)).toBeLessThan(50);
});

test('the check says what it is doing', async ({ page, registerPage }) => {
  await registerPage.goto();
  const status = page.locator('.captcha').getByRole('status');
  await expect(status).toHaveText('');
  await registerPage.robot.check();
  await expect(status).toHaveText('Confirmed', { timeout });
});
