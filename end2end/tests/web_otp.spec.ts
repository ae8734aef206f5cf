import type { Page } from '@playwright/test';

import { expect, test } from '../fixtures.ts';
import { nextFrames } from '../support/held_answers.ts';

/** Simulates the WebOTP API of a page: a desktop browser receives no text messages. */
class WebOtp {
  constructor(readonly page: Page) {}

  /** Replaces the API on every page that is opened from now on. */
  async install(): Promise<void> {
    await this.page.addInitScript(() => {
      const requests: ((credential: { code: string }) => void)[] = [];
      const store = { requests, transports: [] as string[][] };
      Object.assign(window, { webOtp: store, OTPCredential: class {} });
      navigator.credentials.get = (options) => {
        const { otp, signal } = options as { otp: { transport: string[] }; signal: AbortSignal };
        store.transports.push(otp.transport);
        return new Promise((resolve, reject) => {
          requests.push((credential) => resolve(credential as unknown as Credential));
          signal.addEventListener('abort', () => {
            const ended = Number(sessionStorage.getItem('ended') ?? '0') + 1;
            sessionStorage.setItem('ended', String(ended));
            reject(signal.reason as Error);
          });
        });
      };
    });
  }

  /** Returns the transports of each request, in order. */
  transports(): Promise<string[][]> {
    return this.page.evaluate(
      () => (window as unknown as { webOtp: { transports: string[][] } }).webOtp.transports,
    );
  }

  /** Returns how many requests the pages of this tab have ended. */
  endedRequests(): Promise<number> {
    return this.page.evaluate(() => Number(sessionStorage.getItem('ended') ?? '0'));
  }

  /** Answers the newest request, as a browser does after the user's consent. */
  async receive(code: string): Promise<void> {
    await this.page.evaluate((code) => {
      const { webOtp } = window as unknown as {
        webOtp: { requests: ((credential: { code: string }) => void)[] };
      };
      webOtp.requests.at(-1)?.({ code });
    }, code);
  }
}

test('the code of a text message that is bound to the site is entered and submitted', async ({
  page,
  dashboardPage,
  registeredUser,
  signInCode,
}) => {
  const webOtp = new WebOtp(page);
  await webOtp.install();
  await page.goto('/login/verify');
  await expect.poll(() => webOtp.transports()).toEqual([['sms']]);
  await webOtp.receive(signInCode);
  await dashboardPage.expectUser(registeredUser);
});

test('a new text message starts another request for a code and ends the earlier request', async ({
  page,
  codeEntry,
  dashboardPage,
  registeredUser,
  signInCode: _,
  simulator,
}) => {
  const webOtp = new WebOtp(page);
  await webOtp.install();
  await page.goto('/login/verify');
  await expect.poll(() => webOtp.transports()).toHaveLength(1);
  await simulator.advanceClock(30);
  await codeEntry.simulateTabReturn();
  const code = await simulator.codeSentTo(registeredUser.e164, () => codeEntry.requestNewCode());
  await expect.poll(() => webOtp.transports()).toEqual([['sms'], ['sms']]);
  expect(await webOtp.endedRequests()).toBe(1);
  await webOtp.receive(code);
  await dashboardPage.expectUser(registeredUser);
});

test('a page that the user leaves ends its request for a code', async ({ page, signInCode: _ }) => {
  const webOtp = new WebOtp(page);
  await webOtp.install();
  await page.goto('/login/verify');
  await expect.poll(() => webOtp.transports()).toHaveLength(1);
  await page.goto('/register');
  expect(await webOtp.endedRequests()).toBe(1);
});

test('a code of the wrong length is not submitted', async ({
  page,
  codeEntry,
  registeredUser,
  signInCode: _,
  simulator,
}) => {
  const webOtp = new WebOtp(page);
  await webOtp.install();
  await page.goto('/login/verify');
  await expect.poll(() => webOtp.transports()).toHaveLength(1);
  const checks: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/verification/check')) checks.push(request.url());
  });
  await webOtp.receive('1234');
  await expect(codeEntry.input).toHaveValue('1234');
  await expect(codeEntry.submit).toBeEnabled();
  await nextFrames(page);
  expect(checks).toEqual([]);
  const calls = await simulator.calls(registeredUser.e164);
  // The registration made the only check.
  expect(calls.filter((call) => call.operation === 'check')).toHaveLength(1);
});
