// Is this a picture Telegram would take? PNG is read whole: chunk checksums, and pixels of just the right number.
import { inflateSync } from 'node:zlib';
import { refusal, violation } from './errors.mjs';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const CRC = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes) {
  let c = -1;
  for (const b of bytes) c = CRC[(c ^ b) & 255] ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}

function* chunks(bytes) {
  let at = PNG.length;
  while (at < bytes.length) {
    const length = at + 12 <= bytes.length ? bytes.readUInt32BE(at) : Infinity;
    if (at + 12 + length > bytes.length) throw new Error('a chunk is cut off');
    const typed = bytes.subarray(at + 4, at + 8 + length);
    if (crc32(typed) !== bytes.readUInt32BE(at + 8 + length)) throw new Error('a chunk has a wrong checksum');
    at += 12 + length;
    yield { type: typed.subarray(0, 4).toString('latin1'), data: typed.subarray(4), last: at === bytes.length };
  }
}

/** Reads a PNG and checks it: {width, height, depth, color}. Throws an Error that says what is wrong. */
export function readPng(bytes) {
  if (!bytes.subarray(0, 8).equals(PNG)) throw new Error('no PNG signature');
  const all = [...chunks(bytes)];
  if (all[0]?.type !== 'IHDR' || all[0].data.length !== 13) throw new Error('it does not start with IHDR');
  if (all.at(-1).type !== 'IEND') throw new Error('it does not end with IEND');
  const head = all[0].data;
  const [width, height, depth, color, interlace] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9], head[12]];
  if (!CHANNELS[color] || width === 0 || height === 0) throw new Error('its header is nonsense');
  if (color === 3 && !all.some((c) => c.type === 'PLTE')) throw new Error('indexed colours without a palette');
  const pixels = inflateSync(Buffer.concat(all.filter((c) => c.type === 'IDAT').map((c) => c.data)));
  const wanted = height * (1 + Math.ceil((width * CHANNELS[color] * depth) / 8));
  if (interlace === 0 && pixels.length !== wanted) throw new Error(`${pixels.length} bytes of pixels, not ${wanted}`);
  return { width, height, depth, color };
}

function jpegSize(bytes) {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  throw new Error('no size in the JPEG');
}

/** The size of a photo within Telegram's limits: 10 MB, width + height at most 10000, ratio at most 20. */
export function photoSize(bytes) {
  if (bytes.length > 10 << 20) throw refusal('file is too big for a photo: at most 10 MB');
  let size;
  try {
    size = bytes[0] === 0xff && bytes[1] === 0xd8 ? jpegSize(bytes) : readPng(bytes);
  } catch (error) {
    throw violation(`IMAGE_PROCESS_FAILED: ${error.message}`);
  }
  const { width, height } = size;
  if (width + height > 10000 || Math.max(width, height) > 20 * Math.min(width, height)) throw violation('PHOTO_INVALID_DIMENSIONS');
  return { width, height };
}
