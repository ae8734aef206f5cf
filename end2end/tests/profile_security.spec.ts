import { expect, test } from '../fixtures.ts';
import { HistoryPage } from '../pages/history_page.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';
import { SessionsPage } from '../pages/sessions_page.ts';
import { expectAccessible } from '../support/accessibility.ts';
import type { App } from '../support/app.ts';
import type { Person } from '../support/person.ts';
import type { Simulator } from '../support/simulator.ts';
import { Visitor } from '../support/visitor.ts';

/** The same person, signed in at another device. */
async function elsewhere(app: App, simulator: Simulator, person: Person): Promise<Visitor> {
  await simulator.advance(30);
  const visitor = new Visitor(app);
  await visitor.awaitSignInCode(person);
  const code = await simulator.code(person.e164);
  await visitor.post('verification/check', { purpose: 'sign_in', code }, '/dashboard');
  return visitor;
}

test('recovery codes are shown once, and saved as a file', async ({ page, context, signedIn }) => {
  const recovery = new RecoveryCodesPage(page);
  await recovery.goto();
  await expect(page.getByText('You have no recovery codes.')).toBeVisible();
  await expectAccessible(page, 'before there are codes');
  await recovery.first.click();
  const codes = await recovery.codes();
  expect(new Set(codes).size).toBe(10);
  await expectAccessible(page, 'the codes');

  const file = await recovery.save();
  expect(file.name).toBe('sallyport-recovery-codes.txt');
  expect(file.lines).toEqual(expect.arrayContaining([...codes, `Username: ${signedIn.username}`]));
  expect(await recovery.codes()).toEqual(codes);

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await recovery.copy.click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join('\n'));

  await recovery.done.click();
  await recovery.left(10);
  await page.goBack();
  await recovery.left(10);
  for (const code of codes) await expect(page.getByText(code)).toBeHidden();
});

test('the codes are what is printed', async ({ page, signedIn }) => {
  const recovery = new RecoveryCodesPage(page);
  await recovery.goto();
  await recovery.first.click();
  await recovery.codes();
  await expect(recovery.print).toBeVisible();
  await page.emulateMedia({ media: 'print' });
  await expect(recovery.list).toBeVisible();
  await expect(recovery.heading).toBeVisible();
  for (const away of [recovery.download, recovery.print, page.getByRole('banner')]) {
    await expect(away).toBeHidden();
  }
  await expect(page.getByText(signedIn.email)).toBeHidden();
});

test('new codes are asked about first, and a reload makes none', async ({ page, signedIn }) => {
  const recovery = new RecoveryCodesPage(page);
  await recovery.goto();
  await recovery.first.click();
  const old = await recovery.codes();
  await recovery.done.click();

  for (const leave of [() => recovery.cancel.click(), () => page.keyboard.press('Escape')]) {
    await recovery.another.click();
    await expect(recovery.dialog).toContainText('The 10 codes you have left');
    await expect.poll(() => recovery.dialog.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
    await expectAccessible(page, 'the question');
    await leave();
    await expect(page).toHaveURL('/profile/recovery-codes');
    await recovery.left(10);
  }

  await recovery.another.click();
  await recovery.replace.click();
  const fresh = await recovery.codes();
  expect(fresh.filter((code) => old.includes(code))).toEqual([]);
  await page.reload();
  await recovery.left(10);
  await expect(page.getByRole('alert')).toContainText('expired or was finished elsewhere');
  await expect(recovery.list).toBeHidden();
  expect(await page.content()).not.toContain(signedIn.phone);
});

test('five minutes after signing in, codes ask who it is', async ({ page, simulator, signedIn }) => {
  const recovery = new RecoveryCodesPage(page);
  await recovery.goto();
  await simulator.advance(301);
  await recovery.first.click();
  await expect(page).toHaveURL('/profile/recovery-codes');
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
  await expect(recovery.first).toBeHidden();
  await expect(page.getByText(signedIn.email)).toBeHidden();
});

test('a device is signed out from the list', async ({ page, app, simulator, signedIn }) => {
  const sessions = new SessionsPage(page);
  await elsewhere(app, simulator, signedIn);
  await sessions.goto();
  await expect(sessions.places).toHaveCount(2);
  await expect(sessions.this).toContainText(/^Chrome on /);
  await expectAccessible(page, 'where you are signed in');
  await sessions.signOut('Unknown device').click();
  await expect(page).toHaveURL('/profile/sessions');
  await expect(sessions.notice).toHaveText('That device is signed out.');
  await expect(sessions.places).toHaveCount(1);
  await expect(sessions.everywhereElse).toBeHidden();

  await elsewhere(app, simulator, signedIn);
  await elsewhere(app, simulator, signedIn);
  await page.reload();
  await expect(sessions.places).toHaveCount(3);
  await sessions.everywhereElse.click();
  await expect(sessions.notice).toHaveText('You are signed out everywhere else.');
  await expect(sessions.places).toHaveCount(1);
});

test('the history tells what happened', async ({ page, app, simulator, signedIn }) => {
  const history = new HistoryPage(page);
  await history.goto();
  await expect(history.lines.first()).toContainText('Signed in with a code sent to your phone');
  await expect(history.lines.first().locator('time')).toHaveAttribute('datetime', /^20.*Z$/);
  await expect(history.older).toBeHidden();
  await expectAccessible(page, 'the history');

  await elsewhere(app, simulator, signedIn);
  await page.reload();
  await expect(history.lines.nth(1)).toContainText('Code sent');
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('codes are made, saved and replaced', async ({
    page,
    codeEntry,
    simulator,
    signingIn,
  }) => {
    await codeEntry.input.fill(await simulator.code(signingIn.e164));
    await codeEntry.validate.click();
    await expect(page).toHaveURL('/dashboard');
    const recovery = new RecoveryCodesPage(page);
    await recovery.goto();
    await recovery.first.click();
    const codes = await recovery.codes();
    expect((await recovery.save()).lines).toEqual(expect.arrayContaining(codes));
    await expect(recovery.copy).toBeHidden();
    await recovery.done.click();
    await recovery.another.click();
    await expect(recovery.dialog).toBeVisible();
    await recovery.replace.click();
    expect(await recovery.codes()).not.toEqual(codes);
  });
});
