import { AxeBuilder } from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Rules of axe that depend on colours. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * Expects no accessibility violation in the current state of the page, in light and dark colours.
 * The dark colours need the colour rules only: accessibility.spec.ts tests that the dark colour
 * scheme changes nothing but colours.
 */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  // The address of a page changes before the document has loaded.
  await page.waitForLoadState();
  // The pages have no frames, so axe needs no second page to merge the results of frames.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await axe.withTags(LEVELS).analyze();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await axe.withRules(COLOUR_RULES).analyze();
  for (const [colours, { violations }] of Object.entries({ light, dark })) {
    const findings = violations.map(({ id, nodes }) => ({
      id,
      where: nodes.map((node) => `${node.target}: ${node.failureSummary}`),
    }));
    expect.soft(findings, `${state}, ${colours}`).toEqual([]);
  }
}

/** Returns the name and the height in pixels of every visible touch target on the page. */
export async function touchTargets(page: Page): Promise<{ name: string; height: number }[]> {
  await page.waitForLoadState();
  const links = 'a.button, a.brand, .actions a, main p > a, .records a';
  const controls = `button, ${links}, input:not([type=hidden])`;
  return page.locator(controls).evaluateAll((elements) =>
    elements
      // The touch target of a checkbox or radio button is its whole label.
      .map((element) => {
        const labelled = element instanceof HTMLInputElement && /checkbox|radio/.test(element.type);
        return labelled ? (element.closest('label') ?? element) : element;
      })
      .filter((element) => element.checkVisibility())
      .map((element) => ({
        name: element.textContent?.trim() || element.id,
        height: Math.round(element.getBoundingClientRect().height),
      })),
  );
}
