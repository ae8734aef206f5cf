import { fileURLToPath } from 'node:url';

import { type Browser, type BrowserContextOptions, type Page, expect } from '@playwright/test';

import { type App, type Settings, startApp } from './app.ts';
import { openGalleryEntry, stopCountdowns } from './gallery.ts';
import { convertToIndexedPng } from './indexed_png.ts';

/** A picture of the documents: one entry of the gallery, in light and in dark colours. */
export interface Picture {
  /** The files are `docs/images/NAME-light.png` and `docs/images/NAME-dark.png`. */
  readonly name: string;
  /** Name of the entry in the gallery. */
  readonly entry: string;
  /** Width of the window in CSS pixels. */
  readonly width: number;
  /** Height of the window in CSS pixels. */
  readonly height: number;
  /** Pixels of the picture for each CSS pixel. */
  readonly scale: number;
  /** Whether the page has the name, logo and accent colour of `docs/theming.md`. */
  readonly branded?: boolean;
  /** Digits that are typed into the code field before the picture is taken. */
  readonly typedDigits?: string;
}

export type Theme = 'light' | 'dark';
export const THEMES: readonly Theme[] = ['light', 'dark'];

const PHONE = { width: 390, scale: 2 };
const DESKTOP = { width: 860, scale: 1.25 };

/** Each height ends between two parts of the page, so that no text is cut. */
export const PICTURES: readonly Picture[] = [
  { name: 'method-dialog', entry: 'method-dialog', ...PHONE, height: 680 },
  { name: 'code-entry', entry: 'code-sent', ...PHONE, height: 680, typedDigits: '042' },
  { name: 'dashboard', entry: 'dashboard', ...DESKTOP, height: 664 },
  { name: 'payment', entry: 'payment-code', ...PHONE, height: 785 },
  { name: 'history', entry: 'history', ...DESKTOP, height: 728 },
  { name: 'branded-sign-in', entry: 'sign-in', ...DESKTOP, height: 900, branded: true },
];

/** Settings of the app that shows the pictures. */
const PLAIN: Settings = { SALLYPORT_CAPTCHA_COST: '1' };

/** Returns the absolute path of a file of the repository. */
function repositoryPath(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

/** The brand of `docs/theming.md`. Its logo and icon are in `end2end/screenshots/`. */
const BRANDED: Settings = {
  ...PLAIN,
  SALLYPORT_BRAND_NAME: 'Acme Bank',
  SALLYPORT_BRAND_SMS_NAME: 'Acme Bank',
  SALLYPORT_BRAND_LOGO: repositoryPath('end2end/screenshots/acme-light.svg'),
  SALLYPORT_BRAND_LOGO_DARK: repositoryPath('end2end/screenshots/acme-dark.svg'),
  SALLYPORT_BRAND_ACCENT_LIGHT: '#7a1f5c',
  SALLYPORT_BRAND_SUPPORT_URL: 'https://www.example.com/help',
  SALLYPORT_BRAND_IMPRINT_URL: 'https://www.example.com/imprint',
  SALLYPORT_BRAND_PRIVACY_URL: 'https://www.example.com/privacy',
  SALLYPORT_BRAND_SIGN_IN_TEXT_EN: 'Sign in with your customer account.',
  SALLYPORT_BRAND_FOOTER_TEXT_EN: 'Acme Bank, 1 High Street, London',
};

/** Returns the path of a picture. */
export function picturePath({ name }: Picture, theme: Theme): string {
  return repositoryPath(`docs/images/${name}-${theme}.png`);
}

/** Returns the path of the accessibility tree that the page had when its picture was taken. */
export function pictureTextPath({ name }: Picture): string {
  return repositoryPath(`end2end/screenshots/${name}.aria.yml`);
}

/** Opens the page of a picture. Fixes everything that can change the picture, except fonts and the browser. */
async function openPicture(browser: Browser, app: App, picture: Picture, theme: Theme): Promise<Page> {
  const { entry, width, height, scale, typedDigits } = picture;
  const options: BrowserContextOptions = {
    baseURL: app.origin,
    viewport: { width, height },
    deviceScaleFactor: scale,
    // A context inherits the options of its project, and the projects of the tests differ.
    isMobile: false,
    hasTouch: false,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
  };
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await stopCountdowns(page);
  await openGalleryEntry(page, entry, 'en');
  // The proof of work says "Preparing…" until it is solved.
  await expect(page.locator('[data-state="preparing"]')).toHaveCount(0);
  if (typedDigits !== undefined) {
    await page.getByRole('textbox', { name: 'One-time code' }).pressSequentially(typedDigits);
  }
  return page;
}

/** Opens the page of each picture with or without a brand, in each theme, and calls `action` with it. */
export async function forEachPicture(
  browser: Browser,
  branded: boolean,
  action: (page: Page, picture: Picture, theme: Theme) => Promise<void>,
): Promise<void> {
  const app = await startApp(branded ? BRANDED : PLAIN);
  try {
    for (const picture of PICTURES.filter((candidate) => (candidate.branded ?? false) === branded)) {
      for (const theme of THEMES) {
        const page = await openPicture(browser, app, picture, theme);
        await action(page, picture, theme);
        await page.context().close();
      }
    }
  } finally {
    await app.stop();
  }
}

/** Returns the accessibility tree of the page, with one role or text in each line. */
export async function readPageText(page: Page): Promise<string> {
  return `${await page.locator('body').ariaSnapshot()}\n`;
}

/**
 * Returns colours of the page that a picture of it contains as `rgb(R, G, B)`: accent, headings, and what is behind
 * them. In a picture of a dialog these are the colours of the dialog.
 */
export async function readPageColours(page: Page): Promise<string[]> {
  const heading = page.getByRole('dialog').or(page.locator('main')).last().getByRole('heading').first();
  return heading.evaluate((element) => {
    let behind: Element | null = element;
    const transparent = 'rgba(0, 0, 0, 0)';
    while (behind !== null && getComputedStyle(behind).backgroundColor === transparent) behind = behind.parentElement;
    const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    const channels = [1, 3, 5].map((at) => Number.parseInt(accent.slice(at, at + 2), 16));
    const background = getComputedStyle(behind ?? document.documentElement).backgroundColor;
    return [`rgb(${channels.join(', ')})`, getComputedStyle(element).color, background];
  });
}

/** Takes a picture of the window as a PNG file with few colours. */
export async function takePicture(browser: Browser, page: Page): Promise<Buffer> {
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'device' });
  const converter = await browser.newPage();
  const indexed = await convertToIndexedPng(converter, png);
  await converter.close();
  return indexed;
}
