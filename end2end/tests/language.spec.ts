import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { CodeEntry } from '../pages/code_entry.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { waitForPostWithoutPage } from '../support/held_answers.ts';
import { waitForIslands } from '../support/loading.ts';
import { wrongCode } from '../support/simulator.ts';

const germanButton = (page: Page) => page.getByRole('button', { name: 'Deutsch' });
const englishButton = (page: Page) => page.getByRole('button', { name: 'English' });

test.describe('a browser that asks for German', () => {
  test.use({ locale: 'de-DE' });

  test('gets German pages and islands', async ({ page, simulator, registeredUser }) => {
    await page.goto('/login');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await waitForIslands(page);
    await page.getByLabel('Benutzername oder E‑Mail-Adresse').fill(registeredUser.username);
    await page.getByLabel('Passwort', { exact: true }).fill('a wrong password');
    await page.getByLabel('Ich bin kein Roboter').check();
    await page.getByRole('button', { name: 'Absenden' }).click();
    await expect(page.getByText(/^Benutzername oder Passwort ist falsch\./)).toBeVisible();
    // The form clears the refused password in the frame after the message.
    await expect(page.getByLabel('Passwort', { exact: true })).toHaveValue('');
    await page.getByLabel('Passwort', { exact: true }).fill(registeredUser.password);
    await page.getByRole('button', { name: 'Absenden' }).click();
    const dialog = page.getByRole('dialog', { name: 'Bestätigungsmethode wählen' });
    await expect(dialog).toBeVisible();
    await expectAccessible(page, 'Auswahl der Methode');
    const code = await simulator.codeSentTo(registeredUser.e164, () =>
      dialog.getByRole('button', { name: 'Code senden' }).click(),
    );

    await expect(page.getByText(/^Der Code läuft ab in \d:\d\d$/)).toBeVisible();
    const codeEntry = new CodeEntry(page, 'Einmalcode');
    await codeEntry.enter(wrongCode(code));
    await expect(page.getByText('Ungültiger Code. Noch 4 Versuche.')).toBeVisible();
    await codeEntry.enter(code);
    await expect(page.getByRole('heading', { name: 'Übersicht' })).toBeVisible();
    await page.getByRole('link', { name: 'Profil' }).click();
    await expect(page.getByRole('link', { name: 'Telefonnummer ändern' })).toBeVisible();
    await expectAccessible(page, 'Profil');
  });
});

test('a text that only the WASM shows is in the language of the page', async ({
  page,
  registerPage,
  newUser,
}) => {
  await registerPage.submitDetails(newUser);
  const strength = page.locator('#password-strength');
  await registerPage.password.fill('short');
  await expect(strength).toHaveText('Too short');
  await germanButton(page).click();
  await page.getByLabel('Passwort', { exact: true }).fill('short');
  await expect(strength).toHaveText('Zu kurz');
});

test('forms work when the texts of the WASM do not arrive', async ({
  page,
  pageErrors,
  signInPage,
  registeredUser,
}) => {
  pageErrors.allow(/ERR_FAILED|Failed to fetch/);
  await page.route('**/texts.*.json', (route) => route.abort());
  await signInPage.goto();
  await signInPage.fill(registeredUser);
  await signInPage.notARobot.check();
  // Enter does nothing until the CAPTCHA is solved.
  await expect(signInPage.submit).toBeEnabled();
  await signInPage.password.press('Enter');
  await expect(signInPage.methodDialog).toBeVisible();
});

test('a change of language is kept and does not end the sign-in', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signInCode,
  signingInUser,
}) => {
  await codeEntry.waitUntilReady();
  await germanButton(page).click();
  await expect(page).toHaveURL('/login/verify');
  await expect(page.getByLabel('Einmalcode')).toBeFocused();
  await expect(germanButton(page)).toHaveAttribute('aria-current', 'true');
  expect(await simulator.cancellationCount(signingInUser.e164)).toBe(0);
  await englishButton(page).click();
  await codeEntry.enter(signInCode);
  await dashboardPage.expectUser(signingInUser);
  await germanButton(page).click();
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await expect(page.getByText('Sie sind abgemeldet.')).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the language buttons at the end of the page work', async ({ page }) => {
    await page.goto('/register');
    await germanButton(page).click();
    await expect(page).toHaveURL('/register');
    await expect(page.getByRole('heading', { name: 'Konto anlegen' })).toBeVisible();
  });
});

test('a change of language keeps what was typed, except the password', async ({
  page,
  registerPage,
  signInPage,
  newUser,
}) => {
  await registerPage.goto();
  await registerPage.fillDetails(newUser);
  await germanButton(page).click();
  await expect(page.getByLabel('Vor- und Nachname')).toHaveValue(newUser.fullName);
  await expect(page.getByLabel('Benutzername')).toHaveValue(newUser.username);
  await expect(page.getByLabel('E‑Mail-Adresse')).toHaveValue(newUser.email);
  await englishButton(page).click();
  await expect(page.getByLabel('Full name')).toBeVisible();
  await signInPage.goto();
  await signInPage.fill(newUser);
  await germanButton(page).click();
  await expect(page.getByLabel('Benutzername oder E‑Mail-Adresse')).toHaveValue(newUser.username);
  await expect(page.getByLabel('Passwort', { exact: true })).toHaveValue('');
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(newUser.password);
});

test('a change of language does not store a password that is shown', async ({ page, signInPage, newUser }) => {
  await signInPage.goto();
  await signInPage.fill(newUser);
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(signInPage.password).toHaveAttribute('type', 'text');
  // The page stays open after an answer without content.
  await page.route('**/language', (route) => route.fulfill({ status: 204 }), { times: 1 });
  const posted = waitForPostWithoutPage(page, '/language');
  await germanButton(page).click();
  await posted;
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
  expect(stored).toContain(newUser.username);
  expect(stored).not.toMatch(/password|battery/);
  await page.reload();
  await germanButton(page).click();
  await expect(page.getByLabel('Passwort', { exact: true })).toHaveValue('');
});

test.describe('a browser in New York', () => {
  test.use({ timezoneId: 'America/New_York' });

  test('shows times in its time zone', async ({ page, signedInUser: _ }) => {
    const expectLocal = async (time: Locator, options: Intl.DateTimeFormatOptions) => {
      await expect(time).toHaveAttribute('title', /UTC$/);
      const moment = new Date((await time.getAttribute('datetime')) ?? '');
      const local = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', ...options });
      await expect(time).toHaveText(local.format(moment));
    };
    await page.goto('/profile/history');
    await expectLocal(page.locator('time').first(), { timeStyle: 'short' });
    await page.goto('/profile/recovery-codes');
    await page.getByRole('button', { name: 'Create recovery codes' }).click();
    const exact = { dateStyle: 'long', timeStyle: 'short' } as const;
    await expectLocal(page.locator('.printed time'), exact);
    await page.getByRole('link', { name: 'Done' }).click();
    await expectLocal(page.locator('time').first(), exact);
  });
});
