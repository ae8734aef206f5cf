import { expect, test } from '../fixtures.ts';
import { changeEmail, changePhone, openRecovery } from '../support/contact_links.ts';
import { generateUser } from '../support/user.ts';

// The CAPTCHA needs JavaScript. A site that supports browsers without it turns the CAPTCHA off.
test.use({ javaScriptEnabled: false, settings: { SALLYPORT_CAPTCHA: 'none' } });

test('changes of phone and email address are undone with plain HTML forms', async ({
  page,
  formClient,
  simulator,
  registeredUser,
  pageErrors,
}) => {
  const next = generateUser();
  const ofEmail = await changeEmail(formClient, simulator, registeredUser, next.email);
  await simulator.advanceClock(30);
  const ofPhone = await changePhone(formClient, simulator, registeredUser, next);
  await page.goto(ofPhone);
  await expect(page.getByText(registeredUser.masked)).toBeVisible();
  await page.getByRole('button', { name: 'Undo the change' }).click();
  await expect(page).toHaveURL('/forgot-password');
  await expect(page.getByText('Your earlier phone number is back.')).toBeVisible();
  await page.goto(ofEmail);
  await expect(page.getByText('a***@example.com')).toBeVisible();
  await page.getByRole('button', { name: 'Undo the change' }).click();
  await expect(page).toHaveURL('/forgot-password');
  await expect(page.getByText('Your earlier email address is back.')).toBeVisible();
  pageErrors.allow(/410/);
  await page.goto(ofEmail);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
});

test('a recovery is confirmed and cancelled with plain HTML forms', async ({
  page,
  formClient,
  simulator,
  registeredUser,
  signInPage,
  codeEntry,
}) => {
  const link = await openRecovery(formClient, simulator, registeredUser);
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.submit.click();
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.fillAndSubmit(code);
  await expect(page).toHaveURL('/recovery');
  await page.getByRole('link', { name: 'It was me, go on with it' }).click();
  await expect(page).toHaveURL('/dashboard');
  await page.goto(link);
  await page.getByRole('button', { name: 'Cancel and keep my number' }).click();
  await expect(page.getByText('Cancelled: your phone number stays.')).toBeVisible();
});
