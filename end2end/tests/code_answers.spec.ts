import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { wrongCode } from '../support/simulator.ts';

test('after a wrong code the field is ready for the next attempt', async ({
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  await expect(codeEntry.input).toHaveAttribute('aria-invalid', 'true');
  await codeEntry.expectReadyForNextAttempt();
  await codeEntry.page.keyboard.type(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('five wrong codes end the sign-in', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  await expect(codeEntry.notYou).toBeVisible();
  await expect(codeEntry.lostPhone).toBeVisible();
  for (const left of [4, 3, 2, 1]) {
    await codeEntry.enter(wrongCode(signInCode, left));
    await codeEntry.expectText(TEXT.invalid(left));
    await codeEntry.expectReadyForNextAttempt();
  }
  await codeEntry.enter(wrongCode(signInCode, 5));
  await codeEntry.expectText(TEXT.tooMany);
  await expect(codeEntry.input).toBeDisabled();
  await expect(codeEntry.input).toBeHidden();
  await expect(codeEntry.validate).toBeHidden();
  await expect(codeEntry.resend).toBeHidden();
  await expect(codeEntry.startAgain).toBeFocused();
  await expect(codeEntry.notYou).toBeHidden();
  await expect(codeEntry.lostPhone).toBeHidden();

  await page.reload();
  await codeEntry.expectText(TEXT.tooMany);
  await expect(codeEntry.notYou).toBeHidden();
  await expect(codeEntry.lostPhone).toBeHidden();
  await expect(codeEntry.startAgain).toBeFocused();
  await codeEntry.startAgain.click();
  await expect(page).toHaveURL('/login');
});

test('after a refusal the button is grey until a digit changes', async ({
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  const color = () => codeEntry.validate.evaluate((button) => getComputedStyle(button).backgroundColor);
  await codeEntry.waitUntilReady();
  const ready = await color();
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  await expect.poll(color).not.toBe(ready);
  await codeEntry.expectReadyForNextAttempt();
  await codeEntry.page.keyboard.type('1');
  await expect.poll(color).toBe(ready);
});

test('a user requests a new code after the code has expired', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingInUser,
}) => {
  await codeEntry.expireCode(simulator);
  await codeEntry.expectText(TEXT.expired);
  await expect(codeEntry.countdown).toBeHidden();
  const sent = (await simulator.messages(signingInUser.e164)).length;
  const code = await simulator.codeSentTo(signingInUser.e164, () => codeEntry.requestNewCode());
  expect(await simulator.messages(signingInUser.e164)).toHaveLength(sent + 1);
  await expect(codeEntry.countdown).toBeVisible();
  await codeEntry.enter(code);
  await dashboardPage.expectUser(signingInUser);
});

test('a correct code is refused as expired after its lifetime', async ({
  codeEntry,
  simulator,
  signInCode,
  signingInUser: _,
}) => {
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(301);
  await codeEntry.enter(signInCode);
  await codeEntry.expectText(TEXT.expired);
  await expect(codeEntry.resend).toBeEnabled();
});

test('the expiry of a code is still shown after a reload', async ({
  page,
  codeEntry,
  simulator,
  signingInUser: _,
}) => {
  await simulator.advanceClock(301);
  await page.reload();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.expectText(TEXT.expired);
  await expect(codeEntry.resend).toBeEnabled();
});

test('a provider outage costs no attempt, and the correct code works afterwards', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await simulator.injectFaults({ on: 'check', kind: 'status', status: 503, times: 10 });
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.couldNotVerify);
  await codeEntry.expectReadyForNextAttempt();
  await simulator.clearFaults();
  await codeEntry.validate.click();
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('after a provider outage during a send, the choice of method is still shown', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  registeredUser,
}) => {
  await signInPage.requestCodeInOutage(registeredUser, simulator);
  await codeEntry.expectText(TEXT.couldNotSend);
  await expect(signInPage.sendOtp).toBeEnabled();
  await expect(signInPage.sendOtp).toBeFocused();
  await simulator.clearFaults();
  // The message may have been sent all the same, so the resend cooldown applies.
  await simulator.advanceClock(30);
  await signInPage.sendOtp.click();
  await expect(page).toHaveURL('/login/verify');
});

test('without a connection the step stays, and continues once the connection is back', async ({
  page,
  context,
  codeEntry,
  dashboardPage,
  pageErrors,
  signInCode,
  signingInUser,
}) => {
  pageErrors.allow(/ERR_INTERNET_DISCONNECTED/);
  await codeEntry.waitUntilReady();
  await context.setOffline(true);
  await codeEntry.enter(signInCode);
  await codeEntry.expectText(TEXT.couldNotVerify);
  await expect(page).toHaveURL('/login/verify');
  await expect(codeEntry.input).toHaveValue(signInCode);
  await context.setOffline(false);
  await codeEntry.validate.click();
  await dashboardPage.expectUser(signingInUser);
});
