import { expect } from '../fixtures.ts';
import { type Budget, test } from '../support/first_visit.ts';

// Production requires a list of countries: here the countries of the languages of the pages, and their neighbours.
test.use({
  settings: { SALLYPORT_ALLOWED_COUNTRIES: 'US,CA,GB,IE,DE,AT,CH,FR,BE,ES,MX,PT,BR,PL' },
});

/** Upper limit of `usable` for every page with the list of countries. */
const MAX_USABLE = 20_000;

/** The measured values plus 3 % for `usable` and 1.5 % for `whole`, as in first_visit.spec.ts. */
const BUDGETS = {
  registering: { '/register/credentials': { usable: 15_300, whole: 226_500 } },
  settingUp: { '/login': { usable: MAX_USABLE, whole: 231_500 } },
  changingPhone: { '/profile/phone': { usable: 14_300, whole: 225_500 } },
} as const satisfies Record<string, Record<string, Budget>>;

test('no budget of a page with a list of countries exceeds 20 kB', () => {
  for (const budgets of Object.values(BUDGETS)) {
    for (const { usable } of Object.values<Budget>(budgets)) expect(usable).toBeLessThanOrEqual(MAX_USABLE);
  }
});

test('a first visit of the page with the phone field and a list of countries stays within its byte budget', async ({
  expectFirstVisitWithin,
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await expectFirstVisitWithin(BUDGETS.registering);
});

test('a first visit of the set-up with a list of countries stays within its byte budget', async ({
  expectFirstVisitWithin,
  signInPage,
  importedUser,
}) => {
  await signInPage.openSetUpDialog(importedUser);
  await expectFirstVisitWithin(BUDGETS.settingUp);
});

test('a first visit of the change of a phone number with a list of countries stays within its byte budget', async ({
  expectFirstVisitWithin,
  signedInUser: _,
}) => {
  await expectFirstVisitWithin(BUDGETS.changingPhone);
});
