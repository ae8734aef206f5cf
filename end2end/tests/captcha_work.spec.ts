import { expect, test } from '../fixtures.ts';
import { waitForIslands } from '../support/loading.ts';
import { taskTimesDuring } from '../support/main_thread.ts';

// The default cost. The work is random: sometimes it takes several times its average.
test.use({ settings: {} });
test.slow();

/** Upper limit for the time that a solution takes on a busy machine, in milliseconds. */
const timeout = 60_000;

test('no task blocks the page for 50 ms while the CAPTCHA is solved', async ({
  browser,
  page,
  registerPage,
}) => {
  // A refused form starts a second solution, whose tasks are measured once the page has loaded with its WASM.
  await registerPage.goto();
  await registerPage.fullName.fill('Ann Lee');
  await registerPage.username.fill('no username');
  await registerPage.email.fill('ann@example.com');
  await registerPage.notARobot.check();
  await waitForIslands(page);
  await expect(registerPage.submit).toBeEnabled({ timeout });
  const tasks = await taskTimesDuring(browser, page, async () => {
    await registerPage.submit.click();
    await expect(page.getByText(/^Use 3 to 64 letters/)).toBeVisible();
    await expect(registerPage.submit).toBeEnabled({ timeout });
  });
  const work = tasks.reduce((sum, task) => sum + task, 0);
  expect(work, 'processor time of the solution').toBeGreaterThan(0);
  expect(Math.max(...tasks)).toBeLessThan(50);
});

test('the CAPTCHA shows its status', async ({ page, registerPage }) => {
  await registerPage.goto();
  const status = page.locator('.captcha').getByRole('status');
  await expect(status).toHaveText('');
  await registerPage.notARobot.check();
  await expect(status).toHaveText('Confirmed', { timeout });
});
