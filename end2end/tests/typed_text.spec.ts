import { expect, test } from '../fixtures.ts';
import { TEXT, fillSilently } from '../pages/code_entry.ts';
import { waitForIslands } from '../support/loading.ts';
import { wrongCode } from '../support/simulator.ts';
import type { Simulator } from '../support/simulator.ts';

/** Returns the digits of a code in a script whose zero has this code point. */
function writeInScript(code: string, zero: number): string {
  return [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
}

/** Returns how many codes the app asked the provider to check for a phone number. */
async function checkCount(simulator: Simulator, to: string): Promise<number> {
  const calls = await simulator.calls(to);
  return calls.filter((call) => call.operation === 'check').length;
}

type Format = readonly [name: string, write: (code: string) => string];

/** Forms in which a code is pasted, or inserted as one text. */
const FORMATS: readonly Format[] = [
  ['a space', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
  ['a dash', (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ['Arabic-Indic digits', (code) => writeInScript(code, 0x660)],
  ['full-width digits', (code) => writeInScript(code, 0xff10)],
  ['the whole message', (code) => `Sallyport (1/2): use ${code} to sign in`],
];

/** Forms in which a code is only pasted. */
const PASTED_FORMATS: readonly Format[] = [
  ['spaces around it', (code) => ` ${code.slice(0, 3)} ${code.slice(3)} `],
  ['surrounding words', (code) => `Your code is: ${code}.`],
  ['an amount of as many digits', (code) => `Your code is: ${code} to pay 150000 JPY to Acme Inc. 2000`],
];

for (const [format, write] of FORMATS) {
  test(`a code that is inserted as one text with ${format} is accepted`, async ({
    codeEntry,
    dashboardPage,
    signInCode,
    signingInUser,
  }) => {
    await codeEntry.insert(write(signInCode));
    await dashboardPage.expectUser(signingInUser);
  });
}

for (const [format, write] of [...FORMATS, ...PASTED_FORMATS]) {
  test(`a pasted code with ${format} is accepted`, async ({
    codeEntry,
    dashboardPage,
    signInCode,
    signingInUser,
  }) => {
    await codeEntry.paste(write(signInCode));
    await dashboardPage.expectUser(signingInUser);
  });
}

test('a text without exactly one code submits nothing and keeps what was typed', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  const before = await checkCount(simulator, signingInUser.e164);
  await codeEntry.enter('12');
  for (const text of [`${signInCode} or ${wrongCode(signInCode)}`, 'no code at all here']) {
    await codeEntry.paste(text);
    await codeEntry.expectText(TEXT.unclear);
    await expect(codeEntry.input).toHaveValue('12');
    await codeEntry.insert(text);
    await codeEntry.expectText(TEXT.unclear);
    await expect(codeEntry.input).toHaveValue('12');
  }
  await codeEntry.validate.click();
  await codeEntry.expectText(TEXT.unclear);
  expect(await checkCount(simulator, signingInUser.e164)).toBe(before);
  await codeEntry.paste(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('pasted digits go in at the caret, and a text without digits that fit changes nothing', async ({
  page,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.enter(signInCode.slice(0, 3));
  for (const text of ['', ' ', '9876']) {
    await codeEntry.paste(text);
    await codeEntry.expectText(TEXT.unclear);
    await expect(codeEntry.input).toHaveValue(signInCode.slice(0, 3));
  }
  await page.keyboard.press('ArrowLeft');
  await codeEntry.paste('98');
  await expect(codeEntry.input).toHaveValue(`${signInCode.slice(0, 2)}98${signInCode.slice(2, 3)}`);
  await expect(page.getByText(TEXT.unclear)).toBeHidden();
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('End');
  await codeEntry.paste(signInCode.slice(3));
  await dashboardPage.expectUser(signingInUser);
});

test('a digit typed after the last digit of the code changes nothing', async ({
  codeEntry,
  simulator,
  signInCode,
  signingInUser,
}) => {
  const before = await checkCount(simulator, signingInUser.e164);
  const wrong = wrongCode(signInCode);
  await codeEntry.enter(wrong);
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.page.keyboard.press('End');
  await codeEntry.page.keyboard.type('7');
  await expect(codeEntry.input).toHaveValue(wrong);
  expect(await checkCount(simulator, signingInUser.e164)).toBe(before + 1);
});

test('"Validate" does not count a wrong code again that the last digit has submitted', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  const before = await checkCount(simulator, signingInUser.e164);
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  for (let repetition = 0; repetition < 5; repetition += 1) {
    const answer = codeEntry.page.waitForResponse('**/api/verification/check');
    await codeEntry.validate.click();
    await answer;
    await expect(codeEntry.submit).toBeEnabled();
    await codeEntry.expectText(TEXT.invalid(4));
  }
  expect(await checkCount(simulator, signingInUser.e164)).toBe(before + 1);
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

for (const way of ['Enter', 'Validate'] as const) {
  test(`a code that was filled in without an input event is submitted with ${way}`, async ({
    page,
    codeEntry,
    dashboardPage,
    signInCode,
    signingInUser,
  }) => {
    await codeEntry.fillSilently(signInCode);
    if (way === 'Enter') {
      await page.keyboard.press('Enter');
    } else {
      await codeEntry.validate.click();
    }
    await dashboardPage.expectUser(signingInUser);
  });

  test(`a password form that was filled in without an input event is submitted with ${way}`, async ({
    page,
    signInPage,
    registeredUser,
  }) => {
    await signInPage.goto();
    await signInPage.notARobot.check();
    await expect(page.getByText('Confirmed')).toBeVisible();
    await expect(signInPage.submit).toBeDisabled();
    await fillSilently(signInPage.identifier, registeredUser.username);
    await fillSilently(signInPage.password, registeredUser.password);
    if (way === 'Enter') {
      await signInPage.password.press('Enter');
    } else {
      await signInPage.submit.click();
    }
    await signInPage.expectModal();
  });
}

test('a refused phone number keeps the typed password, and a refused password is cleared', async ({
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await registerPage.password.fill(newUser.password);
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(registerPage.phone).toHaveAttribute('aria-invalid', 'true');
  await expect(registerPage.phone).toBeFocused();
  await expect(registerPage.password).toHaveValue(newUser.password);

  await registerPage.password.fill('password1');
  await registerPage.phone.fill(newUser.phone);
  await registerPage.verify.click();
  await expect(registerPage.password).toHaveAttribute('aria-invalid', 'true');
  await expect(registerPage.password).toHaveValue('');

  await registerPage.password.fill(newUser.password);
  await registerPage.phone.fill(`\u202a${newUser.e164}\u202c`);
  await registerPage.verify.click();
  await expect(registerPage.sendOtp).toBeVisible();
});

test('an amount with a decimal comma is accepted on the German page', async ({
  page,
  signedInUser: _,
}) => {
  await page.goto('/payments/new');
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await page.goto('/payments/new');
  await page.locator('#recipient').fill('Acme');
  await page.locator('#amount').fill('12,50');
  await page.locator('button.primary[type=submit]').click();
  await expect(page.getByText('12,50 USD').first()).toBeVisible();
});

test('an amount is accepted in the form in which the payment page shows it', async ({
  page,
  signedInUser: _,
}) => {
  await page.goto('/payments/new');
  await waitForIslands(page);
  await page.locator('#recipient').fill('Acme');
  await page.locator('#amount').fill('12,34.5');
  await page.locator('button.primary[type=submit]').click();
  await expect(page.locator('#amount')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('#amount')).toHaveValue('12,34.5');
  await page.locator('#amount').fill('$1,234.50');
  await page.locator('button.primary[type=submit]').click();
  await expect(page.locator('.quote').first()).toContainText('$1,234.50 to');
  await expect(page.getByText('1,234.50 USD').first()).toBeVisible();
});

test('an amount is not cut when it is pasted with spaces and invisible characters', async ({
  page,
  signedInUser: _,
}) => {
  for (const [text, shown] of [
    [`${' '.repeat(14)}1,234.55`, '1,234.55 USD'],
    ['\u2066   USD   1,234.56   \u2069', '1,234.56 USD'],
  ] as const) {
    await page.goto('/payments/new');
    await page.locator('#recipient').fill('Acme');
    await page.locator('#amount').focus();
    // `maxlength` limits inserted texts, but not values that a script sets.
    await page.keyboard.insertText(text);
    await expect(page.locator('#amount')).toHaveValue(text);
    await page.locator('button.primary[type=submit]').click();
    await expect(page.getByText(shown).first()).toBeVisible();
  }
});

test('a pasted text that is too long is not cut, and the form says so', async ({ page, signedInUser: _ }) => {
  for (const [path, name] of [
    ['/payments/new', 'recipient'],
    ['/payments/new', 'description'],
    ['/profile/name', 'full_name'],
  ] as const) {
    await page.goto(path);
    await waitForIslands(page);
    if (name === 'description') await page.locator('#recipient').fill('Acme');
    if (name !== 'full_name') await page.locator('#amount').fill('1');
    const field = page.locator(`#${name}`);
    await field.fill('');
    await field.focus();
    await page.keyboard.insertText('a'.repeat(200));
    await expect(field).toHaveValue('a'.repeat(200));
    await page.locator('main button.primary[type=submit]').click();
    await expect(page.locator(`#${name}-error`)).toHaveText('This is too long.');
  }
});
