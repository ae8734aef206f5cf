import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { expectAccessible, touchTargets } from '../support/accessibility.ts';

test('a user sets up an authenticator app and signs in with it', async ({
  page,
  authenticatorPage,
  dashboardPage,
  signInPage,
  codeEntry,
  simulator,
  signedInUser,
  isMobile,
}) => {
  test.slow();
  await page.goto('/profile');
  await page.getByRole('link', { name: /^Set up: Authenticator app/ }).click();
  await expect(authenticatorPage.heading).toBeVisible();
  await authenticatorPage.setUp.click();
  const app = await authenticatorPage.createApp(simulator);
  await codeEntry.waitUntilReady();
  // A phone cannot scan the QR code on its own screen.
  await expect(authenticatorPage.openOnThisDevice).toBeVisible({ visible: isMobile });
  await expect(authenticatorPage.openOnThisDevice).toHaveAttribute(
    'href',
    new RegExp(`=${app.key}&`),
  );

  await codeEntry.enter(await app.wrongCode());
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.expectReadyForNextAttempt();
  // The style sheet shows the button in grey.
  await expect(page.locator('[data-refused]').filter({ has: authenticatorPage.confirm })).toBeVisible();
  // The last digit submits the code; the first digit of the next attempt replaces the old code.
  await codeEntry.enter(await app.code());
  await expect(authenticatorPage.notice).toHaveText('Your authenticator app is set up.');
  await expect(authenticatorPage.key).toBeHidden();
  await page.goBack();
  // Four letters alone could be part of a word of the page.
  await expect(page.getByText(`${app.key.slice(0, 4)} ${app.key.slice(4, 8)}`)).toBeHidden();

  await page.goto('/dashboard');
  await dashboardPage.signOut.click();
  await simulator.advanceClock(60);
  await signInPage.submitPassword(signedInUser);
  await signInPage.totp.check();
  await signInPage.methodDialog.getByRole('button', { name: 'Continue' }).click();
  await codeEntry.enter(await app.code());
  await dashboardPage.expectUser(signedInUser);
});

test('the key stays until its code is entered, and a new set-up creates a new key', async ({
  page,
  authenticatorPage,
  codeEntry,
  simulator,
  signedInUser: _,
}) => {
  await authenticatorPage.goto();
  await authenticatorPage.setUp.click();
  const first = await authenticatorPage.createApp(simulator);
  await page.reload();
  expect((await authenticatorPage.createApp(simulator)).key).toBe(first.key);
  // One click selects the whole key.
  await authenticatorPage.key.click();
  const selected = await page.evaluate(() => getSelection()?.toString());
  expect(selected?.replaceAll(/\s/g, '')).toBe(first.key);

  await authenticatorPage.cancel.click();
  await expect(authenticatorPage.setUp).toBeVisible();
  await authenticatorPage.setUp.click();
  const second = await authenticatorPage.createApp(simulator);
  expect(second.key).not.toBe(first.key);
  await codeEntry.paste(await second.code());
  await expect(authenticatorPage.notice).toBeVisible();
});

test('a user replaces the authenticator app, and removes it after a confirmation', async ({
  page,
  authenticatorPage,
  codeEntry,
  simulator,
  signedInUser: _,
}) => {
  await authenticatorPage.goto();
  await authenticatorPage.setUp.click();
  await codeEntry.enter(await (await authenticatorPage.createApp(simulator)).code());
  await authenticatorPage.replace.click();
  await expect(page.getByText('Your current app works until')).toBeVisible();
  await codeEntry.enter(await (await authenticatorPage.createApp(simulator)).code());
  await expect(authenticatorPage.notice).toBeVisible();

  for (const leave of [
    () => authenticatorPage.keepApp.click(),
    () => page.keyboard.press('Escape'),
  ]) {
    await authenticatorPage.remove.click();
    await expect
      .poll(() => authenticatorPage.removeDialog.evaluate((dialog) => dialog.matches(':modal')))
      .toBe(true);
    await leave();
    await expect(authenticatorPage.removeDialog).toBeHidden();
    await expect(authenticatorPage.replace).toBeVisible();
  }
  await authenticatorPage.remove.click();
  await authenticatorPage.confirmRemove.click();
  await expect(authenticatorPage.notice).toHaveText('Your authenticator app has been removed.');
  await expect(authenticatorPage.setUp).toBeVisible();
});

test('every step of the authenticator app page is accessible', async ({
  page,
  authenticatorPage,
  codeEntry,
  simulator,
  signedInUser: _,
}) => {
  test.slow();
  await authenticatorPage.goto();
  await expectAccessible(page, 'not set up');
  await authenticatorPage.setUp.click();
  const app = await authenticatorPage.createApp(simulator);
  await codeEntry.waitUntilReady();
  await expectAccessible(page, 'the key');
  // QR code readers need dark on light, also in the dark colour scheme.
  const box = authenticatorPage.qr.locator('..');
  await expect(box).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await codeEntry.enter(await app.wrongCode());
  await codeEntry.expectText(TEXT.invalid(4));
  await expectAccessible(page, 'a wrong code');
  await codeEntry.enter(await app.code());
  await expect(authenticatorPage.notice).toBeVisible();
  await expectAccessible(page, 'set up');
  for (const { name, height } of await touchTargets(page)) {
    expect.soft(height, name).toBeGreaterThanOrEqual(44);
  }
  await authenticatorPage.remove.click();
  await expect(authenticatorPage.removeDialog).toBeVisible();
  await expectAccessible(page, 'the confirmation');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('an authenticator app is set up and removed with plain HTML forms', async ({
    context,
    authenticatorPage,
    codeEntry,
    simulator,
    registeredUser,
    formClient,
  }) => {
    await formClient.signIn(registeredUser);
    await formClient.copyCookiesTo(context);
    await authenticatorPage.goto();
    await authenticatorPage.setUp.click();
    const app = await authenticatorPage.createApp(simulator);
    await codeEntry.input.fill(await app.wrongCode());
    await authenticatorPage.confirm.click();
    await codeEntry.expectText(TEXT.invalid(4));
    await codeEntry.input.fill(await app.code());
    await authenticatorPage.confirm.click();
    await expect(authenticatorPage.notice).toHaveText('Your authenticator app is set up.');
    await authenticatorPage.remove.click();
    await authenticatorPage.confirmRemove.click();
    await expect(authenticatorPage.setUp).toBeVisible();
  });
});
