import type { BrowserContext } from '@playwright/test';

import type { App } from './app.ts';

/**
 * Records what no page of the app may cause: console errors, uncaught exceptions, violations of the
 * content security policy, and requests to other servers.
 */
export class PageErrors {
  readonly #recorded: string[] = [];
  readonly #allowed: RegExp[] = [];

  /** Ignores errors that match `pattern`, because the test causes them on purpose. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  /** Ignores that an entry of the gallery cannot reach the server: `src/web/gallery/mod.rs`. */
  allowGalleryErrors(): void {
    this.allow(/policy: connect-src|Content Security Policy/);
  }

  /** Recorded errors that the test has not allowed. */
  get unexpected(): string[] {
    return this.#recorded.filter((error) => !this.#allowed.some((pattern) => pattern.test(error)));
  }

  /** Starts to record the errors of every page of `context`. */
  async record(context: BrowserContext, app: App): Promise<void> {
    context.on('console', (message) => {
      if (message.type() === 'error') {
        this.#recorded.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => {
      this.#recorded.push(`exception: ${error.error().message}`);
    });
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const ours = origin === app.origin || origin === app.simulator;
      if (!ours && !['data:', 'blob:', 'about:'].includes(protocol)) {
        this.#recorded.push(`request to a third party: ${request.url()}`);
      }
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`);
      });
    });
  }
}
