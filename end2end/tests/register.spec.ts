import { expect, test } from '../fixtures.ts';
import { somebodyNew } from '../support/person.ts';
import { Visitor } from '../support/visitor.ts';

test('somebody registers, step by step, and is told to sign in', async ({
  page,
  registerPage,
  codeEntry,
  signInPage,
  simulator,
  person,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(person);
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.robot.check();
  await expect(registerPage.submit).toBeEnabled();
  await registerPage.submit.click();

  await expect(page).toHaveURL('/register/credentials');
  await registerPage.fillCredentials(person);
  await registerPage.verify.click();

  await expect(page).toHaveURL('/register/verify');
  await expect(page.getByText(person.masked)).toBeVisible();
  await registerPage.sendOtp.click();

  await expect(codeEntry.validate).toBeVisible();
  await expect(page.getByText(person.masked)).toBeVisible();
  await codeEntry.enter(await simulator.code(person.e164));

  await expect(page).toHaveURL('/login');
  await expect(signInPage.notice).toHaveText(
    'Phone number verified. Sign in with your new account.',
  );
  await page.goto('/dashboard');
  await expect(page).toHaveURL('/login');
});

test('nothing is sent before "Send OTP" is pressed, and one message after', async ({
  registerPage,
  codeEntry,
  simulator,
  person,
}) => {
  await registerPage.submitDetails(person);
  await registerPage.submitCredentials(person);
  expect(await simulator.sends(person.e164)).toBe(0);
  await registerPage.sendOtp.dblclick();
  await codeEntry.ready();
  expect(await simulator.sends(person.e164)).toBe(1);
});

test('"Submit" waits for every field and for the check', async ({ registerPage, person }) => {
  await registerPage.goto();
  await registerPage.robot.check();
  await expect(registerPage.page.getByText('Confirmed')).toBeVisible();
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.fullName.fill(person.fullName);
  await registerPage.username.fill(person.username);
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.email.fill(person.email);
  await expect(registerPage.submit).toBeEnabled();
  await registerPage.username.fill('');
  await expect(registerPage.submit).toBeDisabled();
  await registerPage.username.fill(person.username);
  await registerPage.robot.uncheck();
  await expect(registerPage.submit).toBeDisabled();
});

test('the strength of a password is said while typing', async ({ registerPage, person }) => {
  await registerPage.submitDetails(person);
  await expect(registerPage.strength).toBeHidden();
  await registerPage.password.pressSequentially('abc');
  await expect(registerPage.strength).toHaveText('Too short');
  await registerPage.password.fill('abcdefgh1');
  await expect(registerPage.strength).toHaveText('Fair');
  await registerPage.password.fill(person.password);
  await expect(registerPage.strength).toHaveText('Strong');
});

test('a password is shown on request and hidden again', async ({ registerPage, person }) => {
  await registerPage.submitDetails(person);
  await registerPage.password.fill(person.password);
  await expect(registerPage.password).toHaveAttribute('type', 'password');
  await expect(registerPage.reveal).toHaveText('Show');
  await registerPage.reveal.click();
  await expect(registerPage.password).toHaveAttribute('type', 'text');
  await expect(registerPage.password).toHaveValue(person.password);
  await expect(registerPage.reveal).toHaveText('Hide');
  await registerPage.reveal.click();
  await expect(registerPage.password).toHaveAttribute('type', 'password');
});

test('a reload keeps each step', async ({ page, registerPage, codeEntry, person }) => {
  await registerPage.submitDetails(person);
  await page.reload();
  await expect(registerPage.password).toBeVisible();
  await registerPage.submitCredentials(person);
  await page.reload();
  await expect(registerPage.sendOtp).toBeVisible();
  await registerPage.sendOtp.click();
  await codeEntry.ready();
  await page.reload();
  await expect(page).toHaveURL('/register/verify');
  await expect(codeEntry.validate).toBeVisible();
  await expect(codeEntry.input).toBeFocused();
});

test('an address ahead of the flow leads to the step it is at', async ({
  page,
  registerPage,
  person,
}) => {
  for (const ahead of ['/register/credentials', '/register/verify']) {
    await page.goto(ahead);
    await expect(page).toHaveURL('/register');
  }
  await registerPage.submitDetails(person);
  await page.goto('/register/verify');
  await expect(page).toHaveURL('/register/credentials');
});

test('an address behind the flow leads to the step it is at', async ({
  page,
  visitor,
  context,
  codeEntry,
  person,
}) => {
  await visitor.awaitRegistrationCode(person);
  await visitor.handOver(context);
  for (const behind of ['/register', '/register/credentials']) {
    await page.goto(behind);
    await expect(page).toHaveURL('/register/verify');
    await expect(codeEntry.validate).toBeVisible();
  }
});

test('"Start over" is there at every step and leads to the first', async ({
  page,
  registerPage,
  codeEntry,
}) => {
  for (const steps of [1, 2, 3]) {
    const person = somebodyNew();
    await registerPage.submitDetails(person);
    if (steps > 1) await registerPage.submitCredentials(person);
    if (steps > 2) {
      await registerPage.sendOtp.click();
      await codeEntry.ready();
    }
    await registerPage.startOver.click();
    await expect(page).toHaveURL('/register');
    await expect(registerPage.fullName).toHaveValue('');
    await page.goto('/register/verify');
    await expect(page).toHaveURL('/register');
  }
});

test('what is wrong is said beside its field, and what was typed stays', async ({
  page,
  registerPage,
  person,
}) => {
  await registerPage.goto();
  await registerPage.fullName.fill(person.fullName);
  await registerPage.username.fill('a b');
  await registerPage.email.fill('ann at example');
  await registerPage.robot.check();
  await registerPage.submit.click();

  await expect(registerPage.username).toHaveAttribute('aria-invalid', 'true');
  expect(await registerPage.problem(registerPage.username)).toContain('letters, digits');
  expect(await registerPage.problem(registerPage.email)).toContain('name@example.com');
  expect(await registerPage.problem(registerPage.fullName)).toBe('');
  await expect(registerPage.username).toBeFocused();
  await expect(registerPage.fullName).toHaveValue(person.fullName);
  await expect(registerPage.username).toHaveValue('a b');
  await expect(registerPage.email).toHaveValue('ann at example');

  // Nothing has to be ticked or typed twice.
  await registerPage.username.fill(person.username);
  await registerPage.email.fill(person.email);
  await registerPage.submit.click();
  await expect(page).toHaveURL('/register/credentials');
});

test('a password or number that will not do is refused beside its field', async ({
  registerPage,
  person,
}) => {
  await registerPage.submitDetails(person);
  await registerPage.password.fill('password1');
  await registerPage.phone.fill('12');
  await registerPage.verify.click();
  await expect(registerPage.password).toHaveAttribute('aria-invalid', 'true');
  expect(await registerPage.problem(registerPage.password)).toContain('too common');
  expect(await registerPage.problem(registerPage.phone)).toContain('valid phone number');
  await expect(registerPage.phone).toHaveValue('12');
  await registerPage.submitCredentials(person);
});

test('a taken username is said after the check', async ({ registerPage, member }) => {
  const newcomer = { ...somebodyNew(), username: member.username.toUpperCase() };
  await registerPage.goto();
  await registerPage.fillDetails(newcomer);
  await registerPage.robot.check();
  await registerPage.submit.click();
  await expect(registerPage.username).toHaveAttribute('aria-invalid', 'true');
  expect(await registerPage.problem(registerPage.username)).toBe('This username is already taken.');
  await expect(registerPage.email).toHaveValue(newcomer.email);
});

test('a number can be corrected until a code is out', async ({
  page,
  registerPage,
  codeEntry,
  simulator,
  person,
}) => {
  const right = { ...person, phone: somebodyNew().e164 };
  await registerPage.submitDetails(person);
  await registerPage.submitCredentials(person);
  await registerPage.changeNumber.click();
  await registerPage.submitCredentials(right);
  await registerPage.sendOtp.click();
  await codeEntry.enter(await simulator.code(right.phone));
  await expect(page).toHaveURL('/login');
  expect(await simulator.sends(person.e164)).toBe(0);
});

test('a second tab shows the step the first is at', async ({ context, registerPage, person }) => {
  await registerPage.submitDetails(person);
  await registerPage.submitCredentials(person);
  const tab = await context.newPage();
  await tab.goto('/register');
  await expect(tab).toHaveURL('/register/verify');
  await expect(tab.getByRole('button', { name: 'Send OTP' })).toBeVisible();
});

test('people who register at the same moment are not in each other\'s way', async ({ app }) => {
  const people = Array.from({ length: 6 }, somebodyNew);
  await Promise.all(people.map((person) => new Visitor(app).register(person)));
});
