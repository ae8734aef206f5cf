import { expect, test } from '../fixtures.ts';
import { SessionsPage } from '../pages/sessions_page.ts';

test.use({ timezoneId: 'Asia/Tokyo' });

test('the title of "Last active" is the time in the time zone of the browser', async ({ page, signedInUser: _ }) => {
  const sessionsPage = new SessionsPage(page);
  await sessionsPage.goto();
  const times = sessionsPage.thisDevice.locator('time');
  await expect(times).toHaveCount(2);
  for (const time of await times.all()) {
    const local = await time.evaluate((element: HTMLTimeElement) =>
      new Intl.DateTimeFormat('en-GB', {
        dateStyle: 'long',
        timeStyle: 'short',
        timeZone: 'Asia/Tokyo',
      }).format(new Date(element.dateTime)),
    );
    await expect(time).toHaveAttribute('title', local);
  }
});
