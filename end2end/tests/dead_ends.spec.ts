import { expect, test } from '../fixtures.ts';
import { PhonePage } from '../pages/phone_page.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { blockEventStream, waitForIslands } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

/** Error of a form whose verification flow has ended. */
const ENDED = 'This step has expired or was finished elsewhere. Please start again.';

test('a double click in the set-up of a phone number sends one message', async ({
  signInPage,
  codeEntry,
  simulator,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await signInPage.setUpPhone.fill(importedUser.phone);
  await signInPage.sendVerificationCode.dblclick();
  await codeEntry.waitUntilReady();
  expect(await simulator.sendCount(importedUser.e164)).toBe(1);
});

test('a set-up completed in one tab ends in another tab too', async ({
  context,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  importedUser,
}) => {
  const code = await signInPage.requestSetUpCode(importedUser, simulator);
  await codeEntry.waitUntilReady();
  const other = await context.newPage();
  await other.goto('/login');
  const otherEntry = new CodeEntry(other);
  await otherEntry.waitUntilReady();
  await codeEntry.enter(code);
  await dashboardPage.expectUser(importedUser);
  // The other tab receives the event and shares the session cookie.
  await expect(other).toHaveURL('/dashboard');
  expect(await simulator.sendCount(importedUser.e164)).toBe(1);
});

test('an expired set-up in an open tab shows the expiry and starts again', async ({
  signInPage,
  simulator,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await simulator.advanceClock(901);
  await signInPage.submitSetUpPhone(importedUser.phone);
  await expect(signInPage.error).toHaveText(ENDED);
  await expect(signInPage.setUpDialog).toBeHidden();
  await signInPage.submitPassword(importedUser, signInPage.setUpDialog);
  expect(await simulator.sendCount(importedUser.e164)).toBe(0);
});

test('after a change of phone number, back and forward show the current state', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const next = { ...signedInUser, ...generateUser(), email: signedInUser.email };
  await page.goto('/profile');
  await phonePage.goto();
  await codeEntry.enter(await phonePage.sendCodeTo(next, simulator));
  await phonePage.confirm.dblclick();
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
  await page.goBack();
  await expect(phonePage.heading).toBeVisible();
  await expect(page.getByText(/Your phone number was changed recently/)).toBeVisible();
  await expect(page.getByText(next.masked)).toBeVisible();
  await expect(codeEntry.input).toBeHidden();
  await page.goForward();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByText('Your phone number has been updated.')).toBeHidden();
  expect(await simulator.sendCount(next.e164)).toBe(1);
});

test('the code entry of a new phone number is shown again after going back', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const next = generateUser();
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Change phone number' }).click();
  await phonePage.newPhone.fill(next.phone);
  // A form that the browser posts itself adds an entry to the history, to which Back would lead.
  await waitForIslands(page);
  await phonePage.send.dblclick();
  await codeEntry.waitUntilReady();
  await page.goBack();
  await page.goto('/profile/phone');
  await codeEntry.waitUntilReady();
  await expect(page.getByText(signedInUser.masked)).toBeVisible();
  expect(await simulator.sendCount(next.e164)).toBe(1);
});

test('a change of phone number completed in one tab ends in another tab too', async ({
  context,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const next = { ...signedInUser, ...generateUser() };
  await phonePage.goto();
  const code = await phonePage.sendCodeTo(next, simulator);
  const other = await context.newPage();
  await other.goto('/profile/phone');
  const otherEntry = new CodeEntry(other);
  await otherEntry.waitUntilReady();
  await codeEntry.enter(code);
  await expect(phonePage.confirm).toBeVisible();
  // The other tab receives the event and shows the same step.
  await expect(new PhonePage(other).confirm).toBeVisible();
  await phonePage.confirm.click();
  await expect(phonePage.page).toHaveURL('/profile');
  await new PhonePage(other).confirm.click();
  await expect(other.getByText(/Your phone number was changed recently/)).toBeVisible();
  await expect(new PhonePage(other).confirm).toBeHidden();
});

test('an expired choice of method closes the dialog and shows the expiry in the sign-in form', async ({
  signInPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openMethodDialog(registeredUser);
  await simulator.advanceClock(901);
  await signInPage.sendOtp.click();
  await expect(signInPage.error).toHaveText(ENDED);
  await expect(signInPage.methodDialog).toBeHidden();
  await signInPage.submitPassword(registeredUser);
});

test('an expired registration that requests its code shows its end', async ({
  registerPage,
  codeEntry,
  simulator,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.submitCredentials(newUser);
  await simulator.advanceClock(901);
  await registerPage.sendOtp.click();
  await expect(codeEntry.startAgain).toBeFocused();
  await expect(registerPage.sendOtp).toBeHidden();
});

test('a user who is signed out during a change of phone number is sent to the login page', async ({
  page,
  context,
  phonePage,
  codeEntry,
  signInPage,
  simulator,
  signedInUser,
  pageErrors,
}) => {
  // With the event stream the page would leave by itself.
  await blockEventStream(page, pageErrors);
  const next = { ...signedInUser, ...generateUser() };
  await phonePage.goto();
  const code = await phonePage.sendCodeTo(next, simulator);
  await context.clearCookies();
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('Your session has ended. Please sign in again.');
});

test('a reload after a step-up has expired shows the expiry once, above the password', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
  pageErrors,
}) => {
  // With the event stream the page would leave by itself.
  await blockEventStream(page, pageErrors);
  await phonePage.beginStepUp(signedInUser, simulator);
  await codeEntry.waitUntilReady();
  await simulator.advanceClock(901);
  await page.reload();
  await expect(page).toHaveURL('/profile/phone');
  const reason = page.getByRole('alert').filter({ hasText: /\S/ });
  await expect(reason).toHaveText(ENDED);
  await expect(phonePage.password).toBeVisible();
  await page.reload();
  await expect(phonePage.password).toBeVisible();
  await expect(reason).toHaveCount(0);
});
