import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { RECOVERY_DELAY_SECS, openRecovery } from '../support/contact_links.ts';
import { generateUser } from '../support/user.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeEach(async ({ context, formClient, simulator, registeredUser }) => {
  await openRecovery(formClient, simulator, registeredUser);
  // The browser that has opened the recovery completes it.
  await formClient.copyCookiesTo(context, 'recovery');
  await simulator.advanceClock(RECOVERY_DELAY_SECS);
});

test('a user with a lost phone sets up a new number after the waiting time', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  const other = generateUser();
  await signInPage.openSetUpDialog(registeredUser);
  const explanation = 'Your phone was reported lost. Enter your new number.';
  await expect(signInPage.setUpDialog.getByText(explanation)).toBeVisible();
  await expect(signInPage.setUpPhone).toBeFocused();
  await expectAccessible(page, 'set-up after a lost phone');
  const code = await simulator.codeSentTo(other.e164, () =>
    signInPage.submitSetUpPhone(other.phone),
  );
  await codeEntry.enter(code);
  await dashboardPage.expectUser({ ...registeredUser, masked: other.masked });
});

test('a user who still has the phone keeps the number after the waiting time', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openSetUpDialog(registeredUser);
  await signInPage.keepNumber.click();
  await signInPage.expectModal();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/recovery');
  await expectAccessible(page, 'question about a recovery');
  await page.getByRole('link', { name: 'It was me, go on with it' }).click();
  await dashboardPage.expectUser(registeredUser);
  await expectAccessible(page, 'dashboard with a reported phone');
  await page.getByRole('link', { name: 'Check this report' }).click();
  await expect(page).toHaveURL('/recovery');
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await dashboardPage.expectUser(registeredUser);
  await expect(page.getByText('Cancelled: your phone number stays.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Check this report' })).toBeHidden();
});
