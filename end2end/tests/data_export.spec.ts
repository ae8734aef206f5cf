import { readFile } from 'node:fs/promises';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';

// During a colour transition the contrast would be that of an intermediate colour.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('a signed-in user downloads the data of the account, on an accessible page', async ({ page, signedInUser }) => {
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Download your data' }).click();
  await expect(page).toHaveURL('/profile/export');
  await expectAccessible(page, 'export of the data');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('account-data.json');
  const content = JSON.parse(await readFile(await download.path(), 'utf8'));
  expect(content.format).toBe('sallyport-account');
  expect(JSON.stringify(content)).toContain(signedInUser.email);
});
