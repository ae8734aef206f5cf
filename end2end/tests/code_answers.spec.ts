import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';

test('after a wrong code the field is ready for the next try', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.enter(await simulator.wrongCode(signingIn.e164));
  await codeEntry.says(TEXT.invalid(4));
  await expect(codeEntry.input).toHaveAttribute('aria-invalid', 'true');
  await codeEntry.isReadyForTheNextTry();
  await codeEntry.page.keyboard.type(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

test('five wrong codes end the flow', async ({ page, codeEntry, simulator, signingIn }) => {
  for (const left of [4, 3, 2, 1]) {
    await codeEntry.enter(await simulator.wrongCode(signingIn.e164, left));
    await codeEntry.says(TEXT.invalid(left));
    await codeEntry.isReadyForTheNextTry();
  }
  await codeEntry.enter(await simulator.wrongCode(signingIn.e164, 5));
  await codeEntry.says(TEXT.tooMany);
  await expect(codeEntry.input).toBeDisabled();
  await expect(codeEntry.validate).toBeDisabled();
  await expect(codeEntry.resend).toBeHidden();

  await page.reload();
  await codeEntry.says(TEXT.tooMany);
  await codeEntry.startAgain.click();
  await expect(page).toHaveURL('/login');
});

test('an expired code can be replaced by another', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  await simulator.advance(301);
  await codeEntry.comeBack();
  await codeEntry.says(TEXT.expired);
  await expect(codeEntry.countdown).toBeHidden();
  const sent = (await simulator.messages(signingIn.e164)).length;
  await codeEntry.resend.click();
  await expect
    .poll(async () => (await simulator.messages(signingIn.e164)).length)
    .toBe(sent + 1);
  await expect(codeEntry.countdown).toBeVisible();
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

test('an expired code is refused as expired, also when it is the right one', async ({
  codeEntry,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  const code = await simulator.code(signingIn.e164);
  await simulator.advance(301);
  await codeEntry.enter(code);
  await codeEntry.says(TEXT.expired);
  await expect(codeEntry.resend).toBeEnabled();
});

test('an expired code stays explained after a reload', async ({
  page,
  codeEntry,
  simulator,
  signingIn,
}) => {
  expect(signingIn).toBeDefined();
  await simulator.advance(301);
  await page.reload();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.says(TEXT.expired);
  await expect(codeEntry.resend).toBeEnabled();
});

test('while the provider is down nothing is used up, and the right code works afterwards', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await simulator.fail({ on: 'check', kind: 'status', status: 503, times: 10 });
  await codeEntry.enter(await simulator.wrongCode(signingIn.e164));
  await codeEntry.says(TEXT.couldNotVerify);
  await codeEntry.isReadyForTheNextTry();
  await simulator.heal();
  await codeEntry.validate.click();
  await codeEntry.says(TEXT.invalid(4));
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

test('a provider that cannot be reached to send leaves the step as it is', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  member,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(member);
  await simulator.fail({ on: 'create', kind: 'status', status: 503, times: 10 });
  await signInPage.sendOtp.click();
  await codeEntry.says(TEXT.couldNotVerify);
  await expect(signInPage.sendOtp).toBeEnabled();
  await simulator.heal();
  // Whether a message went out nobody knows, so the next one keeps its distance.
  await simulator.advance(30);
  await signInPage.sendOtp.click();
  await expect(page).toHaveURL('/login/verify');
});

test('without a connection the step stays, and goes on when the connection is back', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  simulator,
  watch,
  signingIn,
}) => {
  watch.allow(/ERR_INTERNET_DISCONNECTED/);
  const code = await simulator.code(signingIn.e164);
  await codeEntry.ready();
  await context.setOffline(true);
  await codeEntry.enter(code);
  await codeEntry.says(TEXT.couldNotVerify);
  await expect(page).toHaveURL('/login/verify');
  await expect(codeEntry.input).toHaveValue(code);
  await context.setOffline(false);
  await codeEntry.validate.click();
  await dashboardPage.shows(signingIn);
});
