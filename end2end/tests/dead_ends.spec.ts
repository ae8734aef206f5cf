import { expect, test } from '../fixtures.ts';
import { PhonePage } from '../pages/phone_page.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { somebodyNew } from '../support/person.ts';

test('a double click on the set-up sends one message', async ({
  signInPage,
  codeEntry,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.dblclick();
  await codeEntry.ready();
  expect(await simulator.sends(imported.e164)).toBe(1);
});

test('a set-up finished in one tab is over in the other', async ({
  context,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();
  await codeEntry.ready();
  const other = await context.newPage();
  await other.goto('/login');
  const otherEntry = new CodeEntry(other);
  await otherEntry.ready();
  await codeEntry.enter(await simulator.code(imported.e164));
  await dashboardPage.shows(imported);
  // Told by itself, and signed in as well: it is the same browser.
  await expect(other).toHaveURL('/dashboard');
  expect(await simulator.sends(imported.e164)).toBe(1);
});

test('an expired set-up in an open tab says so and starts again', async ({
  page,
  signInPage,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(imported, signInPage.setUp);
  await simulator.advance(901);
  await signInPage.setUpPhone.fill(imported.phone);
  await signInPage.sendVerificationCode.click();
  await expect(signInPage.setUp.getByText(/has expired/)).toBeVisible();
  await page.reload();
  await expect(signInPage.error).toHaveText(/Please start again/);
  await signInPage.passPassword(imported, signInPage.setUp);
  expect(await simulator.sends(imported.e164)).toBe(0);
});

test('after the change of number, back and forward show nothing stale', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  const next = { ...signedIn, ...somebodyNew(), email: signedIn.email };
  await page.goto('/profile');
  await phonePage.goto();
  await phonePage.sendTo(next);
  await codeEntry.enter(await simulator.code(next.e164));
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
  expect(await simulator.sends(next.e164)).toBe(1);
});

test('back from the code entry of a new number comes back to it', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  const next = somebodyNew();
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Change phone number' }).click();
  await phonePage.newPhone.fill(next.phone);
  await phonePage.send.dblclick();
  await codeEntry.ready();
  await page.goBack();
  await page.goto('/profile/phone');
  await codeEntry.ready();
  await expect(page.getByText(signedIn.masked)).toBeVisible();
  expect(await simulator.sends(next.e164)).toBe(1);
});

test('a change of number finished in one tab is over in the other', async ({
  context,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  const next = { ...signedIn, ...somebodyNew() };
  await phonePage.goto();
  await phonePage.sendTo(next);
  const other = await context.newPage();
  await other.goto('/profile/phone');
  const otherEntry = new CodeEntry(other);
  await otherEntry.ready();
  await codeEntry.enter(await simulator.code(next.e164));
  await expect(phonePage.confirm).toBeVisible();
  // Told by itself: the other tab is at the same step.
  await expect(new PhonePage(other).confirm).toBeVisible();
  await phonePage.confirm.click();
  await expect(phonePage.page).toHaveURL('/profile');
  await new PhonePage(other).confirm.click();
  await expect(other.getByText(/was finished elsewhere/)).toBeVisible();
});

test('whoever is signed out midway is led to the login page', async ({
  page,
  context,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
  watch,
}) => {
  // Left to itself the page would be told.
  await page.route('**/verification/events*', (route) => route.abort());
  watch.allow(/ERR_FAILED/);
  const next = { ...signedIn, ...somebodyNew() };
  await phonePage.goto();
  await phonePage.sendTo(next);
  await context.clearCookies();
  await codeEntry.enter(await simulator.code(next.e164));
  await expect(page.getByText(/Please start again/)).toBeVisible();
  await codeEntry.startAgain.click();
  await expect(page).toHaveURL('/login');
});
