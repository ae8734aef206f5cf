import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { somebodyNew } from '../support/person.ts';

test('the number on file is confirmed in a dialog over the login page', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await expect(page).toHaveURL('/login');
  const explanation = `Your number on file is ${imported.masked}. Enter it below to confirm, or type a different number.`;
  await expect(signInPage.setUp.getByText(explanation)).toBeVisible();
  await page.reload();
  await signInPage.dialogIsModal(signInPage.setUp);
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();

  await expect(signInPage.setUp.getByLabel('One-time code')).toBeVisible();
  await expect(page).toHaveURL('/login');
  await signInPage.dialogIsModal(signInPage.setUp);
  await codeEntry.enter(await simulator.wrongCode(imported.e164));
  await codeEntry.says(TEXT.invalid(4));
  await codeEntry.enter(await simulator.code(imported.e164));
  await dashboardPage.shows(imported);

  // From now on it is an account like any other.
  await dashboardPage.signOut.click();
  await simulator.advance(30);
  await signInPage.passPassword(imported);
});

test('a number nobody ever verified gives way to another one', async ({
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  imported,
}) => {
  const other = somebodyNew();
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await signInPage.setUpPhone.fill('12');
  await signInPage.sendVerificationCode.click();
  await expect(signInPage.setUp.getByText(/Enter a valid phone number/)).toBeVisible();
  await signInPage.setUpPhone.fill(other.phone);
  await signInPage.sendVerificationCode.click();
  await codeEntry.enter(await simulator.code(other.e164));
  await dashboardPage.shows({ ...imported, masked: other.masked });
});

test('a verified number is proven before another one takes its place', async ({
  app,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  member,
}) => {
  app.command(['user', 'reset-mfa', member.username]);
  const other = somebodyNew();
  await signInPage.goto();
  await signInPage.passPassword(member, signInPage.setUp);
  await signInPage.setUpPhone.fill(other.phone);
  await signInPage.sendVerificationCode.click();
  await expect(signInPage.setUp.getByText(member.masked)).toBeVisible();
  await codeEntry.enter(await simulator.code(member.e164));
  await expect(signInPage.setUp.getByText(/Your number on file is confirmed/)).toBeVisible();
  expect(await simulator.sends(other.e164)).toBe(0);
  await signInPage.sendVerificationCode.click();
  await codeEntry.enter(await simulator.code(other.e164));
  await dashboardPage.shows({ ...member, masked: other.masked });
});

test('cancelling a set-up leaves the login form and cancels the code', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();
  await codeEntry.ready();
  await codeEntry.cancel.click();
  await expect(signInPage.setUp).toBeHidden();
  await expect(signInPage.submit).toBeVisible();
  await expect.poll(() => simulator.cancellations(imported.e164)).toBe(1);
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
});

test('setting up is accessible at every step', async ({
  page,
  signInPage,
  codeEntry,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await expectAccessible(page, 'set-up, number');
  await signInPage.setUpPhone.fill('12');
  await signInPage.sendVerificationCode.click();
  await expect(signInPage.setUp.getByText(/Enter a valid phone number/)).toBeVisible();
  await expectAccessible(page, 'set-up, refused');
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();
  await codeEntry.ready();
  await expectAccessible(page, 'set-up, code');
});
