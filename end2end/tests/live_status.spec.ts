import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { recordAnnouncements } from '../support/announcements.ts';
import { blockEventStream } from '../support/loading.ts';
import { wrongCode } from '../support/simulator.ts';

test.use({
  settings: {
    SALLYPORT_CAPTCHA_COST: '1',
    SALLYPORT_SIMULATOR_WEBHOOKS: 'app',
    SALLYPORT_BRAND_SUPPORT_URL: 'mailto:help@example.com',
  },
});

test('the code entry shows that the message was delivered', async ({
  page,
  codeEntry,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await expect(page.getByText('The message has been delivered.')).toBeVisible();
  await expect(page.getByText(signingInUser.masked)).toBeVisible();
});

test('the event stream opens again after an error of a proxy', async ({
  page,
  pageErrors,
  signInCode: _,
}) => {
  pageErrors.allow(/status of 502/);
  // The error is for the stream of the reloaded page.
  const opened = page.waitForResponse('**/verification/events*');
  await page.goto('/login/verify');
  await opened;
  await page.route('**/verification/events*', (route) => route.fulfill({ status: 502 }), {
    times: 1,
  });
  const statuses: number[] = [];
  page.on('response', (answer) => {
    if (answer.url().includes('/verification/events')) statuses.push(answer.status());
  });
  await page.reload();
  // The page waits 5 seconds before it opens another stream.
  await expect.poll(() => statuses.slice(statuses.indexOf(502)), 'after the error').toEqual([502, 200]);
});

test('a click on a mail link does not end the event stream', async ({
  page,
  context,
  pageErrors,
  signInCode,
}) => {
  pageErrors.allow(/mailto:/);
  const opened = page.waitForResponse('**/verification/events*');
  await page.goto('/login/verify');
  await opened;
  const reopened = page.waitForResponse('**/verification/events*');
  await page.getByRole('link', { name: 'Help', exact: true }).click();
  expect((await reopened).status()).toBe(200);
  const other = await context.newPage();
  await other.goto('/login/verify');
  await new CodeEntry(other).enter(signInCode);
  await expect(other).toHaveURL('/dashboard');
  await expect(page).toHaveURL('/dashboard');
});

test('a third tab shows the status too', async ({ context, codeEntry, signingInUser: _ }) => {
  await codeEntry.waitUntilReady();
  for (const tab of [await context.newPage(), await context.newPage()]) {
    await tab.goto('/login/verify');
    await new CodeEntry(tab).waitUntilReady();
    await expect(tab.getByText('The message has been delivered.')).toBeVisible();
  }
});

test('an undelivered message offers a call immediately', async ({
  page,
  context,
  formClient,
  codeEntry,
  simulator,
  newUser,
}) => {
  // The simulator does not deliver messages to this number.
  const lost = { ...newUser, phone: '+1 202 553 0003', e164: '+12025530003' };
  await formClient.beginRegistration(lost);
  await formClient.copyCookiesTo(context);
  await page.goto('/register/verify');
  await codeEntry.waitUntilReady();
  const undelivered = page.locator('[aria-live=polite]').filter({ hasText: /could not be delivered/ });
  await expect(undelivered).toBeVisible();
  await expect(codeEntry.callInstead).toBeVisible();

  // The call is still offered after a look at the messages of the phone.
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  await expect(codeEntry.resend).toBeEnabled();
  await expect(codeEntry.callInstead).toBeVisible();

  await codeEntry.requestNewCode();
  await expect(undelivered).toBeVisible();
  await expect(codeEntry.callInstead).toBeVisible();
});

test('screen readers announce each new code and its delivery', async ({
  page,
  codeEntry,
  simulator,
  signingInUser,
}) => {
  const delivered = page.locator('[aria-live=polite]').filter({ hasText: 'The message has been delivered.' });
  await codeEntry.waitUntilReady();
  await expect(delivered).toBeVisible();
  const readAnnouncements = await recordAnnouncements(page);
  for (const sent of [1, 2]) {
    await simulator.advanceClock(30);
    await codeEntry.simulateTabReturn();
    await simulator.codeSentTo(signingInUser.e164, () => codeEntry.requestNewCode());
    const sentence = `A code has been sent to number ending in ${signingInUser.e164.slice(-4)}`;
    await expect.poll(readAnnouncements).toEqual(Array.from({ length: sent }, () => sentence));
    // The new message has the same status as the last one.
    await expect(delivered).toBeVisible();
  }
});

test('a code entered in one tab also moves another tab to the dashboard', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  const other = await context.newPage();
  await other.goto('/login/verify');
  await new CodeEntry(other).enter(signInCode);
  await expect(other).toHaveURL('/dashboard');
  await dashboardPage.expectUser(signingInUser);
  await expect(page).toHaveURL('/dashboard');
});

test('a sign-in works without the event stream', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  formClient,
  registeredUser,
  pageErrors,
}) => {
  await blockEventStream(page, pageErrors);
  const code = await formClient.requestSignInCode(registeredUser);
  await formClient.copyCookiesTo(context);
  await page.goto('/login/verify');
  await codeEntry.enter(wrongCode(code));
  await codeEntry.expectText('Invalid code. 4 attempts remaining.');
  await codeEntry.enter(code);
  await dashboardPage.expectUser(registeredUser);
});
