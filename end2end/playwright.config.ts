import { accessSync, constants } from 'node:fs';
import path from 'node:path';

import { defineConfig } from '@playwright/test';

import type { Settings } from './fixtures.ts';

/** The system's own Chromium; without one, the browser that came with Playwright. */
function installedBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const executablePath = installedBrowser();

export default defineConfig<object, { settings: Settings }>({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env['CI']),
  // On a shared machine a second try tells a busy moment from a broken promise; it is reported.
  retries: process.env['CI'] ? 1 : 0,
  workers: 2,
  // Generous: a journey is many pages, and the machine may be doing other things.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    locale: 'en-US',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    },
    {
      name: 'desktop',
      use: { viewport: { width: 1280, height: 900 } },
      // Time, the network and missing scripts are the same on every screen, and one file is about
      // a small one.
      testIgnore:
        /(captcha|code_(answers|length|time)|leaving|phone_page|small_screen|wasm_blocked|without_script)[a-z_]*\.spec\.ts$/,
    },
  ],
});
