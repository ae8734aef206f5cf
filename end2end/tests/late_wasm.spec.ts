import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { RecoveryCodesPage } from '../pages/recovery_codes_page.ts';

/** Holds the WASM back. The returned function delivers it and waits until the islands of the page run. */
async function holdWasm(page: Page): Promise<() => Promise<void>> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  return async () => {
    release();
    const marks = (): Promise<number> =>
      page.evaluate(() => performance.getEntriesByName('hydrated').length);
    await expect.poll(marks).toBe(1);
  };
}

test('text, caret, focus and a checked box are kept when the WASM starts', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  const deliver = await holdWasm(page);
  await signInPage.goto();
  await signInPage.notARobot.check();
  await signInPage.password.fill(registeredUser.password);
  const name = registeredUser.username;
  await signInPage.identifier.pressSequentially(name.slice(0, 2) + name.slice(3));
  for (let left = name.length - 3; left > 0; left -= 1) await page.keyboard.press('ArrowLeft');
  await deliver();
  await expect(signInPage.identifier).toBeFocused();
  await page.keyboard.type(name.charAt(2));
  await expect(signInPage.identifier).toHaveValue(name);
  await expect(signInPage.password).toHaveValue(registeredUser.password);
  await expect(signInPage.notARobot).toBeChecked();
  await signInPage.submit.click();
  await signInPage.expectModal();
});

test('a form that is submitted before the WASM runs leads to the next step', async ({
  page,
  signInPage,
  registeredUser,
}) => {
  const deliver = await holdWasm(page);
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.methodDialog).toBeVisible();
  await deliver();
  await signInPage.expectModal();
});

test('the button names the step of a method that is chosen before the WASM runs', async ({
  page,
  context,
  signInPage,
  signedInUser,
}) => {
  await new RecoveryCodesPage(page).createFirstCodes();
  await context.clearCookies();
  const deliver = await holdWasm(page);
  await signInPage.goto();
  await signInPage.fill(signedInUser);
  await signInPage.notARobot.check();
  await signInPage.submit.click();
  await expect(signInPage.methodDialog).toBeVisible();
  await signInPage.recovery.check();
  await deliver();
  await expect(signInPage.recovery).toBeChecked();
  await expect(signInPage.goOn).toBeVisible();
  await expect(signInPage.sendOtp).toBeHidden();
});

test('a code that is typed before the WASM runs is submitted when the WASM starts', async ({
  page,
  codeEntry,
  dashboardPage,
  registeredUser,
  signInCode,
}) => {
  const deliver = await holdWasm(page);
  await page.goto('/login/verify');
  await codeEntry.input.pressSequentially(signInCode.slice(0, 4));
  await deliver();
  await expect(codeEntry.input).toHaveValue(signInCode.slice(0, 4));
  await codeEntry.input.pressSequentially(signInCode.slice(4));
  await dashboardPage.expectUser(registeredUser);
});

test('a complete code that waits for the WASM is submitted without another key', async ({
  page,
  codeEntry,
  dashboardPage,
  registeredUser,
  signInCode,
}) => {
  const deliver = await holdWasm(page);
  await page.goto('/login/verify');
  await codeEntry.input.pressSequentially(signInCode);
  // The page is left at once, so its mark may not be seen.
  deliver().catch(() => {});
  await dashboardPage.expectUser(registeredUser);
});

test('the code field does not take the focus from an element that the user has chosen', async ({
  page,
  codeEntry,
  signInCode: _,
}) => {
  const deliver = await holdWasm(page);
  await page.goto('/login/verify');
  await codeEntry.cancel.focus();
  await deliver();
  await codeEntry.waitUntilReady();
  await expect(codeEntry.cancel).toBeFocused();
});

test('a password that is typed before the WASM runs can be shown, and its strength is rated', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  const deliver = await holdWasm(page);
  await page.goto('/register/credentials');
  await registerPage.password.fill('correct horse battery staple');
  await deliver();
  await expect(registerPage.password).toHaveValue('correct horse battery staple');
  await expect(page.locator('#password-strength')).toHaveText(/./);
});
