import { writeFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import {
  forEachPicture,
  picturePath,
  pictureTextPath,
  readPageColours,
  readPageText,
  takePicture,
} from '../support/document_pictures.ts';
import { readIndexedPng } from '../support/indexed_png.ts';

for (const branded of [false, true]) {
  test(`the pictures of the documents are taken, ${branded ? 'with' : 'without'} a brand`, async ({ browser }) => {
    await forEachPicture(browser, branded, async (page, picture, theme) => {
      const file = await takePicture(browser, page);
      // The palette keeps the colours that the browser test compares.
      const expected = expect.arrayContaining(await readPageColours(page));
      expect(readIndexedPng(file).colours, `${picture.name}, ${theme}`).toEqual(expected);
      await writeFile(picturePath(picture, theme), file);
      await writeFile(pictureTextPath(picture), await readPageText(page));
    });
  });
}
