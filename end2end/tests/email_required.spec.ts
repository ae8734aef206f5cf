import { expect, test } from '../fixtures.ts';
import { readCodeFromMail } from '../support/mail.ts';

test.use({ settings: { SALLYPORT_CAPTCHA_COST: '1', SALLYPORT_EMAIL_VERIFICATION: 'required' } });

test('the first sign-in asks for the code of the mail, and then opens the dashboard', async ({
  page,
  newUser,
  formClient,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
}) => {
  await formClient.register(newUser);
  await simulator.advanceClock(30);
  await signInPage.openMethodDialog(newUser);
  const code = await signInPage.requestCode(newUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/verify-email');
  await page.goto('/profile');
  await expect(page).toHaveURL('/verify-email');
  await page.getByLabel('One-time code').fill(await readCodeFromMail(simulator, newUser.email));
  await page.getByRole('button', { name: 'Validate' }).click();
  await dashboardPage.expectUser(newUser);
  await expect(page.getByText('Your email address is confirmed.')).toBeVisible();
  await page.goto('/profile');
  await expect(page).toHaveURL('/profile');
});
