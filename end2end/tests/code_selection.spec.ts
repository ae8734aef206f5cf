import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { wrongCode } from '../support/simulator.ts';

test('after a wrong code, the user clicks a box, types the correct code and is signed in', async ({
  page,
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  for (const index of [0, 3, 5]) {
    const box = await codeEntry.boxes.nth(index).boundingBox();
    if (box === null) throw new Error('the box is not visible');
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await codeEntry.expectReadyForNextAttempt();
    await expect(page.locator('.box[data-selected]')).toHaveCount(6);
  }
  await page.keyboard.type(signInCode);
  await dashboardPage.expectUser(signingInUser);
});

test('the focus ring and the highlighted boxes follow the caret of the field', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  const ringAt = (index: number) =>
    expect(codeEntry.boxes.nth(index)).toHaveAttribute('data-caret', 'true');
  const selected = page.locator('.box[data-selected]');
  await codeEntry.enter('123');
  await ringAt(3);
  await page.keyboard.press('ArrowLeft');
  await ringAt(2);
  await page.keyboard.press('Home');
  await ringAt(0);
  await page.keyboard.press('Shift+ArrowRight');
  await expect(selected).toHaveCount(1);
  await page.keyboard.press('End');
  await expect(selected).toHaveCount(0);
  await ringAt(3);
  await page.keyboard.press('ControlOrMeta+a');
  await expect(selected).toHaveCount(3);
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  await expect(selected).toHaveCount(6);
  await page.keyboard.press('ArrowRight');
  await expect(selected).toHaveCount(0);
  await ringAt(5);
});

test('a digit typed in the middle of a refused code replaces the rest of it', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  const wrong = wrongCode(signInCode);
  await codeEntry.enter(wrong);
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.expectReadyForNextAttempt();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('7');
  await expect(codeEntry.input).toHaveValue(`${wrong.slice(0, 2)}7`);
});

test('an answer to an older code neither marks nor selects the digits that were typed since', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  let releaseRequest = (): void => {};
  const released = new Promise<void>((resolve) => (releaseRequest = resolve));
  await page.route('**/api/verification/check', async (route) => {
    await released;
    await route.continue();
  });
  const wrong = wrongCode(signInCode);
  await codeEntry.enter(wrong);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('987');
  await expect(codeEntry.input).toHaveValue(`${wrong.slice(0, 1)}987`);
  releaseRequest();
  await codeEntry.expectText(TEXT.invalid(4));
  await expect(codeEntry.input).not.toHaveAttribute('aria-invalid');
  await expect(page.locator('.box[data-selected]')).toHaveCount(0);
  await page.keyboard.type('6');
  await expect(codeEntry.input).toHaveValue(`${wrong.slice(0, 1)}9876`);
});

test('the error of a wrong code disappears when the next code is typed, and the next wrong code shows it again', async ({
  page,
  codeEntry,
  signInCode,
  signingInUser: _,
}) => {
  const error = page.locator('#code-error');
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  await codeEntry.expectReadyForNextAttempt();
  await page.keyboard.type('1');
  await expect(error).toBeEmpty();
  await expect(codeEntry.input).not.toHaveAttribute('aria-invalid', 'true');
  await page.keyboard.type('2');
  // The same error twice: the region is empty in between, so screen readers announce both.
  await page.evaluate(() => {
    const region = document.getElementById('code-error') as HTMLElement;
    const texts: string[] = [];
    (window as unknown as { texts: string[] }).texts = texts;
    new MutationObserver(() => texts.push(region.textContent ?? '')).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  for (let press = 0; press < 2; press += 1) {
    const answer = page.waitForResponse('**/api/verification/check');
    await codeEntry.validate.click();
    await answer;
    await expect(codeEntry.submit).toBeEnabled();
    await codeEntry.expectText('Enter the 6 digits of the code.');
  }
  const texts = await page.evaluate(() => (window as unknown as { texts: string[] }).texts);
  expect(texts.map((text) => text !== '')).toEqual([true, false, true]);
});

test('an empty field for a new code is not marked as invalid', async ({
  page,
  codeEntry,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.enter(wrongCode(signInCode));
  await codeEntry.expectText(TEXT.invalid(4));
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  await simulator.codeSentTo(signingInUser.e164, () => codeEntry.requestNewCode());
  await expect(codeEntry.input).toHaveValue('');
  await expect(codeEntry.input).not.toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('#code-error')).toBeEmpty();
});
