import { AxeBuilder } from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Expects no finding on the page as it stands, in light and in dark. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Without frames in our pages, axe needs no second page to gather its findings in.
    const axe = new AxeBuilder({ page }).withTags(LEVELS).setLegacyMode(true);
    const { violations } = await axe.analyze();
    const found = violations.map(({ id, nodes }) => ({
      id,
      where: nodes.map((node) => `${node.target}: ${node.failureSummary}`),
    }));
    expect.soft(found, `${state}, ${colorScheme}`).toEqual([]);
  }
}

/** Everything a finger has to hit on this page: what is there, and how large. */
export async function targets(page: Page): Promise<{ what: string; height: number }[]> {
  const controls = 'button, a.button, a.brand, .actions a, input:not([type=hidden])';
  return page.locator(controls).evaluateAll((elements) =>
    elements
      // A tick or a choice is hit by its whole label; a wide field around a button is not one.
      .map((element) => {
        const box = element instanceof HTMLInputElement && /checkbox|radio/.test(element.type);
        return box ? (element.closest('label') ?? element) : element;
      })
      .filter((element) => element.checkVisibility())
      .map((element) => ({
        what: element.textContent?.trim() || element.id,
        height: Math.round(element.getBoundingClientRect().height),
      })),
  );
}
