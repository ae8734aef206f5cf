import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { generateUser } from '../support/user.ts';

/** Presses Tab until the control has the focus. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 25; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('25 presses of Tab did not reach the control');
}

test('registration and sign-in work with the keyboard alone', async ({
  page,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  newUser,
}) => {
  const type = async (field: Locator, text: string): Promise<void> => {
    await tabTo(page, field);
    await page.keyboard.type(text);
  };
  const press = async (control: Locator, key: string): Promise<void> => {
    await tabTo(page, control);
    await page.keyboard.press(key);
  };

  await registerPage.goto();
  await type(registerPage.fullName, newUser.fullName);
  await type(registerPage.username, newUser.username);
  await type(registerPage.email, newUser.email);
  await press(registerPage.notARobot, 'Space');
  await expect(registerPage.submit).toBeEnabled();
  await press(registerPage.submit, 'Enter');
  await expect(page).toHaveURL('/register/credentials');
  await type(registerPage.password, newUser.password);
  await type(registerPage.phone, newUser.phone);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/register/verify');
  const registrationCode = await simulator.codeSentTo(newUser.e164, () =>
    press(registerPage.sendOtp, 'Enter'),
  );
  await codeEntry.waitUntilReady();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(registrationCode);
  await expect(page).toHaveURL('/login');

  await simulator.advanceClock(30);
  await type(signInPage.identifier, newUser.username);
  await type(signInPage.password, newUser.password);
  await press(signInPage.notARobot, 'Space');
  await expect(signInPage.submit).toBeEnabled();
  await press(signInPage.submit, 'Enter');
  await signInPage.expectModal();
  await expect(signInPage.sms).toBeFocused();
  const signInCode = await simulator.codeSentTo(newUser.e164, () =>
    press(signInPage.sendOtp, 'Enter'),
  );
  await codeEntry.waitUntilReady();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(signInCode);
  await dashboardPage.expectUser(newUser);
});

test('on-screen keyboards name the Enter key of a form "go"', async ({
  signInPage,
  registerPage,
  newUser,
}) => {
  await signInPage.goto();
  await expect(signInPage.identifier).toHaveAttribute('enterkeyhint', 'go');
  await expect(signInPage.password).toHaveAttribute('enterkeyhint', 'go');
  await registerPage.submitDetails(newUser);
  await expect(registerPage.password).toHaveAttribute('enterkeyhint', 'go');
  await expect(registerPage.phone).toHaveAttribute('enterkeyhint', 'go');
});

test('on-screen keyboards capitalize names and sentences only', async ({
  page,
  paymentPage,
  registerPage,
  signedInUser: _,
}) => {
  await paymentPage.goto();
  await expect(paymentPage.recipient).toHaveAttribute('autocapitalize', 'words');
  await expect(paymentPage.amount).toHaveAttribute('autocapitalize', 'none');
  await expect(paymentPage.description).toHaveAttribute('autocapitalize', 'sentences');
  await page.goto('/profile/name');
  await expect(registerPage.fullName).toHaveAttribute('autocapitalize', 'words');
  await expect(registerPage.username).toHaveAttribute('autocapitalize', 'none');
  await page.context().clearCookies();
  await registerPage.goto();
  await expect(registerPage.fullName).toHaveAttribute('autocapitalize', 'words');
  await expect(registerPage.username).toHaveAttribute('autocapitalize', 'none');
  await expect(registerPage.email).toHaveAttribute('autocapitalize', 'none');
});

test('on-screen keyboards type a recovery code in capitals', async ({ page, pageErrors }) => {
  pageErrors.allowGalleryErrors();
  await page.goto('/_gallery/code-recovery');
  const field = page.getByRole('textbox', { name: 'Recovery code' });
  await expect(field).toHaveAttribute('autocapitalize', 'characters');
});

test('Tab keeps the focus in the dialog', async ({ page, signInPage, registeredUser }) => {
  await signInPage.openMethodDialog(registeredUser);
  await expect(signInPage.sms).toBeFocused();
  const places = new Set<string>();
  for (const key of [...Array<string>(6).fill('Tab'), ...Array<string>(6).fill('Shift+Tab')]) {
    await page.keyboard.press(key);
    places.add(
      await signInPage.methodDialog.evaluate((dialog) => {
        const active = document.activeElement;
        // After the last control the focus leaves the page for the browser's own controls.
        if (active === null || active === document.body) return 'the browser';
        return dialog.contains(active) ? 'the dialog' : `outside: ${active.outerHTML}`;
      }),
    );
  }
  places.delete('the browser');
  expect([...places]).toEqual(['the dialog']);
});

for (const [name, leave] of [
  ['Escape', (page: Page) => page.keyboard.press('Escape')],
  ['"Cancel"', (page: Page) => page.getByRole('button', { name: 'Cancel' }).press('Enter')],
] as const) {
  test(`${name} in the dialog returns the focus to the form`, async ({
    page,
    signInPage,
    registeredUser,
  }) => {
    await signInPage.openMethodDialog(registeredUser);
    await leave(page);
    await expect(signInPage.methodDialog).toBeHidden();
    await expect(page.locator('main form :focus')).toHaveCount(1);
  });
}

test('the skip link is the first control and leads to the content', async ({
  page,
  signInPage,
}) => {
  await signInPage.goto();
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(signInPage.identifier).toBeFocused();
});

test('a focused control has a visible outline', async ({ page, signInPage }) => {
  await signInPage.goto();
  for (const control of [signInPage.identifier, signInPage.password, signInPage.notARobot]) {
    await tabTo(page, control);
    const ring = await control.evaluate((element) => {
      const outlined = [element, element.closest('label'), element.closest('.captcha')];
      return outlined.some((candidate) => {
        if (candidate === null) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(candidate);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
      });
    });
    expect(ring).toBe(true);
  }
});

test('the set-up of a phone number works with the keyboard alone', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  importedUser,
}) => {
  await signInPage.goto();
  await tabTo(page, signInPage.identifier);
  await page.keyboard.type(importedUser.username);
  await tabTo(page, signInPage.password);
  await page.keyboard.type(importedUser.password);
  await tabTo(page, signInPage.notARobot);
  await page.keyboard.press('Space');
  await expect(signInPage.submit).toBeEnabled();
  await page.keyboard.press('Enter');
  await signInPage.expectModal(signInPage.setUpDialog);
  await tabTo(page, signInPage.setUpPhone);
  await page.keyboard.type(importedUser.phone);
  const code = await simulator.codeSentTo(importedUser.e164, () => page.keyboard.press('Enter'));
  await codeEntry.waitUntilReady();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(code);
  await dashboardPage.expectUser(importedUser);
});

test('a step-up and a change of phone number work with the keyboard alone', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  const next = generateUser();
  await simulator.advanceClock(301);
  await tabTo(page, page.getByRole('link', { name: 'Profile' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('link', { name: 'Change phone number' }));
  await page.keyboard.press('Enter');
  await tabTo(page, phonePage.password);
  await page.keyboard.type(signedInUser.password);
  await page.keyboard.press('Enter');
  await expect(phonePage.methodDialog).toBeVisible();
  await tabTo(page, phonePage.sendOtp);
  const stepUpCode = await simulator.codeSentTo(signedInUser.e164, () =>
    page.keyboard.press('Enter'),
  );
  await codeEntry.waitUntilReady();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(stepUpCode);
  await tabTo(page, phonePage.newPhone);
  await page.keyboard.type(next.phone);
  const code = await simulator.codeSentTo(next.e164, () => page.keyboard.press('Enter'));
  await codeEntry.waitUntilReady();
  await expect(page.getByRole('button', { name: 'Verify OTP' })).toBeVisible();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(code);
  await tabTo(page, phonePage.confirm);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
});

test('forced colours keep the focus, the digit boxes and the selected method visible', async ({
  page,
  signInPage,
  codeEntry,
  registeredUser,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  const outlined = (of: Locator) =>
    of.evaluate((element) => {
      const { outlineStyle, outlineWidth, borderTopStyle, borderTopWidth } =
        getComputedStyle(element);
      const drawn = (style: string, width: string) => style !== 'none' && parseFloat(width) > 0;
      return {
        focus: drawn(outlineStyle, outlineWidth),
        border: drawn(borderTopStyle, borderTopWidth),
      };
    });
  await signInPage.goto();
  await signInPage.identifier.focus();
  expect(await outlined(signInPage.identifier)).toEqual({ focus: true, border: true });
  expect((await outlined(signInPage.submit)).border).toBe(true);
  await signInPage.submitPassword(registeredUser);
  expect((await outlined(signInPage.methodDialog)).border).toBe(true);
  await signInPage.sendOtp.click();
  await codeEntry.waitUntilReady();
  for (const index of [0, 5]) {
    expect((await outlined(codeEntry.boxes.nth(index))).border).toBe(true);
  }
  // The box of the next digit differs by more than a colour, because forced colours replace it.
  const caret = page.locator('.box[data-caret]');
  const other = codeEntry.boxes.nth(3);
  const styleOf = (of: Locator) =>
    of.evaluate((element) => {
      const { outline, borderColor, borderWidth } = getComputedStyle(element);
      return `${outline} ${borderColor} ${borderWidth}`;
    });
  expect(await styleOf(caret)).not.toBe(await styleOf(other));
});
