import { expect, test } from '../fixtures.ts';
import { openGalleryEntry } from '../support/gallery.ts';
import { generateUser } from '../support/user.ts';
import { FormClient } from '../support/form_client.ts';

test('the code has one labelled field, which is focused when it appears', async ({
  codeEntry,
  signingInUser: _,
}) => {
  await expect(codeEntry.input).toHaveCount(1);
  await expect(codeEntry.input).toBeFocused();
  for (const [name, value] of [
    ['inputmode', 'numeric'],
    ['pattern', '[0-9]*'],
    ['autocomplete', 'one-time-code'],
    ['enterkeyhint', 'done'],
    ['maxlength', '6'],
  ] as const) {
    await expect(codeEntry.input).toHaveAttribute(name, value);
  }
  await expect(codeEntry.boxes).toHaveCount(6);
});

test('each digit appears in its own box', async ({ codeEntry, signingInUser: _ }) => {
  await codeEntry.enter('409');
  await expect(codeEntry.boxes).toHaveText(['4', '0', '9', '', '', '']);
  await codeEntry.page.keyboard.press('Backspace');
  await expect(codeEntry.boxes).toHaveText(['4', '0', '', '', '', '']);
});

test('the field accepts the digits of every script and nothing else', async ({
  codeEntry,
  signingInUser: _,
}) => {
  await codeEntry.enter('1a2 3-x٤５');
  await expect(codeEntry.input).toHaveValue('12345');
});

test('the last digit submits the code', async ({
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('an autofilled code is submitted', async ({
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await codeEntry.input.fill(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('a code that begins with 0 is accepted', async ({ app, context, page, codeEntry }) => {
  // One code in ten begins with 0: registers users until one of them receives such a code.
  let formClient: FormClient;
  let code: string;
  do {
    formClient = new FormClient(app);
    code = await formClient.requestRegistrationCode(generateUser());
  } while (!code.startsWith('0'));
  await formClient.copyCookiesTo(context);
  await page.goto('/register/verify');
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
});

test('a code that is too short costs no attempt', async ({
  codeEntry,
  simulator,
  signingInUser,
}) => {
  await codeEntry.enter('123');
  await codeEntry.validate.click();
  await codeEntry.expectText('Enter the 6 digits of the code.');
  const calls = await simulator.calls(signingInUser.e164);
  expect(calls.filter((call) => call.operation === 'check')).toHaveLength(1);
});

test('"Use another method" and "Cancel" have one size for each kind of code', async ({ page, pageErrors }) => {
  pageErrors.allowGalleryErrors();
  const sizes = new Set<string>();
  for (const entry of ['code-sent', 'code-authenticator', 'code-recovery']) {
    await openGalleryEntry(page, entry, 'en');
    for (const name of ['Use another method', 'Cancel']) {
      const button = page.getByRole('button', { name });
      sizes.add(await button.evaluate((element) => getComputedStyle(element).fontSize));
    }
  }
  expect([...sizes]).toEqual(['14px']);
});
