import { expect, test } from '../fixtures.ts';
import { waitForIslands } from '../support/loading.ts';

/** The pages that users see most. */
const ENTRIES = [
  'sign-in',
  'sign-in-wrong-password',
  'method-dialog',
  'register',
  'code-sent',
  'code-wrong',
  'code-expired',
  'dashboard',
  'profile',
  'history',
  'payments',
  'recovery-codes-new',
  'authenticator-set-up',
];

// docs/decisions/page-text-in-tests.md has the reason for text instead of pictures.
test.use({ timezoneId: 'UTC' });

for (const language of ['en', 'de']) {
  test(`the pages that users see most have the expected content, ${language}`, async ({
    page,
    pageErrors,
  }) => {
    pageErrors.allowGalleryErrors();
    for (const name of ENTRIES) {
      await page.goto(`/_gallery/${name}?lang=${language}`);
      await waitForIslands(page);
      const expected = { name: `${name}-${language}.aria.yml` };
      await expect.soft(page.locator('body')).toMatchAriaSnapshot(expected);
    }
  });
}
