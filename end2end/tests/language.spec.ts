import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { expectAccessible } from '../support/accessibility.ts';

const german = (page: Page) => page.getByRole('button', { name: 'Deutsch' });

test.describe('a browser that asks for German', () => {
  test.use({ locale: 'de-DE' });

  test('is spoken to in German by pages and islands alike', async ({
    page,
    simulator,
    member,
  }) => {
    await page.goto('/login');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await page.getByLabel('Benutzername oder E-Mail-Adresse').fill(member.username);
    await page.getByLabel('Passwort', { exact: true }).fill('not her password');
    await page.getByLabel('Ich bin kein Roboter').check();
    await page.getByRole('button', { name: 'Absenden' }).click();
    await expect(page.getByText(/^Benutzername oder Passwort ist falsch\./)).toBeVisible();
    await page.getByLabel('Passwort', { exact: true }).fill(member.password);
    await page.getByRole('button', { name: 'Absenden' }).click();
    const dialog = page.getByRole('dialog', { name: 'Bestätigungsmethode wählen' });
    await expect(dialog).toBeVisible();
    await expectAccessible(page, 'Auswahl der Methode');
    await dialog.getByRole('button', { name: 'Code senden' }).click();

    await expect(page.getByText(/^Der Code läuft ab in \d:\d\d$/)).toBeVisible();
    await expect(page.locator('.boxes .box').first()).toBeVisible();
    const code = page.getByLabel('Einmalcode');
    await code.pressSequentially(await simulator.wrongCode(member.e164));
    await expect(page.getByText('Ungültiger Code. Noch 4 Versuche.')).toBeVisible();
    await code.pressSequentially(await simulator.code(member.e164));
    await expect(page.getByRole('heading', { name: 'Übersicht' })).toBeVisible();
    await page.getByRole('link', { name: 'Profil' }).click();
    await expect(page.getByRole('link', { name: 'Telefonnummer ändern' })).toBeVisible();
    await expectAccessible(page, 'Profil');
  });
});

test('a choice of language is kept, and the step with it', async ({
  page,
  codeEntry,
  dashboardPage,
  simulator,
  signingIn,
}) => {
  await codeEntry.ready();
  await german(page).click();
  await expect(page).toHaveURL('/login/verify');
  await expect(page.getByLabel('Einmalcode')).toBeFocused();
  await expect(german(page)).toHaveAttribute('aria-current', 'true');
  expect(await simulator.cancellations(signingIn.e164)).toBe(0);
  await page.getByRole('button', { name: 'English' }).click();
  await codeEntry.enter(await simulator.code(signingIn.e164));
  await dashboardPage.shows(signingIn);
  await german(page).click();
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await expect(page.getByText('Sie sind abgemeldet.')).toBeVisible();
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('the language is chosen at the foot of the page', async ({ page }) => {
    await page.goto('/register');
    await german(page).click();
    await expect(page).toHaveURL('/register');
    await expect(page.getByRole('heading', { name: 'Konto anlegen' })).toBeVisible();
  });
});
