import { expect, test } from '../fixtures.ts';
import { CodeEntry, TEXT } from '../pages/code_entry.ts';
import { PhonePage } from '../pages/phone_page.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { waitForIslands } from '../support/loading.ts';
import { wrongCode } from '../support/simulator.ts';
import { generateUser, numberPattern } from '../support/user.ts';

test('a signed-in user changes the phone number from the profile', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const { phone, e164, masked } = generateUser();
  const next = { ...signedInUser, phone, e164, masked };
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
  for (const fact of [
    signedInUser.fullName,
    signedInUser.username,
    signedInUser.email,
    signedInUser.masked,
  ]) {
    await expect(page.getByText(fact, { exact: true }).first()).toBeVisible();
  }
  await page.getByRole('link', { name: 'Change phone number' }).click();
  await expect(phonePage.heading).toBeVisible();
  await expect(page.getByText(signedInUser.masked)).toBeVisible();

  const code = await phonePage.sendCodeTo(next, simulator);
  await expect(page.getByRole('button', { name: 'Verify OTP' })).toBeVisible();
  await codeEntry.enter(wrongCode(code));
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.enter(code);
  await expect(phonePage.confirm).toBeVisible();
  await expect(page.getByText(next.masked)).toBeVisible();
  await page.reload();
  await phonePage.confirm.click();

  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
  await expect(page.getByText(next.masked).first()).toBeVisible();
  await expect(page.getByText(signedInUser.masked)).toBeHidden();
  // The old number receives a security notice.
  await expect
    .poll(async () => (await simulator.messages(signedInUser.e164)).find((sent) => sent.code === null)?.body)
    .toContain('/undo/');
});

test('"Use a different number" keeps the mistyped number in the field and cancels its code', async ({
  phonePage,
  codeEntry,
  simulator,
  signedInUser: _,
}) => {
  const [typo, right] = [generateUser(), generateUser()];
  await phonePage.goto();
  await phonePage.sendCodeTo(typo, simulator);
  await codeEntry.differentNumber.click();
  await expect(phonePage.newPhone).toHaveValue(numberPattern(typo));
  await expect.poll(() => simulator.cancellationCount(typo.e164)).toBe(1);
  await phonePage.sendCodeTo(right, simulator);
});

test('an invalid or unchanged phone number is refused beside its field', async ({
  phonePage,
  signedInUser,
}) => {
  await phonePage.goto();
  await waitForIslands(phonePage.page);
  await phonePage.newPhone.fill('12');
  await phonePage.send.click();
  await expect(phonePage.problem).toHaveText(/Enter a valid phone number/);
  await expect(phonePage.newPhone).toHaveValue('12');
  await phonePage.newPhone.fill(signedInUser.phone);
  await phonePage.send.click();
  await expect(phonePage.problem).toHaveText(/This is already your number/);
});

test('a change of phone number requires a step-up five minutes after sign-in', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(301);
  await phonePage.goto();
  await expect(phonePage.newPhone).toBeHidden();
  await phonePage.password.fill('a wrong password');
  await phonePage.continueButton.click();
  await expect(phonePage.problem).toHaveText(/^Incorrect password/);
  // The form clears the refused password in the frame after the message.
  await expect(phonePage.password).toHaveValue('');
  await phonePage.password.fill(signedInUser.password);
  await phonePage.continueButton.click();
  await expect(phonePage.methodDialog).toBeVisible();
  await page.reload();
  const code = await simulator.codeSentTo(signedInUser.e164, () => phonePage.sendOtp.click());
  await codeEntry.enter(code);
  await expect(phonePage.newPhone).toBeVisible();
  await phonePage.sendCodeTo(generateUser(), simulator);
});

test('every step of a change of phone number is accessible', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  test.slow();
  await page.goto('/profile');
  await expectAccessible(page, 'profile');
  await simulator.advanceClock(301);
  await phonePage.goto();
  await expectAccessible(page, 'step-up, password');
  await phonePage.password.fill(signedInUser.password);
  await phonePage.continueButton.click();
  await expect(phonePage.methodDialog).toBeVisible();
  await expectAccessible(page, 'step-up, method');
  const stepUpCode = await simulator.codeSentTo(signedInUser.e164, () => phonePage.sendOtp.click());
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'step-up, code');
  await codeEntry.enter(stepUpCode);
  await expect(phonePage.newPhone).toBeVisible();
  await expectAccessible(page, 'new number');
  await codeEntry.enter(await phonePage.sendCodeTo(generateUser(), simulator));
  await expect(phonePage.confirm).toBeVisible();
  await expectAccessible(page, 'confirm');
});

test('"Confirm" under one phone number does not save the number that another tab has verified', async ({
  context,
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const [first, second] = [generateUser(), generateUser()];
  const other = await context.newPage();
  const otherPhone = new PhonePage(other);
  await otherPhone.goto();
  await phonePage.goto();
  await codeEntry.enter(await phonePage.sendCodeTo(first, simulator));
  await expect(phonePage.confirm).toBeVisible();
  await expect(page.getByText(first.masked)).toBeVisible();
  await new CodeEntry(other).enter(await otherPhone.sendCodeTo(second, simulator));
  await expect(otherPhone.confirm).toBeVisible();

  await phonePage.confirm.click();
  await expect(page.getByText(second.masked)).toBeVisible();
  await expect(page.getByText(first.masked)).toBeHidden();
  // The number of the account is still the old one.
  await expect(page.getByText(signedInUser.masked)).toBeVisible();
  await phonePage.confirm.click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText(second.masked).first()).toBeVisible();
});
