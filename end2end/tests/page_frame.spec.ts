import { expect, test } from '../fixtures.ts';

test('each page has its title in plain text', async ({ page, signedInUser: _ }) => {
  for (const [path, title] of [
    ['/dashboard', 'Dashboard – Sallyport'],
    ['/profile', 'Profile – Sallyport'],
    ['/payments', 'Payments – Sallyport'],
    ['/profile/sessions', "Where you're signed in – Sallyport"],
    ['/profile/history', 'Security history – Sallyport'],
    ['/payments/new', 'New payment – Sallyport'],
  ] as const) {
    await page.goto(path);
    await expect(page).toHaveTitle(title);
  }
  await page.context().clearCookies();
  for (const [path, title] of [
    ['/login', 'Sign in – Sallyport'],
    ['/register', 'Create your account – Sallyport'],
  ] as const) {
    await page.goto(path);
    await expect(page).toHaveTitle(title);
  }
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

for (const colorScheme of ['light', 'dark'] as const) {
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
