import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

import { defineConfig } from '@playwright/test';

import type { Settings } from './fixtures.ts';

/** Returns the system's Chromium, or undefined to use the browser that Playwright has downloaded. */
function installedBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  // The headless shell has the same engine without the user interface, and needs less time.
  return ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
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
  // A test that passes only at the second attempt hides a defect of the test or of the product.
  retries: 0,
  // More than processors: some tests wait for the time that a browser or the server gives a page.
  workers: 2 * availableParallelism() + 1,
  // Long enough for a test of many pages while other programs use all processors.
  timeout: 90_000,
  // The server cancels the code of a page that was left after 8 seconds, and a busy machine adds seconds to that.
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    locale: 'en-US',
    // A trace of every test would take a third of the time: `npx playwright test --trace on` records one.
    trace: 'off',
    screenshot: 'only-on-failure',
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
      // The width of the screen has no effect on these tests.
      // document_pictures, line_breaks, long_values and small_screen set their own width.
      testIgnore:
        /(captcha|code_(answers|end|length|races|time)|corrections|dead_ends|document_pictures|double_click|email_(code|end)|ended_session|first_visit|gallery_text|language|leaving|line_breaks|live_status|long_values|missing_fields|no_answer|on_screen|outdated_answers|page_titles|phone_(field|page)|scheduled_send|small_screen|start_again|tabs_before|typed_text|undo|wasm_(blocked|start)|web_otp|without_script)[a-z0-9_]*\.spec\.ts$/,
    },
  ],
});
