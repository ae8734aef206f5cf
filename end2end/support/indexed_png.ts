import { deflateSync } from 'node:zlib';

import type { Page } from '@playwright/test';

/** A picture whose pixels are places in a palette of colours. */
interface IndexedPicture {
  readonly width: number;
  readonly height: number;
  /** The colours, as `0xRRGGBB`. */
  readonly palette: readonly number[];
  /** For each pixel its place in the palette, in base64. */
  readonly pixels: string;
}

/** Number of colours in a picture: enough for the large areas of a page and for the shades at the edges of letters. */
const COLOURS = 64;

/** Reads a PNG file in the browser and gives it a palette of its most frequent colours, which stay exact. */
async function indexColours(page: Page, png: Buffer): Promise<IndexedPicture> {
  return page.evaluate(
    async ([source, limit]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${source}`;
      await image.decode();
      const [width, height] = [image.naturalWidth, image.naturalHeight];
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const drawing = canvas.getContext('2d');
      if (drawing === null) throw new Error('no canvas');
      drawing.drawImage(image, 0, 0);
      const { data } = drawing.getImageData(0, 0, width, height);
      const byte = (at: number): number => data[at] ?? 0;
      const colours = Uint32Array.from({ length: width * height }, (_, pixel) => {
        const at = 4 * pixel;
        return (byte(at) << 16) | (byte(at + 1) << 8) | byte(at + 2);
      });
      const counts = new Map<number, number>();
      for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
      const byCount = [...counts].sort(([one, a], [other, b]) => b - a || one - other);
      const palette = byCount.slice(0, limit).map(([colour]) => colour);
      const distance = (one: number, other: number): number =>
        [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);
      const places = new Map<number, number>();
      for (const colour of counts.keys()) {
        const distances = palette.map((entry) => distance(entry, colour));
        places.set(colour, distances.indexOf(Math.min(...distances)));
      }
      let pixels = '';
      for (const colour of colours) pixels += String.fromCharCode(places.get(colour) ?? 0);
      return { width, height, palette, pixels: btoa(pixels) };
    },
    [png.toString('base64'), COLOURS] as const,
  );
}

/** Returns the checksum of a PNG chunk (PNG, Annex D). */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Returns a chunk of a PNG file: length, type, content and checksum. */
function createPngChunk(type: string, content: Buffer): Buffer {
  const checked = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(checked));
  return Buffer.concat([length, checked, checksum]);
}

/**
 * Converts a PNG file to one with a palette, which has about a quarter of the size. `page` is an empty page: the content
 * security policy of another page could refuse `data:` images.
 */
export async function convertToIndexedPng(page: Page, png: Buffer): Promise<Buffer> {
  const { width, height, palette, pixels } = await indexColours(page, png);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Header of a PNG file with eight bits for each pixel and a palette of colours.
  header.writeUInt8(8, 8);
  header.writeUInt8(3, 9);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const places = Buffer.from(pixels, 'base64');
  // Each row begins with the number of its filter: 0 is none.
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row++) {
    places.copy(rows, row * (width + 1) + 1, row * width, (row + 1) * width);
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    createPngChunk('IHDR', header),
    createPngChunk('PLTE', colours),
    createPngChunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    createPngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Size and palette of a PNG file that `convertToIndexedPng` wrote. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** The colours, as `rgb(R, G, B)`. */
  readonly colours: readonly string[];
}

/** Reads size and palette of a PNG file that `convertToIndexedPng` wrote. */
export function readIndexedPng(file: Buffer): PngHeader {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  // The header chunk ends at byte 33, and the palette follows.
  const length = file.readUInt32BE(33);
  if (file.toString('latin1', 37, 41) !== 'PLTE') throw new Error('the picture has no palette');
  const colours: string[] = [];
  for (let at = 41; at < 41 + length; at += 3) {
    colours.push(`rgb(${file.readUInt8(at)}, ${file.readUInt8(at + 1)}, ${file.readUInt8(at + 2)})`);
  }
  return { width, height, colours };
}
