import { expect, test } from '../fixtures.ts';
import { TEXT } from '../pages/code_entry.ts';
import { generateUser } from '../support/user.ts';

test('after a step-up without attempts left, "Start again" shows its settings page without the reason', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await codeEntry.useUpAttempts(await phonePage.beginStepUp(signedInUser, simulator));
  await codeEntry.expectText(TEXT.tooManyElsewhere);
  await codeEntry.startAgain.click();
  await expect(phonePage.password).toBeVisible();
  await expect(page).toHaveURL('/profile/phone');
  await expect(page.getByText(TEXT.tooManyElsewhere)).toHaveCount(0);
});

test('after a change of phone number without attempts left, "Start again" shows the form for the number', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser: _,
}) => {
  await phonePage.goto();
  await codeEntry.useUpAttempts(await phonePage.sendCodeTo(generateUser(), simulator));
  await codeEntry.expectText(TEXT.tooManyElsewhere);
  await codeEntry.startAgain.click();
  await expect(phonePage.newPhone).toBeVisible();
  await expect(page.getByText(TEXT.tooManyElsewhere)).toHaveCount(0);
});

test('an ended code form keeps its message when the tab becomes visible again', async ({
  page,
  phonePage,
  codeEntry,
  simulator,
  signedInUser,
}) => {
  await codeEntry.useUpAttempts(await phonePage.beginStepUp(signedInUser, simulator));
  await codeEntry.expectText(TEXT.tooManyElsewhere);
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  await page.evaluate(async () => {
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    // A request of the form would be sent before the answer to this request arrives.
    await fetch('/favicon.svg', { cache: 'no-store' });
  });
  expect(paths).toEqual(['/favicon.svg']);
  await codeEntry.expectText(TEXT.tooManyElsewhere);
});

test('"Cancel" in the choice of method of a step-up shows the profile without an error', async ({
  page,
  phonePage,
  simulator,
  signedInUser,
}) => {
  await simulator.advanceClock(301);
  await phonePage.goto();
  await phonePage.password.fill(signedInUser.password);
  await phonePage.continueButton.click();
  await phonePage.methodDialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page).toHaveURL('/profile');
  await expect(page.getByRole('heading', { name: 'Profile', exact: true })).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0);
});
