import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from '@playwright/test';

import {
  PICTURES,
  THEMES,
  forEachPicture,
  picturePath,
  pictureTextPath,
  readPageColours,
  readPageText,
} from '../support/document_pictures.ts';
import { readIndexedPng } from '../support/indexed_png.ts';

/** The largest size of all pictures of the documents together, in bytes. */
const LARGEST_TOTAL = 600_000;
const HINT = 'run `make screenshots` and look at the picture';

// docs/decisions/page-text-in-tests.md has the reason for text, size and colours instead of pixels.
for (const branded of [false, true]) {
  test(`the pictures of the documents show the current pages, ${branded ? 'with' : 'without'} a brand`, async ({
    browser,
  }) => {
    await forEachPicture(browser, branded, async (page, picture, theme) => {
      const about = `${picture.name}, ${theme}: ${HINT}`;
      const { width, height, colours } = readIndexedPng(await readFile(picturePath(picture, theme)));
      expect.soft([width, height], about).toEqual([
        Math.round(picture.width * picture.scale),
        Math.round(picture.height * picture.scale),
      ]);
      const text = await readFile(pictureTextPath(picture), 'utf8');
      expect.soft(await readPageText(page), about).toBe(text);
      expect.soft(colours, about).toEqual(expect.arrayContaining(await readPageColours(page)));
    });
  });
}

test('the documents have no other pictures, and the pictures are small', async () => {
  const files = PICTURES.flatMap((picture) => THEMES.map((theme) => picturePath(picture, theme)));
  const folder = path.dirname(files[0] ?? '');
  expect((await readdir(folder)).sort()).toEqual(files.map((file) => path.basename(file)).sort());
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const total = contents.reduce((sum, content) => sum + content.length, 0);
  expect(total, 'bytes of all pictures').toBeLessThan(LARGEST_TOTAL);
});
