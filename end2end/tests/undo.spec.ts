import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible, touchTargets } from '../support/accessibility.ts';
import { changeEmail, changePhone, waitForLink, openRecovery } from '../support/contact_links.ts';
import { generateUser } from '../support/user.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** Expects an accessible page that is no wider than the screen, with a button that Tab reaches. */
async function expectUsable(page: Page, state: string, button: string): Promise<void> {
  await expectAccessible(page, state);
  const [width, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect.soft(width, `${state}: width of the page`).toBe(screen);
  const small = (await touchTargets(page)).filter(({ height }) => height < 44);
  expect.soft(small, `${state}: lower than 44 pixels`).toEqual([]);
  const target = page.getByRole('button', { name: button });
  const background = await target.evaluate((element) => getComputedStyle(element).backgroundColor);
  expect.soft(background, `${state}: look of the button`).not.toBe('rgba(0, 0, 0, 0)');
  for (let pressed = 0; pressed < 20; pressed += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) break;
  }
  await expect(target).toBeFocused();
  const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
  expect.soft(outline, `${state}: focus of the button`).not.toBe('none');
}

test('a change of the phone number is undone, and then the password is reset', async ({
  page,
  formClient,
  simulator,
  registeredUser,
  signInPage,
  passwordResetPage,
  codeEntry,
  dashboardPage,
  pageErrors,
}) => {
  test.slow();
  const link = await changePhone(formClient, simulator, registeredUser, generateUser());
  await page.goto(link);
  const heading = page.getByRole('heading', { name: 'Undo the change of your phone number?' });
  await expect(heading).toBeVisible();
  await expect(page.getByText(registeredUser.masked)).toBeVisible();
  await expectUsable(page, 'undo of a phone change', 'Undo the change');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/forgot-password');
  await expect(page.getByText('Your earlier phone number is back.')).toBeVisible();
  await expectAccessible(page, 'after the undo');

  await passwordResetPage.submitUsername(registeredUser);
  await page.goto(await waitForLink(simulator, registeredUser.email, 'reset-password'));
  const password = 'a quite different 88 phrase';
  await passwordResetPage.submitPassword(password);
  await expect(signInPage.methodDialog).toBeVisible();
  await simulator.advanceClock(30);
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await expect(page.getByText('Your new password is saved.')).toBeVisible();
  await simulator.advanceClock(30);
  await signInPage.submitPassword({ ...registeredUser, password });
  const second = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(second);
  await dashboardPage.expectUser(registeredUser);

  // The answer of a used link is 410.
  pageErrors.allow(/410/);
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  await expectAccessible(page, 'used undo link');
});

test('a change of the email address is undone with the link of the old mailbox', async ({
  page,
  formClient,
  simulator,
  registeredUser,
  signInPage,
}) => {
  test.slow();
  const address = `new.${registeredUser.email}`;
  const link = await changeEmail(formClient, simulator, registeredUser, address);
  await page.goto(link);
  const heading = page.getByRole('heading', { name: 'Undo the change of your email address?' });
  await expect(heading).toBeVisible();
  await expect(page.getByText('a***@example.com')).toBeVisible();
  await expectUsable(page, 'undo of an email change', 'Undo the change');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/forgot-password');
  await expect(page.getByText('Your earlier email address is back.')).toBeVisible();
  await expectAccessible(page, 'after the undo');

  // The account refuses its password like a wrong one.
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.error).toBeVisible();
});

test('a sign-in during a recovery asks whether it is the user, and a link cancels it', async ({
  page,
  formClient,
  simulator,
  registeredUser,
  signInPage,
  codeEntry,
}) => {
  test.slow();
  const link = await openRecovery(formClient, simulator, registeredUser);
  await signInPage.openMethodDialog(registeredUser);
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/recovery');
  await expect(page.getByRole('heading', { name: 'A recovery is under way.' })).toBeVisible();
  await expectUsable(page, 'question about a recovery', 'Cancel it');
  await page.getByRole('link', { name: 'It was me, go on with it' }).click();
  await expect(page).toHaveURL('/dashboard');

  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Keep your phone number?' })).toBeVisible();
  await expectUsable(page, 'cancel link of a recovery', 'Cancel and keep my number');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Cancelled: your phone number stays.')).toBeVisible();
});

test('a recovery is cancelled by the user who has signed in', async ({
  page,
  formClient,
  simulator,
  registeredUser,
  signInPage,
  codeEntry,
}) => {
  await openRecovery(formClient, simulator, registeredUser);
  await signInPage.openMethodDialog(registeredUser);
  const code = await signInPage.requestCode(registeredUser, simulator);
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/recovery');
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await expect(page).toHaveURL('/dashboard');
  await expect(page.getByText('Cancelled: your phone number stays.')).toBeVisible();
  await expectAccessible(page, 'after the cancellation');
});
