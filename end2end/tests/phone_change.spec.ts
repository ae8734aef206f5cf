import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { somebodyNew } from '../support/person.ts';

test('a member changes the phone number from the profile', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  const { phone, e164, masked } = somebodyNew();
  const next = { ...signedIn, phone, e164, masked };
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
  for (const fact of [signedIn.fullName, signedIn.username, signedIn.email, signedIn.masked]) {
    await expect(page.getByText(fact, { exact: true }).first()).toBeVisible();
  }
  await page.getByRole('link', { name: 'Change phone number' }).click();
  await expect(phonePage.heading).toBeVisible();
  await expect(page.getByText(signedIn.masked)).toBeVisible();

  await phonePage.sendTo(next);
  await expect(page.getByRole('button', { name: 'Verify OTP' })).toBeVisible();
  await codeEntry.enter(await simulator.wrongCode(next.e164));
  await codeEntry.says(TEXT.invalid(4));
  await codeEntry.enter(await simulator.code(next.e164));
  await expect(phonePage.confirm).toBeVisible();
  await expect(page.getByText(next.masked)).toBeVisible();
  await page.reload();
  await phonePage.confirm.click();

  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
  await expect(page.getByText(next.masked).first()).toBeVisible();
  await expect(page.getByText(signedIn.masked)).toBeHidden();
  // The old number hears of it.
  await expect
    .poll(async () => (await simulator.messages(signedIn.e164)).at(-1)?.body)
    .toMatch(/Sallyport/);
});

test('a mistyped number is typed again, and its code dies', async ({
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  const [typo, right] = [somebodyNew(), somebodyNew()];
  await phonePage.goto();
  await phonePage.sendTo({ ...signedIn, ...typo });
  await codeEntry.differentNumber.click();
  await expect(phonePage.newPhone).toBeVisible();
  await expect.poll(() => simulator.cancellations(typo.e164)).toBe(1);
  await phonePage.sendTo({ ...signedIn, ...right });
});

test('what cannot become the number is said beside the field', async ({ phonePage, signedIn }) => {
  await phonePage.goto();
  await phonePage.newPhone.fill('12');
  await phonePage.send.click();
  await expect(phonePage.problem).toHaveText(/Enter a valid phone number/);
  await expect(phonePage.newPhone).toHaveValue('12');
  await phonePage.newPhone.fill(signedIn.phone);
  await phonePage.send.click();
  await expect(phonePage.problem).toHaveText(/This is already your number/);
});

test('five minutes after signing in, password and a code are asked for first', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  await simulator.advance(301);
  await phonePage.goto();
  await expect(phonePage.newPhone).toBeHidden();
  await phonePage.password.fill('not her password');
  await phonePage.goOn.click();
  await expect(phonePage.problem).toHaveText(/^Incorrect password/);
  await phonePage.password.fill(signedIn.password);
  await phonePage.goOn.click();
  await expect(phonePage.methods).toBeVisible();
  await page.reload();
  await phonePage.sendOtp.click();
  await codeEntry.enter(await simulator.code(signedIn.e164));
  await expect(phonePage.newPhone).toBeVisible();
  await phonePage.sendTo({ ...signedIn, ...somebodyNew() });
});

test('the change of number is accessible at every step', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  test.slow();
  await page.goto('/profile');
  await expectAccessible(page, 'profile');
  await simulator.advance(301);
  await phonePage.goto();
  await expectAccessible(page, 'step-up, password');
  await phonePage.password.fill(signedIn.password);
  await phonePage.goOn.click();
  await expect(phonePage.methods).toBeVisible();
  await expectAccessible(page, 'step-up, method');
  await phonePage.sendOtp.click();
  await codeEntry.ready();
  await expectAccessible(page, 'step-up, code');
  await codeEntry.enter(await simulator.code(signedIn.e164));
  await expect(phonePage.newPhone).toBeVisible();
  await expectAccessible(page, 'new number');
  const next = somebodyNew();
  await phonePage.sendTo({ ...signedIn, ...next });
  await codeEntry.enter(await simulator.code(next.e164));
  await expect(phonePage.confirm).toBeVisible();
  await expectAccessible(page, 'confirm');
});
