import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

/** Sets a page's local clock wrong; how fast it goes stays as it is. */
async function setClockWrong(page: Page, hours: number): Promise<void> {
  await page.addInitScript((millis) => {
    const right = Date.now.bind(Date);
    Date.now = () => right() + millis;
  }, hours * 3_600_000);
}

test('the countdown starts from five minutes when signing in', async ({ codeEntry, signingIn }) => {
  expect(signingIn).toBeDefined();
  await expect(codeEntry.countdown).toHaveText(/^Code expires in (5:00|4:5\d)$/);
  const first = await codeEntry.secondsLeft();
  await expect.poll(() => codeEntry.secondsLeft()).toBeLessThan(first);
});

test('the countdown starts from ten minutes when registering', async ({
  visitor,
  context,
  page,
  codeEntry,
  person,
}) => {
  await visitor.awaitRegistrationCode(person);
  await visitor.handOver(context);
  await page.goto('/register/verify');
  await expect(codeEntry.countdown).toHaveText(/^Code expires in (10:00|9:5\d)$/);
});

test('the countdown is right after a reload', async ({ page, codeEntry, simulator, signingIn }) => {
  expect(signingIn).toBeDefined();
  await simulator.advance(60);
  await page.reload();
  await codeEntry.ready();
  await expect(codeEntry.countdown).toHaveText(/^Code expires in (4:00|3:5\d)$/);
});

test('the countdown is right after a sleep', async ({ codeEntry, simulator, signingIn }) => {
  expect(signingIn).toBeDefined();
  await codeEntry.ready();
  await simulator.advance(270);
  await codeEntry.comeBack();
  await expect(codeEntry.countdown).toHaveText(/^Code expires in 0:[0-3]\d$/);
});

for (const hours of [-26, 26]) {
  test(`the countdown is right with a local clock wrong by ${hours} hours`, async ({
    page,
    codeEntry,
    simulator,
    signingIn,
  }) => {
    expect(signingIn).toBeDefined();
    await setClockWrong(page, hours);
    await page.reload();
    await codeEntry.ready();
    await expect(codeEntry.countdown).toHaveText(/^Code expires in (5:00|4:5\d)$/);
    const wait = await codeEntry.secondsToResend();
    expect(wait).toBeGreaterThan(15);
    expect(wait).toBeLessThanOrEqual(30);
    await simulator.advance(120);
    await codeEntry.comeBack();
    await expect(codeEntry.countdown).toHaveText(/^Code expires in (3:00|2:5\d)$/);
  });
}

test('"Resend" waits for 30 seconds after each send', async ({
  codeEntry,
  simulator,
  signingIn,
}) => {
  const sent = await simulator.sends(signingIn.e164);
  await codeEntry.ready();
  await expect(codeEntry.resend).toBeDisabled();
  const wait = await codeEntry.secondsToResend();
  expect(wait).toBeGreaterThan(20);
  expect(wait).toBeLessThanOrEqual(30);

  await simulator.advance(30);
  await codeEntry.comeBack();
  await expect(codeEntry.resend).toBeEnabled();
  await expect(codeEntry.resendWait).toBeHidden();

  await codeEntry.resend.dblclick();
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resendWait).toBeVisible();
  expect(await simulator.sends(signingIn.e164)).toBe(sent + 1);
  await expect(codeEntry.input).toBeFocused();
});

test('"Resend" comes free by itself when its time is up', async ({
  codeEntry,
  simulator,
  signingIn,
}) => {
  expect(signingIn).toBeDefined();
  await codeEntry.ready();
  await simulator.advance(27 - (30 - (await codeEntry.secondsToResend())));
  await codeEntry.comeBack();
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resend).toBeEnabled();
});

test('the hourly cap is said, with the wait until the next code', async ({
  codeEntry,
  simulator,
  signingIn,
}) => {
  // One message went to this number for the registration, one for this sign-in.
  for (const sent of [3, 4, 5]) {
    await simulator.advance(30);
    await codeEntry.comeBack();
    await codeEntry.resend.click();
    await expect.poll(() => simulator.sends(signingIn.e164)).toBe(sent);
    await expect(codeEntry.resend).toBeDisabled();
  }
  await simulator.advance(30);
  await codeEntry.comeBack();
  await codeEntry.resend.click();
  await expect(
    codeEntry.page.getByText(/^You can request another code in \d+ minutes\.$/),
  ).toBeVisible();
  expect(await simulator.sends(signingIn.e164)).toBe(5);
});

test('two tabs share the wait', async ({ context, codeEntry, simulator, signingIn }) => {
  await codeEntry.ready();
  const tab = await context.newPage();
  await tab.goto('/login/verify');
  const wait = tab.getByText(/^in \d+ s$/);
  const resend = tab.getByRole('button', { name: 'Resend' });
  await expect(wait).toBeVisible();

  await simulator.advance(30);
  await tab.reload();
  await codeEntry.comeBack();
  await expect(resend).toBeEnabled();
  await expect(codeEntry.resend).toBeEnabled();
  await resend.click();
  await expect(wait).toBeVisible();

  // The first tab has not heard of it yet.
  const sent = await simulator.sends(signingIn.e164);
  await codeEntry.resend.click();
  await expect(
    codeEntry.page.getByText(/^You can request another code in \d+ seconds?\.$/),
  ).toBeVisible();
  await expect(codeEntry.resend).toBeDisabled();
  await expect(codeEntry.resendWait).toBeVisible();
  expect(await simulator.sends(signingIn.e164)).toBe(sent);
});

test('the time is announced at a minute, at half a minute and at the end, and never between', async ({
  page,
  codeEntry,
  signingIn,
}) => {
  expect(signingIn).toBeDefined();
  await page.clock.install();
  await page.reload();
  await codeEntry.ready();
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const status = document.querySelector('form [role=status]');
    if (status === null) throw new Error('nothing announces the time');
    new MutationObserver(() => said.push(status.textContent ?? '')).observe(status, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await page.clock.runFor('05:05');
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect(said.filter(Boolean)).toEqual([
    'The code expires in 1 minute.',
    'The code expires in 30 seconds.',
    'The code has expired.',
  ]);
  await expect(codeEntry.announcement).toHaveText('The code has expired.');
});
