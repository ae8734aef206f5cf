import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { somebodyNew } from '../support/person.ts';

/** Presses Tab until the control has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 25; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab never reaches the control');
}

test('a whole registration and sign-in need no mouse', async ({
  page,
  registerPage,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  person,
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
  await type(registerPage.fullName, person.fullName);
  await type(registerPage.username, person.username);
  await type(registerPage.email, person.email);
  await press(registerPage.robot, 'Space');
  await expect(registerPage.submit).toBeEnabled();
  await press(registerPage.submit, 'Enter');
  await expect(page).toHaveURL('/register/credentials');
  await type(registerPage.password, person.password);
  await type(registerPage.phone, person.phone);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/register/verify');
  await press(registerPage.sendOtp, 'Enter');
  await codeEntry.ready();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(await simulator.code(person.e164));
  await expect(page).toHaveURL('/login');

  await simulator.advance(30);
  await type(signInPage.identifier, person.username);
  await type(signInPage.password, person.password);
  await press(signInPage.robot, 'Space');
  await expect(signInPage.submit).toBeEnabled();
  await press(signInPage.submit, 'Enter');
  await signInPage.dialogIsModal();
  await expect(signInPage.sms).toBeFocused();
  await press(signInPage.sendOtp, 'Enter');
  await codeEntry.ready();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(await simulator.code(person.e164));
  await dashboardPage.shows(person);
});

test('the focus stays in the dialog', async ({ page, signInPage, member }) => {
  await signInPage.goto();
  await signInPage.passPassword(member);
  await expect(signInPage.sms).toBeFocused();
  const seen = new Set<string>();
  for (const key of [...Array<string>(6).fill('Tab'), ...Array<string>(6).fill('Shift+Tab')]) {
    await page.keyboard.press(key);
    seen.add(
      await signInPage.dialog.evaluate((dialog) => {
        const active = document.activeElement;
        // At its end the focus goes to the browser's own controls, which a page sees as its body.
        if (active === null || active === document.body) return 'the browser';
        return dialog.contains(active) ? 'the dialog' : `outside: ${active.outerHTML}`;
      }),
    );
  }
  seen.delete('the browser');
  expect([...seen]).toEqual(['the dialog']);
});

for (const [how, leave] of [
  ['Escape', (page: Page) => page.keyboard.press('Escape')],
  ['"Cancel"', (page: Page) => page.getByRole('button', { name: 'Cancel' }).press('Enter')],
] as const) {
  test(`after ${how} the focus is back in the form`, async ({ page, signInPage, member }) => {
    await signInPage.goto();
    await signInPage.passPassword(member);
    await leave(page);
    await expect(signInPage.dialog).toBeHidden();
    await expect(page.locator('main form :focus')).toHaveCount(1);
  });
}

test('the skip link comes first and leads to the content', async ({ page, signInPage }) => {
  await signInPage.goto();
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(signInPage.identifier).toBeFocused();
});

test('what has the focus shows it', async ({ page, signInPage }) => {
  await signInPage.goto();
  for (const control of [signInPage.identifier, signInPage.password, signInPage.robot]) {
    await tabTo(page, control);
    const ring = await control.evaluate((element) => {
      const around = [element, element.closest('label'), element.closest('.captcha')];
      return around.some((it) => {
        if (it === null) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(it);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
      });
    });
    expect(ring).toBe(true);
  }
});

test('a set-up needs no mouse', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  imported,
}) => {
  await signInPage.goto();
  await tabTo(page, signInPage.identifier);
  await page.keyboard.type(imported.username);
  await tabTo(page, signInPage.password);
  await page.keyboard.type(imported.password);
  await tabTo(page, signInPage.robot);
  await page.keyboard.press('Space');
  await expect(signInPage.submit).toBeEnabled();
  await page.keyboard.press('Enter');
  await signInPage.dialogIsModal(signInPage.setUp);
  await tabTo(page, signInPage.setUpPhone);
  await page.keyboard.type(imported.phone);
  await page.keyboard.press('Enter');
  await codeEntry.ready();
  await expect(codeEntry.input).toBeFocused();
  await page.keyboard.type(await simulator.code(imported.e164));
  await dashboardPage.shows(imported);
});

test('a change of number, with a step-up before it, needs no mouse', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedIn,
}) => {
  const next = somebodyNew();
  await simulator.advance(301);
  await tabTo(page, page.getByRole('link', { name: 'Profile' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('link', { name: 'Change phone number' }));
  await page.keyboard.press('Enter');
  await tabTo(page, phonePage.password);
  await page.keyboard.type(signedIn.password);
  await page.keyboard.press('Enter');
  await expect(phonePage.methods).toBeVisible();
  await tabTo(page, phonePage.sendOtp);
  await page.keyboard.press('Enter');
  await codeEntry.ready();
  await page.keyboard.type(await simulator.code(signedIn.e164));
  await tabTo(page, phonePage.newPhone);
  await page.keyboard.type(next.phone);
  await page.keyboard.press('Enter');
  await codeEntry.ready();
  await expect(page.getByRole('button', { name: 'Verify OTP' })).toBeVisible();
  await page.keyboard.type(await simulator.code(next.e164));
  await tabTo(page, phonePage.confirm);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your phone number has been updated.')).toBeVisible();
});

test('with forced colours the focus, the digits and the state of a choice can still be seen', async ({
  page,
  signInPage,
  codeEntry,
  member,
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
  await signInPage.passPassword(member);
  expect((await outlined(signInPage.dialog)).border).toBe(true);
  await signInPage.sendOtp.click();
  await codeEntry.ready();
  for (const index of [0, 5]) {
    expect((await outlined(codeEntry.boxes.nth(index))).border).toBe(true);
  }
  // Where the next digit goes is told by more than a colour the system took away.
  const caret = page.locator('.box[data-caret]');
  const other = codeEntry.boxes.nth(3);
  const look = (of: Locator) =>
    of.evaluate((element) => {
      const { outline, borderColor, borderWidth } = getComputedStyle(element);
      return `${outline} ${borderColor} ${borderWidth}`;
    });
  expect(await look(caret)).not.toBe(await look(other));
});
