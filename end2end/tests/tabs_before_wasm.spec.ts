import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { stallWasm, waitForIslands } from '../support/loading.ts';

test('the Back button in one of two tabs does not cancel the code if the WASM of the other tab does not load', async ({
  page,
  context,
  formClient,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  const other = await context.newPage();
  await other.addInitScript(() => {
    const received: unknown[] = [];
    Object.assign(globalThis, { received });
    new BroadcastChannel('verification-sign_in').onmessage = ({ data }) => received.push(data);
  });
  // While the sign-in waits for its code, this address leads to the code page.
  await other.goto('/login');
  const code = await formClient.requestSignInCode(registeredUser);
  await formClient.copyCookiesTo(context);

  await stallWasm(page);
  await page.goto('/login/verify');
  await expect(codeEntry.input).toBeVisible();
  await other.goto('/login/verify');
  const otherEntry = new CodeEntry(other);
  await otherEntry.waitUntilReady();
  await expect
    .poll(() => other.evaluate(() => (globalThis as unknown as { received: unknown[] }).received))
    .toContain('present');
  await other.goBack();
  await expect(other).toHaveURL('/login/verify');
  await otherEntry.waitUntilReady();

  await codeEntry.fillAndSubmit(code);
  await expect(page).toHaveURL('/dashboard');
  expect(await simulator.cancellationCount(registeredUser.e164)).toBe(0);
});

test('in a browser without broadcast channels, the islands of the sign-in page and of the code page start', async ({
  page,
  codeEntry,
  dashboardPage,
  formClient,
  context,
  registeredUser,
}) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'BroadcastChannel'));
  await page.goto('/login');
  await waitForIslands(page);
  const code = await formClient.requestSignInCode(registeredUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/login/verify');
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});

test('a code page reports with its flow ID that it is open', async ({
  page,
  codeEntry,
  formClient,
  context,
  registeredUser,
}) => {
  await formClient.requestSignInCode(registeredUser);
  await formClient.copyCookiesTo(context);
  const reported = page.waitForRequest('**/api/verification/return');
  await page.goto('/login/verify');
  await expect(codeEntry.input).toBeVisible();
  const flow = await page.locator('[name=flow_id]').first().inputValue();
  const values = new URLSearchParams((await reported).postData() ?? '');
  expect(flow).toMatch(/^[0-9a-f]{32}$/);
  expect(values.get('flow_id')).toBe(flow);
});
