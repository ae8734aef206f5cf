import { expect, test } from '../fixtures.ts';
import { listGalleryEntries, openGalleryEntry, stopCountdowns } from '../support/gallery.ts';

/** The pages that users see most, in the states that they see most. */
const MOST_SEEN = [
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

/** One state of each other page, dialog and mailed link. */
const OTHER_PAGES = [
  'set-up',
  'register-credentials',
  'register-send',
  'sessions',
  'phone-new-number',
  'step-up',
  'change-name',
  'change-email',
  'change-password',
  'verify-email-code',
  'export',
  'delete-account',
  'keep-account',
  'payment-new',
  'payment-code',
  'forgot-password',
  'new-password',
  'new-password-method',
  'new-password-code',
  'lost-phone',
  'lost-phone-open',
  'recovery-question',
  'recovery-cancel',
  'undo-phone',
  'email-change-cancel',
  'not-found',
  'error-internal',
];

/** The pages of a sign-in, which are compared in every language. */
const SIGN_IN = ['sign-in', 'method-dialog', 'code-sent'];

const COMPARISONS = [
  { pages: 'the pages that users see most', language: 'en', names: MOST_SEEN },
  { pages: 'the pages that users see most', language: 'de', names: MOST_SEEN },
  { pages: 'other pages, part 1', language: 'en', names: OTHER_PAGES.slice(0, 14) },
  { pages: 'other pages, part 2', language: 'en', names: OTHER_PAGES.slice(14) },
  ...['fr', 'es', 'pt-BR', 'pl'].map((language) => ({
    pages: 'the pages of a sign-in',
    language,
    names: SIGN_IN,
  })),
];

// docs/decisions/page-text-in-tests.md has the reason for text instead of pictures.
test.use({ timezoneId: 'UTC' });

for (const { pages, language, names } of COMPARISONS) {
  test(`${pages} have the expected content, ${language}`, async ({ page, pageErrors }) => {
    pageErrors.allowGalleryErrors();
    await stopCountdowns(page);
    for (const name of names) {
      await openGalleryEntry(page, name, language);
      const expected = { name: `${name}-${language}.aria.yml` };
      await expect.soft(page.locator('body')).toMatchAriaSnapshot(expected);
    }
  });
}

test('each page has an expected content', async ({ page }) => {
  const entries = await listGalleryEntries(page);
  const compared = [...MOST_SEEN, ...OTHER_PAGES];
  const paths = new Set(entries.filter(({ name }) => compared.includes(name)).map(({ path }) => path));
  expect(entries.filter(({ path }) => !paths.has(path))).toEqual([]);
});
