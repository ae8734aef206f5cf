import { expect } from '../fixtures.ts';
import { changeEmail, openRecovery, requestRecovery, waitForLink } from '../support/contact_links.ts';
import { addAuthenticator, createRecoveryCodes } from '../support/factors.ts';
import { type Budget, test } from '../support/first_visit.ts';
import { FormClient } from '../support/form_client.ts';
import { blockWasm } from '../support/loading.ts';
import { generateUser } from '../support/user.ts';

test.use({ settings: {} });
test.slow();

/** Pages of links and of single steps. The values are the measured ones plus 3 % for `usable` and 1.5 % for `whole`. */
const BUDGETS = {
  lostPhoneLink: { usable: 9_200, whole: 220_600 },
  recoveryLink: { usable: 9_200, whole: 220_600 },
  undoLink: { usable: 10_100, whole: 221_400 },
  emailChangeLink: { usable: 9_200, whole: 220_600 },
  invalidLink: { usable: 9_100, whole: 220_400 },
  notFound: { usable: 9_100, whole: 220_400 },
  keepAccount: { usable: 12_600, whole: 223_600 },
  recovery: { usable: 11_500, whole: 222_700 },
  stepUp: { usable: 12_600, whole: 223_800 },
  registrationCode: { usable: 15_800, whole: 226_900 },
  resetCode: { usable: 15_800, whole: 226_900 },
  authenticatorCode: { usable: 14_700, whole: 225_800 },
  recoveryCode: { usable: 13_000, whole: 224_400 },
} as const satisfies Record<string, Budget>;

test('a first visit of a page that does not exist and of an invalid link stays within its byte budget', async ({
  expectFirstVisitWithin,
}) => {
  await expectFirstVisitWithin({
    '/no-such-page': BUDGETS.notFound,
    [`/undo/${'a'.repeat(43)}`]: BUDGETS.invalidLink,
  });
});

test('a first visit of the links of a recovery stays within its byte budget', async ({
  expectFirstVisitWithin,
  formClient,
  simulator,
  registeredUser,
}) => {
  const open = await requestRecovery(formClient, simulator, registeredUser);
  await expectFirstVisitWithin({ [open]: BUDGETS.lostPhoneLink });
  await formClient.post('lost-phone/open', { token: open.split('/').at(-1) ?? '' }, '/login');
  const cancel = await waitForLink(simulator, registeredUser.email, 'recovery');
  await expectFirstVisitWithin({ [cancel]: BUDGETS.recoveryLink });
});

test('a first visit of the question about a recovery stays within its byte budget', async ({
  app,
  context,
  expectFirstVisitWithin,
  formClient,
  simulator,
  registeredUser,
}) => {
  await openRecovery(formClient, simulator, registeredUser);
  const client = new FormClient(app);
  const code = await client.requestSignInCode(registeredUser);
  await client.post('verification/check', { purpose: 'sign_in', code }, '/recovery');
  await client.copyCookiesTo(context);
  await expectFirstVisitWithin({ '/recovery': BUDGETS.recovery });
});

test('a first visit of the link that undoes a change stays within its byte budget', async ({
  expectFirstVisitWithin,
  formClient,
  simulator,
  registeredUser,
}) => {
  const link = await changeEmail(formClient, simulator, registeredUser, generateUser().email);
  await expectFirstVisitWithin({ [link]: BUDGETS.undoLink });
});

test('a first visit of the link that stops a change of the email address stays within its byte budget', async ({
  expectFirstVisitWithin,
  formClient,
  simulator,
  registeredUser,
}) => {
  await formClient.signIn(registeredUser);
  await formClient.post('email/change', { email: generateUser().email }, '/verify-email');
  const link = await waitForLink(simulator, registeredUser.email, 'email-change');
  await expectFirstVisitWithin({ [link]: BUDGETS.emailChangeLink });
});

test('a first visit of the question whether to keep the account stays within its byte budget', async ({
  context,
  expectFirstVisitWithin,
  formClient,
  registeredUser,
}) => {
  await formClient.signInAfterDeletionRequest(registeredUser);
  await formClient.copyCookiesTo(context);
  await expectFirstVisitWithin({ '/keep-account': BUDGETS.keepAccount });
});

test('a first visit of a page that asks for the password again stays within its byte budget', async ({
  context,
  expectFirstVisitWithin,
  formClient,
  simulator,
  registeredUser,
}) => {
  await formClient.signIn(registeredUser);
  await formClient.copyCookiesTo(context);
  await simulator.advanceClock(301);
  await expectFirstVisitWithin({ '/profile/password': BUDGETS.stepUp });
});

test('a first visit of the code entry of a registration stays within its byte budget', async ({
  context,
  expectFirstVisitWithin,
  formClient,
  newUser,
}) => {
  await formClient.requestRegistrationCode(newUser);
  await formClient.copyCookiesTo(context);
  await expectFirstVisitWithin({ '/register/verify': BUDGETS.registrationCode });
});

test('a first visit of the code entry of a password reset stays within its byte budget', async ({
  page,
  expectFirstVisitWithin,
  passwordResetPage,
  simulator,
  registeredUser,
}) => {
  await page.goto(await passwordResetPage.requestLink(registeredUser, simulator));
  await passwordResetPage.submitPassword();
  await page.getByRole('button', { name: 'Send OTP' }).click();
  await expect(page).toHaveURL('/reset-password/verify');
  await expectFirstVisitWithin({ '/reset-password/verify': BUDGETS.resetCode });
});

test('a first visit of the entry of other codes stays within its byte budget', async ({
  app,
  page,
  context,
  expectFirstVisitWithin,
  formClient,
  pageErrors,
  simulator,
  registeredUser,
}) => {
  await blockWasm(page, pageErrors);
  await formClient.signIn(registeredUser);
  await formClient.copyCookiesTo(context);
  await addAuthenticator(page, simulator);
  await createRecoveryCodes(page);
  for (const [method, budget] of [
    ['totp', BUDGETS.authenticatorCode],
    ['recovery', BUDGETS.recoveryCode],
  ] as const) {
    await context.clearCookies();
    const client = new FormClient(app);
    await client.chooseMethod(registeredUser, method);
    await client.copyCookiesTo(context);
    await expectFirstVisitWithin({ '/login/verify': budget });
  }
});
