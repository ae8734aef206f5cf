import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { RECOVERY_DELAY_SECS, openRecovery, waitForSecondLink } from '../support/contact_links.ts';
import { generateUser } from '../support/user.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('a user with a lost phone sets up a new number in another browser after a new link', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  formClient,
  simulator,
  registeredUser,
}) => {
  test.slow();
  const other = generateUser();
  await openRecovery(formClient, simulator, registeredUser);
  await simulator.advanceClock(RECOVERY_DELAY_SECS);
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(page).toHaveURL('/lost-phone');
  await expect(page.getByText('You can set up your new number in the browser')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Keep my number' })).toHaveAttribute('href', '/login');
  await expectAccessible(page, 'lost phone in another browser');
  await page.getByRole('button', { name: 'Send mail' }).click();
  await expect(page.getByText('An email with a link is on its way')).toBeVisible();

  await page.goto(await waitForSecondLink(simulator, registeredUser.email, 'lost-phone'));
  await expect(page.getByText('The waiting time is over.')).toBeVisible();
  await expectAccessible(page, 'link for another browser');
  await page.getByRole('button', { name: 'Use this browser' }).click();
  await expect(page).toHaveURL('/login');
  const message = 'You can set up your new number in this browser now. Please sign in.';
  await expect(signInPage.notice).toHaveText(message);
  await signInPage.submitPassword(registeredUser, signInPage.setUpDialog);
  const code = await simulator.codeSentTo(other.e164, () =>
    signInPage.submitSetUpPhone(other.phone),
  );
  await codeEntry.enter(code);
  await dashboardPage.expectUser({ ...registeredUser, masked: other.masked });
});
