import { defineConfig } from '@playwright/test';

import tests from './playwright.config.ts';

/** Takes the pictures of the documents: `make screenshots`. */
export default defineConfig({
  ...tests,
  testDir: 'screenshots',
  projects: [{ name: 'pictures' }],
});
