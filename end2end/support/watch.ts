import type { BrowserContext } from '@playwright/test';

import type { App } from './app.ts';

/**
 * Notes everything a page should never do: errors in the console, uncaught exceptions, breaches
 * of the content security policy, and requests to anybody else.
 */
export class Watch {
  readonly #seen: string[] = [];
  readonly #allowed: RegExp[] = [];

  /** What a test brings about on purpose. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  get troubles(): string[] {
    return this.#seen.filter((trouble) => !this.#allowed.some((pattern) => pattern.test(trouble)));
  }

  async over(context: BrowserContext, app: App): Promise<void> {
    context.on('console', (message) => {
      // An island without its code is only a warning to the framework, and a dead form to a person.
      if (message.type() === 'error' || message.text().includes('Could not find WASM function')) {
        this.#seen.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => {
      this.#seen.push(`exception: ${error.error().message}`);
    });
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const ours = origin === app.origin || origin === app.simulator;
      if (!ours && !['data:', 'blob:', 'about:'].includes(protocol)) {
        this.#seen.push(`request to a third party: ${request.url()}`);
      }
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`);
      });
    });
  }
}
