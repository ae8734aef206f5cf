import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

/** Returns the list of countries of the page. */
function countryList(page: Page): Locator {
  return page.locator('select[name=country]');
}

/** Returns the text of the selected country. */
function selectedText(page: Page): Promise<string> {
  return countryList(page).evaluate(
    (list) => (list as HTMLSelectElement).selectedOptions[0]?.text ?? '',
  );
}

/** Returns the right edge of a box. */
function endOf(box: { x: number; width: number } | null): number {
  return box ? box.x + box.width : NaN;
}

/** Empties the field and types a number, one key after another. */
async function typeNumber(field: Locator, keys: string): Promise<void> {
  await field.fill('');
  await field.pressSequentially(keys);
}

/** Inserts a text at the caret, as a paste does. */
async function paste(field: Locator, text: string): Promise<void> {
  await field.focus();
  await field.page().evaluate(async (text) => {
    document.execCommand('selectAll');
    document.execCommand('insertText', false, text);
  }, text);
}

test.describe('the phone field of a registration', () => {
  test.beforeEach(({ registerPage, newUser }) => registerPage.submitDetails(newUser));

  test('has the list of countries above it, by name and with a separate label', async ({
    page,
    registerPage,
  }) => {
    const list = page.getByLabel('Country', { exact: true });
    await expect(list).toHaveValue('US');
    await expect.poll(() => selectedText(page)).toBe('United States +1');
    const names = await list.locator('option').allTextContents();
    expect(names.length).toBeGreaterThan(200);
    expect(names).toContain('Germany +49');
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')));
    await expect(registerPage.phone).toHaveCount(1);
    await list.focus();
    await page.keyboard.press('Tab');
    await expect(registerPage.phone).toBeFocused();
    const [listBox, fieldBox] = [await list.boundingBox(), await registerPage.phone.boundingBox()];
    expect(endOf(listBox)).toBeCloseTo(endOf(fieldBox), 0);
    expect(listBox?.y).toBeLessThan(fieldBox?.y ?? 0);
    expect(listBox?.height).toBeGreaterThanOrEqual(44);
    // A longer name makes the list wider, up to the width of the form.
    await list.selectOption('BA');
    const long = await list.boundingBox();
    expect(long?.width).toBeGreaterThan(listBox?.width ?? Infinity);
    expect(long?.width).toBeLessThanOrEqual(fieldBox?.width ?? 0);
  });

  test('groups the typed digits like a mobile number of the selected country', async ({
    page,
    registerPage,
  }) => {
    for (const [country, keys, grouped] of [
      ['US', '4', '4'],
      ['US', '415', '415'],
      ['US', '4155', '(415) 5'],
      ['US', '4155550132', '(415) 555-0132'],
      ['US', '41555501321', '41555501321'],
      ['US', '+14155550132', '+1 (415) 555-0132'],
      ['DE', '015123456789', '01512 3456789'],
      ['DE', '15123456789', '1512 3456789'],
      ['DE', '0151234567890', '0151234567890'],
      ['DE', '004915123456789', '004915123456789'],
      ['US', '+4915123456789', '+49 1512 3456789'],
      ['US', '+49015123456789', '+49015123456789'],
      ['GB', '07400123456', '07400 123456'],
      ['FR', '0612345678', '06 12 34 56 78'],
      ['AR', '1123456789', '1123456789'],
    ] as const) {
      await countryList(page).selectOption(country);
      await typeNumber(registerPage.phone, keys);
      await expect(registerPage.phone, `${keys} in ${country}`).toHaveValue(grouped);
    }
  });

  test('leaves a number with other characters as it is typed', async ({ registerPage }) => {
    for (const [keys, left] of [
      ['415-555 0132', '415-555 0132'],
      ['415.555.0132', '415.555.0132'],
      ['tel:4155550132', 'tel:4155550132'],
      ['4155550132 mobile', '(415) 555-0132 mobile'],
    ] as const) {
      await typeNumber(registerPage.phone, keys);
      await expect(registerPage.phone).toHaveValue(left);
    }
  });

  test('leaves a number of another country as it is typed, and groups typed digits again for another country', async ({
    page,
    registerPage,
  }) => {
    for (const [keys, left] of [
      ['0151 23456789', '0151 23456789'],
      ['0151/23456789', '0151/23456789'],
      ['07400 123456', '07400 123456'],
      ['415555 0132', '(415) 555 0132'],
    ] as const) {
      await countryList(page).selectOption('US');
      await typeNumber(registerPage.phone, keys);
      await expect(registerPage.phone, keys).toHaveValue(left);
      await countryList(page).selectOption('DE');
      await expect(registerPage.phone, keys).toHaveValue(left);
    }
    await countryList(page).selectOption('US');
    await typeNumber(registerPage.phone, '0151234567');
    await expect(registerPage.phone).toHaveValue('(015) 123-4567');
    await countryList(page).selectOption('DE');
    await expect(registerPage.phone).toHaveValue('01512 34567');
  });

  test('leaves a number as it is pasted, filled in or changed before its end', async ({
    page,
    registerPage,
  }) => {
    const { phone } = registerPage;
    for (const text of ['4155550132', '415 555 0132', '+1 415-555-0132', 'tel:+14155550132']) {
      await phone.fill(text);
      await expect(phone).toHaveValue(text);
      await paste(phone, text);
      await expect(phone).toHaveValue(text);
    }
    await typeNumber(phone, '4155550132');
    await phone.evaluate((field) => (field as HTMLInputElement).setSelectionRange(1, 1));
    await page.keyboard.type('7');
    await expect(phone).toHaveValue('(7415) 555-0132');
    const caret = await phone.evaluate((field) => (field as HTMLInputElement).selectionStart);
    expect(caret).toBe(2);
  });

  test('can be emptied key by key, and groups again what is typed then', async ({
    registerPage,
  }) => {
    const { phone } = registerPage;
    await typeNumber(phone, '4155550');
    await expect(phone).toHaveValue('(415) 555-0');
    for (const left of ['(415) 555-', '(415) 555', '(415) 55']) {
      await phone.press('Backspace');
      await expect(phone).toHaveValue(left);
    }
    await phone.pressSequentially('6');
    await expect(phone).toHaveValue('(415) 556');
    for (let count = 0; count < '(415) 556'.length; count += 1) await phone.press('Backspace');
    await expect(phone).toHaveValue('');
  });

  test('selects the country of a number with "+"', async ({ page, registerPage }) => {
    const { phone } = registerPage;
    const list = countryList(page);
    await phone.pressSequentially('+49');
    await expect(list).toHaveValue('DE');
    await phone.fill('+33 6 12 34 56 78');
    await expect(list).toHaveValue('FR');
    await paste(phone, '+44 7400 123456');
    await expect(list).toHaveValue('GB');
    await phone.fill('+1 416 555 0132');
    await expect(list).toHaveValue('US');
    await list.selectOption('CA');
    await typeNumber(phone, '+1416');
    await expect(list).toHaveValue('CA');
    await typeNumber(phone, '+7');
    await expect(list).toHaveValue('RU');
    await typeNumber(phone, '+999');
    await expect(list).toHaveValue('RU');
  });

  test('selects the country of a number with "+" in every form in which it is pasted', async ({
    page,
    registerPage,
  }) => {
    const { phone } = registerPage;
    const list = countryList(page);
    for (const text of [
      '\u202a+49 151 23456789\u202c',
      '\ufeff+49 151 23456789',
      '＋４９ １５１ ２３４５６７８９',
      '﹢49 151 23456789',
      '+٤٩ ١٥١ ٢٣٤٥٦٧٨٩',
      '+४९ १५१ २३४५६७८९',
      'tel:+49-151-23456789',
      'Phone 2: +49 151 23456789',
      '“+49 151 23456789”',
    ]) {
      await list.selectOption('FR');
      await paste(phone, text);
      await expect(list, text).toHaveValue('DE');
      await expect(phone).toHaveValue(text);
    }
    await list.selectOption('FR');
    await paste(phone, '٠١٥١ ٢٣٤٥٦٧٨٩');
    await expect(list).toHaveValue('FR');
  });

  test('keeps the country after an error and a correction', async ({ page, registerPage, newUser }) => {
    await countryList(page).selectOption('DE');
    await registerPage.password.fill(newUser.password);
    await typeNumber(registerPage.phone, '0151');
    await registerPage.verify.click();
    await expect(registerPage.phone).toHaveAttribute('aria-invalid', 'true');
    await expect(registerPage.phone).toBeFocused();
    await expect(countryList(page)).toHaveValue('DE');
    await registerPage.phone.press('End');
    await registerPage.phone.pressSequentially('23456789');
    await expect(registerPage.phone).toHaveValue('01512 3456789');
    await registerPage.verify.click();
    await expect(page.getByText('+49 1512 3456789')).toBeVisible();
    await registerPage.changeNumber.click();
    await expect(countryList(page)).toHaveValue('DE');
  });

  test('forgets the error of the number when another country is chosen', async ({
    page,
    registerPage,
    newUser,
  }) => {
    await registerPage.password.fill(newUser.password);
    await typeNumber(registerPage.phone, '01512 3456789');
    await registerPage.verify.click();
    await expect(registerPage.phone).toHaveAttribute('aria-invalid', 'true');
    await countryList(page).focus();
    await page.keyboard.press('g');
    await expect(registerPage.phone).not.toHaveAttribute('aria-invalid');
    expect(await registerPage.errorOf(registerPage.phone)).toBe('');
  });

  test('keeps the country while the language changes, and names it in that language', async ({
    page,
    registerPage,
  }) => {
    await countryList(page).selectOption('JP');
    await registerPage.phone.pressSequentially('09012345678');
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.locator('#phone')).toHaveValue('090-1234-5678');
    await expect(page.getByLabel('Land', { exact: true })).toHaveValue('JP');
    // One script restores the country, and another one names the countries.
    await expect(countryList(page)).toContainText('Deutschland +49');
    const names = await countryList(page).locator('option').allTextContents();
    expect(names).toContain('Deutschland +49');
    expect(names).toContain('Österreich +43');
    expect(names.indexOf('Österreich +43')).toBeLessThan(names.indexOf('Polen +48'));
  });
});

test('a phone change has the list and groups the typed digits', async ({
  page,
  phonePage,
  simulator,
  signedInUser: _,
}) => {
  await phonePage.goto();
  await countryList(page).selectOption('DE');
  await phonePage.newPhone.pressSequentially('015123456789');
  await expect(phonePage.newPhone).toHaveValue('01512 3456789');
  const code = await simulator.codeSentTo('+4915123456789', () => phonePage.send.click());
  expect(code).toMatch(/^\d+$/);
});

test('the set-up of a second factor has the list and groups the typed digits', async ({
  page,
  signInPage,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await expect(signInPage.setUpPhone).toBeVisible();
  await expect(countryList(page)).toHaveValue('US');
  await signInPage.setUpPhone.pressSequentially('4155550132');
  await expect(signInPage.setUpPhone).toHaveValue('(415) 555-0132');
});
