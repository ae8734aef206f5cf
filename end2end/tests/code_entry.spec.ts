import { expect, test } from '../fixtures.ts';
import { somebodyNew } from '../support/person.ts';
import { Visitor } from '../support/visitor.ts';

test('the code is one labelled field, and focused when it appears', async ({
  codeEntry,
  signingIn,
}) => {
  expect(signingIn).toBeDefined();
  await expect(codeEntry.input).toHaveCount(1);
  await expect(codeEntry.input).toBeFocused();
  for (const [name, value] of [
    ['inputmode', 'numeric'],
    ['pattern', '[0-9]*'],
    ['autocomplete', 'one-time-code'],
    ['maxlength', '6'],
  ] as const) {
    await expect(codeEntry.input).toHaveAttribute(name, value);
  }
  await expect(codeEntry.boxes).toHaveCount(6);
});

test('each digit appears in its own box', async ({ codeEntry, signingIn }) => {
  expect(signingIn).toBeDefined();
  await codeEntry.enter('409');
  await expect(codeEntry.boxes).toHaveText(['4', '0', '9', '', '', '']);
  await codeEntry.page.keyboard.press('Backspace');
  await expect(codeEntry.boxes).toHaveText(['4', '0', '', '', '', '']);
});

test('only ASCII digits are taken', async ({ codeEntry, signingIn }) => {
  expect(signingIn).toBeDefined();
  await codeEntry.enter('1a2 3-x٤');
  await expect(codeEntry.input).toHaveValue('123');
});

test('the last digit submits by itself', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

for (const [what, write] of [
  ['spaces', (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)} `],
  ['dashes', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ['the words around it', (code: string) => `Your code is: ${code}.`],
] as const) {
  test(`a paste with ${what} is understood`, async ({
    codeEntry,
    dashboardPage,
    simulator,
    signingIn,
  }) => {
    await codeEntry.paste(write(await simulator.code(signingIn.e164)));
    await dashboardPage.shows(signingIn);
  });
}

test('what autofill puts in is submitted', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  await codeEntry.input.fill(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

test('a code that begins with 0 is whole', async ({
  app,
  simulator,
  context,
  page,
  codeEntry,
}) => {
  // One in ten does: people ask until somebody has one.
  let visitor: Visitor;
  let code: string;
  do {
    const person = somebodyNew();
    visitor = new Visitor(app);
    await visitor.awaitRegistrationCode(person);
    code = await simulator.code(person.e164);
  } while (!code.startsWith('0'));
  await visitor.handOver(context);
  await page.goto('/register/verify');
  await codeEntry.enter(code);
  await expect(page).toHaveURL('/login');
});

test('too short a code costs no attempt', async ({
  codeEntry,
  simulator,
  signingIn,
}) => {
  await codeEntry.enter('123');
  await codeEntry.validate.click();
  await codeEntry.says('Enter the 6 digits of the code.');
  const calls = await simulator.calls(signingIn.e164);
  expect(calls.filter((call) => call.operation === 'check')).toHaveLength(1);
});
