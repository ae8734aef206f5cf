import { expect, test } from '../fixtures.ts';

test.use({ settings: { SALLYPORT_CAPTCHA: 'none', SALLYPORT_CODE_LENGTH: '10' } });

test('the field accepts the configured code length', async ({
  codeEntry,
  dashboardPage,
  signInCode,
  signingInUser,
}) => {
  await expect(codeEntry.input).toHaveAttribute('maxlength', '10');
  await expect(codeEntry.boxes).toHaveCount(10);
  expect(signInCode).toHaveLength(10);
  await codeEntry.enter(signInCode.slice(0, 9));
  await expect(codeEntry.input).toHaveValue(signInCode.slice(0, 9));
  await codeEntry.input.press('End');
  await codeEntry.page.keyboard.type(signInCode.slice(9));
  await dashboardPage.expectUser(signingInUser);
});

test('the longest code fits a screen 320 pixels wide', async ({
  page,
  codeEntry,
  signingInUser: _,
}) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await codeEntry.enter('1234');
  const last = await codeEntry.boxes.last().boundingBox();
  expect(last).not.toBeNull();
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(320);
});
