import { expect, test } from '../fixtures.ts';
import { HistoryPage } from '../pages/history_page.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import { SessionsPage } from '../pages/sessions_page.ts';
import { expectAccessible } from '../support/accessibility.ts';
import type { App } from '../support/app.ts';
import type { User } from '../support/user.ts';
import type { Simulator } from '../support/simulator.ts';
import { FormClient } from '../support/form_client.ts';

/** Signs the user in with a second HTTP client, as on another device. */
async function signInOnAnotherDevice(app: App, simulator: Simulator, user: User): Promise<void> {
  // Skips the resend cooldown.
  await simulator.advanceClock(30);
  await new FormClient(app).signIn(user);
}

test('recovery codes are shown once and can be saved as a file', async ({
  page,
  context,
  signedInUser,
}) => {
  const recoveryPage = new RecoveryCodesPage(page);
  await recoveryPage.goto();
  await expect(page.getByText('You have no recovery codes.')).toBeVisible();
  await expectAccessible(page, 'without codes');
  await recoveryPage.createFirst.click();
  const codes = await recoveryPage.readCodes();
  expect(new Set(codes).size).toBe(10);
  await expectAccessible(page, 'the codes');

  const file = await recoveryPage.downloadCodes();
  expect(file.name).toBe('sallyport-recovery-codes.txt');
  expect(file.lines).toEqual(
    expect.arrayContaining([...codes, `Username: ${signedInUser.username}`]),
  );
  expect(await recoveryPage.readCodes()).toEqual(codes);

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await recoveryPage.copy.click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join('\n'));

  await recoveryPage.done.click();
  await recoveryPage.expectRemaining(10);
  await page.goBack();
  await recoveryPage.expectRemaining(10);
  for (const code of codes) await expect(page.getByText(code)).toBeHidden();
});

test('only the recovery codes are printed', async ({ page, signedInUser }) => {
  const recoveryPage = new RecoveryCodesPage(page);
  await recoveryPage.goto();
  await recoveryPage.createFirst.click();
  await recoveryPage.readCodes();
  await expect(recoveryPage.print).toBeVisible();
  await page.emulateMedia({ media: 'print' });
  await expect(recoveryPage.list).toBeVisible();
  await expect(recoveryPage.heading).toBeVisible();
  const whose = `Sallyport recovery codes, ${signedInUser.username}, `;
  await expect(page.getByText(whose)).toHaveText(/, \d+ \w+ \d{4}\D+\d\d:\d\d$/);
  for (const hidden of [recoveryPage.download, recoveryPage.print, page.getByRole('banner')]) {
    await expect(hidden).toBeHidden();
  }
});

test('new recovery codes require a confirmation, and a reload creates none', async ({
  page,
  signedInUser,
}) => {
  const recoveryPage = new RecoveryCodesPage(page);
  await recoveryPage.goto();
  await recoveryPage.createFirst.click();
  const oldCodes = await recoveryPage.readCodes();
  await recoveryPage.done.click();

  for (const leave of [() => recoveryPage.cancel.click(), () => page.keyboard.press('Escape')]) {
    await recoveryPage.createNew.click();
    await expect(recoveryPage.replaceDialog).toContainText('The 10 codes you have left');
    await expect
      .poll(() => recoveryPage.replaceDialog.evaluate((dialog) => dialog.matches(':modal')))
      .toBe(true);
    await expectAccessible(page, 'the confirmation');
    await leave();
    await expect(page).toHaveURL('/profile/recovery-codes');
    await recoveryPage.expectRemaining(10);
  }

  await recoveryPage.createNew.click();
  await recoveryPage.replace.click();
  const newCodes = await recoveryPage.readCodes();
  expect(newCodes.filter((code) => oldCodes.includes(code))).toEqual([]);
  await page.reload();
  await recoveryPage.expectRemaining(10);
  await expect(page.getByText(/^Your codes were created and shown once\./)).toBeVisible();
  await expect(recoveryPage.list).toBeHidden();
  expect(await page.content()).not.toContain(signedInUser.e164);
});

test('recovery codes require a step-up five minutes after sign-in', async ({
  page,
  simulator,
  signedInUser: _,
}) => {
  const recoveryPage = new RecoveryCodesPage(page);
  await recoveryPage.goto();
  await simulator.advanceClock(301);
  await recoveryPage.createFirst.click();
  await expect(page).toHaveURL('/profile/recovery-codes');
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
  await expect(recoveryPage.createFirst).toBeHidden();
});

test('a user signs another device out', async ({ page, app, simulator, signedInUser }) => {
  const sessionsPage = new SessionsPage(page);
  await signInOnAnotherDevice(app, simulator, signedInUser);
  await sessionsPage.goto();
  await expect(sessionsPage.sessions).toHaveCount(2);
  await expect(sessionsPage.thisDevice).toContainText(/^Chrome on /);
  await expectAccessible(page, 'where you are signed in');
  await sessionsPage.signOutButton('Unknown device').click();
  await expect(page).toHaveURL('/profile/sessions');
  await expect(sessionsPage.notice).toHaveText('That device is signed out.');
  await expect(sessionsPage.sessions).toHaveCount(1);
  await expect(sessionsPage.signOutEverywhereElse).toBeHidden();

  await signInOnAnotherDevice(app, simulator, signedInUser);
  await signInOnAnotherDevice(app, simulator, signedInUser);
  await page.reload();
  await expect(sessionsPage.sessions).toHaveCount(3);
  await sessionsPage.signOutEverywhereElse.click();
  await expect(sessionsPage.notice).toHaveText('You are signed out everywhere else.');
  await expect(sessionsPage.sessions).toHaveCount(1);
});

test('the security history lists sign-ins and sent codes', async ({
  page,
  app,
  simulator,
  signedInUser,
}) => {
  const historyPage = new HistoryPage(page);
  await historyPage.goto();
  await expect(historyPage.events.first()).toContainText(
    'Signed in with a code sent to your phone',
  );
  await expect(historyPage.events.first().locator('time')).toHaveAttribute('datetime', /^20.*Z$/);
  await expect(historyPage.older).toBeHidden();
  await expectAccessible(page, 'the history');

  await signInOnAnotherDevice(app, simulator, signedInUser);
  await page.reload();
  await expect(historyPage.events.nth(1)).toContainText('Code sent');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('recovery codes are created, saved and replaced', async ({
    page,
    codeEntry,
    signInCode,
    signingInUser: _,
  }) => {
    await codeEntry.fillAndSubmit(signInCode);
    await expect(page).toHaveURL('/dashboard');
    const recoveryPage = new RecoveryCodesPage(page);
    await recoveryPage.goto();
    await recoveryPage.createFirst.click();
    const codes = await recoveryPage.readCodes();
    expect((await recoveryPage.downloadCodes()).lines).toEqual(expect.arrayContaining(codes));
    await expect(recoveryPage.copy).toBeHidden();
    await recoveryPage.done.click();
    await recoveryPage.createNew.click();
    await expect(recoveryPage.replaceDialog).toBeVisible();
    await recoveryPage.replace.click();
    expect(await recoveryPage.readCodes()).not.toEqual(codes);
  });
});
