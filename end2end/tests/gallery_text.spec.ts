import { expect, test } from '../fixtures.ts';

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
    // The entries cannot reach the server: `src/web/gallery/mod.rs`.
    pageErrors.allow(/policy: connect-src|Content Security Policy/);
    for (const name of ENTRIES) {
      await page.goto(`/_gallery/${name}?lang=${language}`);
      await page.waitForFunction(() => performance.getEntriesByName('hydrated').length > 0);
      const expected = { name: `${name}-${language}.aria.yml` };
      await expect.soft(page.locator('body')).toMatchAriaSnapshot(expected);
    }
  });
}
