import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';

test.use({ settings: { SALLYPORT_CAPTCHA_COST: '1', SALLYPORT_SIMULATOR_WEBHOOKS: 'app' } });

test('a delivered message is said to be', async ({ page, codeEntry, signingIn }) => {
  await codeEntry.ready();
  await expect(page.getByText('The message has been delivered.')).toBeVisible();
  await expect(page.getByText(signingIn.masked)).toBeVisible();
});

test('a message that does not arrive offers a call at once', async ({
  page,
  context,
  visitor,
  codeEntry,
  person,
}) => {
  // The simulator's number whose messages get lost.
  const lost = { ...person, phone: '+1 202 553 0003', e164: '+12025530003' };
  await visitor.awaitRegistrationCode(lost);
  await visitor.handOver(context);
  await page.goto('/register/verify');
  await codeEntry.ready();
  await expect(page.getByText(/could not be delivered/)).toBeVisible();
  await expect(codeEntry.callInstead).toBeVisible();
});

test('a code entered in one tab takes the other along', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  const other = await context.newPage();
  await other.goto('/login/verify');
  await new CodeEntry(other).enter(await simulator.code(signingIn.e164));
  await expect(other).toHaveURL('/dashboard');
  await dashboardPage.shows(signingIn);
  await expect(page).toHaveURL('/dashboard');
});

test('without the stream everything goes on as before', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  visitor,
  member,
  watch,
}) => {
  watch.allow(/ERR_FAILED/);
  await page.route('**/verification/events*', (route) => route.abort());
  await visitor.awaitSignInCode(member);
  await visitor.handOver(context);
  await page.goto('/login/verify');
  await codeEntry.enter(await simulator.wrongCode(member.e164));
  await codeEntry.says('Invalid code. 4 attempts remaining.');
  await codeEntry.enter(await simulator.code(member.e164));
  await dashboardPage.shows(member);
});
