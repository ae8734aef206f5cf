import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';

/** Pages of a signed-in user, and their titles. */
const SIGNED_IN_PAGES = [
  ['/dashboard', 'Dashboard – Sallyport'],
  ['/profile', 'Profile – Sallyport'],
  ['/payments', 'Payments – Sallyport'],
  ['/profile/sessions', "Where you're signed in – Sallyport"],
  ['/profile/history', 'Security history – Sallyport'],
  ['/payments/new', 'New payment – Sallyport'],
] as const;

/** Pages before the sign-in, and their titles. */
const SIGNED_OUT_PAGES = [
  ['/login', 'Sign in – Sallyport'],
  ['/register', 'Create your account – Sallyport'],
  ['/forgot-password', 'Forgot your password? – Sallyport'],
] as const;

test('each page has its title in plain text', async ({ page, signedInUser: _ }) => {
  for (const [path, title] of SIGNED_IN_PAGES) {
    await page.goto(path);
    await expect(page).toHaveTitle(title);
  }
  await page.context().clearCookies();
  for (const [path, title] of SIGNED_OUT_PAGES) {
    await page.goto(path);
    await expect(page).toHaveTitle(title);
  }
});

/** Loads a page, and expects its description, its toolbar colours, and no nonce in a tag with `crossorigin`. */
async function expectHeadTags(page: Page, path: string): Promise<void> {
  const response = await page.goto(path);
  await expect(page).toHaveURL(path);
  const description = page.locator('head meta[name=description]');
  await expect(description).toHaveAttribute('content', /^Sign in to Sallyport/);
  for (const scheme of ['light', 'dark']) {
    const colour = page.locator(`head meta[name=theme-color][media="(prefers-color-scheme: ${scheme})"]`);
    await expect(colour).toHaveAttribute('content', /^#[0-9a-f]{6}$/);
  }
  // Browsers hide the nonce from scripts, so the tags of the document are read.
  const html = (await response?.text()) ?? '';
  const policy = response?.headers()['content-security-policy'] ?? '';
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  expect(html, path).toContain(` nonce="${nonce}"`);
  const tags = html.match(/<[^>]*\scrossorigin\b[^>]*>/g) ?? [];
  expect(tags.filter((tag) => tag.includes(nonce)), path).toEqual([]);
}

test('each page has a description, toolbar colours of both themes, and no nonce in "crossorigin"', async ({
  page,
  signedInUser: _,
}) => {
  for (const [path] of SIGNED_IN_PAGES) await expectHeadTags(page, path);
  await page.context().clearCookies();
  for (const [path] of SIGNED_OUT_PAGES) await expectHeadTags(page, path);
});

test('the icon is served at the address that browsers guess', async ({ request }) => {
  const response = await request.get('/favicon.ico');
  expect(response.status()).toBe(200);
  expect(response.headers()['content-type']).toBe('image/x-icon');
});

test('only the pages of a signed-in user have the navigation "Account"', async ({
  page,
  signedInUser: _,
}) => {
  const account = page.getByRole('navigation', { name: 'Account' });
  await expect(account.getByRole('link')).toHaveText(['Payments', 'Profile']);
  await page.context().clearCookies();
  await page.goto('/login');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('navigation')).toHaveCount(0);
});

test('the language buttons are a group inside a form', async ({ page }) => {
  await page.goto('/login');
  await expect(page.getByRole('group', { name: 'Language' }).getByRole('button')).toHaveCount(6);
  await expect(page.locator('form[role]')).toHaveCount(0);
});

for (const [width, card] of [
  [360, 328],
  [1280, 416],
] as const) {
  test(`the pages before the sign-in have one column of ${card} pixels at ${width} pixels`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: 800 });
    for (const [path] of SIGNED_OUT_PAGES) {
      await page.goto(path);
      const box = await page.locator('.card').first().boundingBox();
      expect.soft(box?.width, path).toBe(card);
    }
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the toolbar of the browser has the colour of the page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto('/login');
      const [toolbar, behindPage] = await page.evaluate(() => {
        const tags = [...document.querySelectorAll('meta[name=theme-color]')];
        const used = tags.find((tag) => matchMedia(tag.getAttribute('media') ?? '').matches);
        const sample = document.createElement('p');
        sample.style.color = used?.getAttribute('content') ?? '';
        document.body.append(sample);
        return [
          getComputedStyle(sample).color,
          getComputedStyle(document.documentElement).backgroundColor,
        ];
      });
      expect.soft(toolbar, `${width} pixels`).toBe(behindPage);
    }
  });

  test(`an error page has the look of the other pages in ${colorScheme} colours`, async ({
    page,
    pageErrors,
  }) => {
    pageErrors.allow(/status of 40/);
    await page.emulateMedia({ colorScheme });
    const response = await page.goto('/verification/events');
    expect(response?.status()).toBe(404);
    const style = await page.locator('main').evaluate((main) => {
      const { borderRadius, backgroundColor } = getComputedStyle(main);
      return { borderRadius, backgroundColor, font: getComputedStyle(document.body).fontFamily };
    });
    expect(style.borderRadius).toBe('16px');
    expect(style.font).toContain('system-ui');
    expect(style.backgroundColor).toBe(
      colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(23, 30, 40)',
    );
  });
}
