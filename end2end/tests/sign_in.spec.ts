import { expect, test } from '../fixtures.ts';

test('a member signs in with password and code', async ({
  page,
  signInPage,
  codeEntry,
  dashboardPage,
  simulator,
  member,
}) => {
  await signInPage.goto();
  await expect(signInPage.submit).toBeDisabled();
  await signInPage.passPassword(member);
  await expect(page).toHaveURL('/login');
  await expect(signInPage.sms).toBeChecked();
  await expect(signInPage.dialog.getByText(member.masked)).toBeVisible();
  await signInPage.sendOtp.click();

  await expect(page).toHaveURL('/login/verify');
  await expect(page.getByRole('heading', { name: 'OTP Verification' })).toBeVisible();
  await expect(page.getByText(member.masked)).toBeVisible();
  await codeEntry.enter(await simulator.code(member.e164));
  await dashboardPage.shows(member);
});

test('an email address signs in as well as a username', async ({ signInPage, member }) => {
  await signInPage.goto();
  await signInPage.passPassword({ ...member, username: member.email.toUpperCase() });
});

test('a wrong password and an unknown name are answered alike', async ({ signInPage, member }) => {
  const answers: string[] = [];
  for (const wrong of [
    { ...member, password: 'not her password' },
    { ...member, username: 'nobody.of.that.name' },
  ]) {
    await signInPage.goto();
    await signInPage.fill(wrong);
    await signInPage.robot.check();
    await signInPage.submit.click();
    await expect(signInPage.error).toHaveText(/^Incorrect username or password\./);
    await expect(signInPage.identifier).toHaveValue(wrong.username);
    answers.push(await signInPage.error.innerText());
  }
  expect(answers[0]).toBe(answers[1]);
});

test('after a mistyped password the right one goes through without another tick', async ({
  signInPage,
  member,
}) => {
  await signInPage.goto();
  await signInPage.fill({ ...member, password: 'not her password' });
  await signInPage.robot.check();
  await signInPage.submit.click();
  await expect(signInPage.error).toBeVisible();
  await signInPage.password.fill(member.password);
  await signInPage.submit.click();
  await signInPage.dialogIsModal();
});

test('a method that is not set up is shown disabled, with the way to it', async ({
  signInPage,
  member,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(member);
  await expect(signInPage.totp).toBeDisabled();
  await expect(
    signInPage.dialog.getByText('Not set up. You can add it on your profile after signing in.'),
  ).toBeVisible();
});

test('a reload during the choice shows the choice', async ({ page, signInPage, member }) => {
  await signInPage.goto();
  await signInPage.passPassword(member);
  await page.reload();
  await signInPage.dialogIsModal();
  await expect(signInPage.sms).toBeChecked();
  await page.goto('/login/verify');
  await expect(page).toHaveURL('/login');
  await signInPage.dialogIsModal();
});

test('"Cancel" goes back to the password', async ({ page, signInPage, member }) => {
  await signInPage.goto();
  await signInPage.passPassword(member);
  await signInPage.cancel.click();
  await expect(signInPage.dialog).toBeHidden();
  await page.reload();
  await expect(signInPage.identifier).toBeVisible();
  await expect(signInPage.dialog).toBeHidden();
});

test('Escape goes back to the password, and signing in still works', async ({
  page,
  signInPage,
  member,
}) => {
  await signInPage.goto();
  await signInPage.passPassword(member);
  await page.keyboard.press('Escape');
  await expect(signInPage.dialog).toBeHidden();
  await expect(signInPage.submit).toBeEnabled();
  await signInPage.submit.click();
  await signInPage.dialogIsModal();
});

test('"Use another method" goes back to the choice, and the code that is out dies', async ({
  page,
  signInPage,
  codeEntry,
  simulator,
  signingIn,
}) => {
  await codeEntry.anotherMethod.click();
  await expect(page).toHaveURL('/login');
  await signInPage.dialogIsModal();
  await expect.poll(() => simulator.cancellations(signingIn.e164)).toBe(1);
});

test('a double click sends one message', async ({ page, signInPage, simulator, member }) => {
  const before = await simulator.sends(member.e164);
  await signInPage.goto();
  await signInPage.passPassword(member);
  await signInPage.sendOtp.dblclick();
  await expect(page).toHaveURL('/login/verify');
  expect(await simulator.sends(member.e164)).toBe(before + 1);
});

test('Enter and a click at once send one message', async ({
  page,
  signInPage,
  simulator,
  member,
}) => {
  const before = await simulator.sends(member.e164);
  await signInPage.goto();
  await signInPage.passPassword(member);
  await signInPage.sendOtp.evaluate((button: HTMLButtonElement) => {
    // What Enter in the form does, and a click in the same moment.
    button.form?.requestSubmit(button);
    button.click();
  });
  await expect(page).toHaveURL('/login/verify');
  expect(await simulator.sends(member.e164)).toBe(before + 1);
});

test('a reload where the code is asked for keeps the step', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await page.reload();
  await expect(page).toHaveURL('/login/verify');
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
});

test('the dashboard opens for nobody who is not signed in', async ({
  page,
  visitor,
  context,
  member,
}) => {
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
  // The password alone opens nothing either.
  await visitor.awaitSignInCode(member);
  await visitor.handOver(context);
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login/verify');
});

test('whoever is signed in is taken from the login page to the dashboard', async ({
  page,
  dashboardPage,
  signedIn,
}) => {
  for (const path of ['/', '/login', '/login/verify']) {
    await page.goto(path);
    await dashboardPage.shows(signedIn);
  }
});

test('after signing out, going back shows nothing private', async ({
  page,
  dashboardPage,
  signInPage,
  signedIn,
}) => {
  await dashboardPage.signOut.click();
  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText('You are signed out.');
  await page.goBack();
  await expect(signInPage.identifier).toBeVisible();
  await expect(page.getByText(signedIn.email)).toBeHidden();
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
});
