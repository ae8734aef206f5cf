import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

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
