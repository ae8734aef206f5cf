import { expect, test } from '../fixtures.ts';

test.use({ settings: { SALLYPORT_CAPTCHA: 'none', SALLYPORT_CODE_LENGTH: '10' } });

test('the field is as long as the provider makes its codes', async ({
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await expect(codeEntry.input).toHaveAttribute('maxlength', '10');
  await expect(codeEntry.boxes).toHaveCount(10);
  const code = await simulator.code(signingIn.e164);
  expect(code).toHaveLength(10);
  await codeEntry.enter(code.slice(0, 9));
  await expect(codeEntry.input).toHaveValue(code.slice(0, 9));
  await codeEntry.input.press('End');
  await codeEntry.page.keyboard.type(code.slice(9));
  await dashboardPage.shows(signingIn);
});

test('the longest code fits a screen 320 pixels wide', async ({ page, codeEntry, signingIn }) => {
  expect(signingIn).toBeDefined();
  await page.setViewportSize({ width: 320, height: 640 });
  await codeEntry.enter('1234');
  const last = await codeEntry.boxes.last().boundingBox();
  expect(last).not.toBeNull();
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(320);
});
