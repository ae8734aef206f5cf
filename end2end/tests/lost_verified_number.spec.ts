import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { RECOVERY_DELAY_SECS, waitForLink } from '../support/contact_links.ts';
import { generateUser } from '../support/user.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test.beforeEach(({ app, registeredUser }) => {
  // The account keeps its verified number.
  app.runCommand(['user', 'reset-mfa', registeredUser.username]);
});

test('a user without second factor replaces a lost verified number after the waiting time', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  registeredUser,
}) => {
  test.slow();
  const other = generateUser();
  const lostPhone = signInPage.setUpDialog.getByRole('link', { name: 'Lost your phone?' });
  await signInPage.openSetUpDialog(registeredUser);
  await expect(lostPhone).toBeVisible();
  await expectAccessible(page, 'set-up with a verified number');
  await simulator.codeSentTo(registeredUser.e164, () => signInPage.submitSetUpPhone(other.phone));
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'set-up, code to the verified number');
  await lostPhone.click();
  await expect(page).toHaveURL('/lost-phone');
  // The password of the set-up is enough.
  await expect(signInPage.password).toBeHidden();
  await page.getByRole('button', { name: 'Send mail' }).click();
  await expect(page.getByText('An email with a link is on its way')).toBeVisible();

  await page.goto(await waitForLink(simulator, registeredUser.email, 'lost-phone'));
  await page.getByRole('button', { name: 'My phone is lost' }).click();
  await expect(page.getByText('Your phone is reported lost.')).toBeVisible();
  await simulator.advanceClock(RECOVERY_DELAY_SECS);

  await signInPage.openSetUpDialog(registeredUser);
  const explanation = 'Your phone was reported lost. Enter your new number.';
  await expect(signInPage.setUpDialog.getByText(explanation)).toBeVisible();
  await expect(lostPhone).toBeHidden();
  const code = await simulator.codeSentTo(other.e164, () =>
    signInPage.submitSetUpPhone(other.phone),
  );
  await codeEntry.enter(code);
  await dashboardPage.expectUser({ ...registeredUser, masked: other.masked });
});

test('a user without second factor reports a lost phone before entering a number', async ({
  page,
  signInPage,
  simulator,
  registeredUser,
}) => {
  await signInPage.openSetUpDialog(registeredUser);
  await signInPage.setUpDialog.getByRole('link', { name: 'Lost your phone?' }).click();
  await expect(page).toHaveURL('/lost-phone');
  await page.getByRole('button', { name: 'Send mail' }).click();
  await expect(page.getByText('An email with a link is on its way')).toBeVisible();
  expect(await waitForLink(simulator, registeredUser.email, 'lost-phone')).not.toBe('');
});
