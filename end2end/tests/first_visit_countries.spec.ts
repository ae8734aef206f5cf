import { test } from '../support/first_visit.ts';

// Production requires a list of countries: here the countries of the languages of the pages, and their neighbours.
test.use({
  settings: { SALLYPORT_ALLOWED_COUNTRIES: 'US,CA,GB,IE,DE,AT,CH,FR,BE,ES,MX,PT,BR,PL' },
});

/** The measured values plus 3 % for `usable` and 1.5 % for `whole`, as in first_visit.spec.ts. */
const BUDGETS = {
  '/register/credentials': { usable: 14_700, whole: 227_000 },
};

test('a first visit of the page with the phone field and a list of countries stays within its budget', async ({
  expectFirstVisitWithin,
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  await expectFirstVisitWithin(BUDGETS);
});
