import { defineConfig } from '@playwright/test';

import tests from './playwright.config.ts';

/** Measures times on a slow phone: see docs/decisions/islands.md. */
export default defineConfig(tests, {
  testDir: 'measurements',
  workers: 1,
  projects: [
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    },
  ],
});
