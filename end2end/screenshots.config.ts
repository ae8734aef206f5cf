import { defineConfig } from '@playwright/test';

import tests from './playwright.config.ts';

/** Takes the screenshots of the documents: `make screenshots`. */
export default defineConfig({
  ...tests,
  testDir: 'screenshots',
  projects: [{ name: 'phone', use: { viewport: { width: 390, height: 640 }, deviceScaleFactor: 1.5 } }],
});
