import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible, targets } from '../support/accessibility.ts';

test('a member sets up an authenticator app and signs in with it', async ({
  page,
  authenticatorPage,
  dashboardPage,
  signInPage,
  codeEntry,
  simulator,
  signedIn,
  isMobile,
}) => {
  test.slow();
  await page.goto('/profile');
  await page.getByRole('link', { name: /^Set up: Authenticator app/ }).click();
  await expect(authenticatorPage.heading).toBeVisible();
  await authenticatorPage.setUp.click();
  const app = await authenticatorPage.read(simulator);
  await codeEntry.ready();
  // Nobody can scan the screen of the phone in their hand.
  await expect(authenticatorPage.openHere).toBeVisible({ visible: isMobile });
  await expect(authenticatorPage.openHere).toHaveAttribute('href', new RegExp(`=${app.key}&`));

  await codeEntry.enter(await app.wrongCode());
  await codeEntry.says(TEXT.invalid(4));
  await codeEntry.isReadyForTheNextTry();
  // The last digit sends the code; the first of a new try replaces the old one.
  await codeEntry.enter(await app.code());
  await expect(authenticatorPage.notice).toHaveText('Your authenticator app is set up.');
  await expect(authenticatorPage.key).toBeHidden();
  await page.goBack();
  await expect(page.getByText(app.key.slice(0, 4))).toBeHidden();

  await page.goto('/dashboard');
  await dashboardPage.signOut.click();
  await simulator.advance(60);
  await signInPage.passPassword(signedIn);
  await signInPage.totp.check();
  await signInPage.dialog.getByRole('button', { name: 'Continue' }).click();
  await codeEntry.enter(await app.code());
  await dashboardPage.shows(signedIn);
});

test('the key stays until its code is entered, and a new start has a new one', async ({
  page,
  authenticatorPage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  expect(signedIn).toBeTruthy();
  await authenticatorPage.goto();
  await authenticatorPage.setUp.click();
  const first = await authenticatorPage.read(simulator);
  await page.reload();
  expect((await authenticatorPage.read(simulator)).key).toBe(first.key);
  // One tap selects all of it.
  await authenticatorPage.key.click();
  const selected = await page.evaluate(() => getSelection()?.toString());
  expect(selected?.replaceAll(/\s/g, '')).toBe(first.key);

  await authenticatorPage.cancel.click();
  await expect(authenticatorPage.setUp).toBeVisible();
  await authenticatorPage.setUp.click();
  const second = await authenticatorPage.read(simulator);
  expect(second.key).not.toBe(first.key);
  await codeEntry.paste(await second.code());
  await expect(authenticatorPage.notice).toBeVisible();
});

test('an app is replaced, and removed only after a question', async ({
  page,
  authenticatorPage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  expect(signedIn).toBeTruthy();
  await authenticatorPage.goto();
  await authenticatorPage.setUp.click();
  await codeEntry.enter(await (await authenticatorPage.read(simulator)).code());
  await authenticatorPage.replace.click();
  await expect(page.getByText('Your current app works until')).toBeVisible();
  await codeEntry.enter(await (await authenticatorPage.read(simulator)).code());
  await expect(authenticatorPage.notice).toBeVisible();

  for (const leave of [
    () => authenticatorPage.keep.click(),
    () => page.keyboard.press('Escape'),
  ]) {
    await authenticatorPage.remove.click();
    await expect
      .poll(() => authenticatorPage.dialog.evaluate((dialog) => dialog.matches(':modal')))
      .toBe(true);
    await leave();
    await expect(authenticatorPage.dialog).toBeHidden();
    await expect(authenticatorPage.replace).toBeVisible();
  }
  await authenticatorPage.remove.click();
  await authenticatorPage.reallyRemove.click();
  await expect(authenticatorPage.notice).toHaveText('Your authenticator app has been removed.');
  await expect(authenticatorPage.setUp).toBeVisible();
});

test('the page of the app is accessible at every step', async ({
  page,
  authenticatorPage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  test.slow();
  expect(signedIn).toBeTruthy();
  await authenticatorPage.goto();
  await expectAccessible(page, 'not set up');
  await authenticatorPage.setUp.click();
  const app = await authenticatorPage.read(simulator);
  await codeEntry.ready();
  await expectAccessible(page, 'the key');
  // Readers need it dark on light, whatever the page's colours are.
  const box = authenticatorPage.qr.locator('..');
  await expect(box).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await codeEntry.enter(await app.wrongCode());
  await codeEntry.says(TEXT.invalid(4));
  await expectAccessible(page, 'a wrong code');
  await codeEntry.enter(await app.code());
  await expect(authenticatorPage.notice).toBeVisible();
  await expectAccessible(page, 'set up');
  for (const { what, height } of await targets(page)) {
    expect.soft(height, what).toBeGreaterThanOrEqual(44);
  }
  await authenticatorPage.remove.click();
  await expect(authenticatorPage.dialog).toBeVisible();
  await expectAccessible(page, 'the question');
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('an app is set up and removed by plain forms', async ({
    context,
    authenticatorPage,
    codeEntry,
    simulator,
    member,
    visitor,
  }) => {
    await visitor.awaitSignInCode(member);
    const sent = await simulator.code(member.e164);
    await visitor.post('verification/check', { purpose: 'sign_in', code: sent }, '/dashboard');
    await visitor.handOver(context);
    await authenticatorPage.goto();
    await authenticatorPage.setUp.click();
    const app = await authenticatorPage.read(simulator);
    await codeEntry.input.fill(await app.wrongCode());
    await authenticatorPage.confirm.click();
    await codeEntry.says(TEXT.invalid(4));
    await codeEntry.input.fill(await app.code());
    await authenticatorPage.confirm.click();
    await expect(authenticatorPage.notice).toHaveText('Your authenticator app is set up.');
    await authenticatorPage.remove.click();
    await authenticatorPage.reallyRemove.click();
    await expect(authenticatorPage.setUp).toBeVisible();
  });
});
