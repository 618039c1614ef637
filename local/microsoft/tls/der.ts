/** The few DER encodings an X.509 certificate needs (ITU-T X.690); each function gives a complete tag, length and value. */
const encode = (tag: number, ...content: Uint8Array[]): Buffer => {
  const value = Buffer.concat(content);
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  const digits = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, value]);
};

export const sequence = (...items: Uint8Array[]): Buffer => encode(0x30, ...items);
export const set = (...items: Uint8Array[]): Buffer => encode(0x31, ...items);
export const isTrue = encode(0x01, Buffer.from([0xff]));
export const octets = (content: Uint8Array): Buffer => encode(0x04, content);
export const utf8 = (text: string): Buffer => encode(0x0c, Buffer.from(text));

/** Big-endian bytes of a number that is not negative; the first bit must be clear. */
export const integer = (...bytes: number[]): Buffer => encode(0x02, Buffer.from(bytes));

export const bits = (content: Uint8Array, unused = 0): Buffer => encode(0x03, Buffer.from([unused]), content);

/** Context-specific tag around complete encodings. */
export const explicit = (tag: number, ...items: Uint8Array[]): Buffer => encode(0xa0 | tag, ...items);

/** Context-specific tag in place of a primitive's own. */
export const implicit = (tag: number, content: Uint8Array): Buffer => encode(0x80 | tag, content);

/** Two-digit years: good until 2049. */
export const utcTime = (time: Date): Buffer =>
  encode(
    0x17,
    Buffer.from(
      `${time
        .toISOString()
        .replace(/[-:T]|\..*$/g, '')
        .slice(2)}Z`,
    ),
  );

/** From dotted text. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...arcs.flatMap(base128)];
  return encode(0x06, Buffer.from(bytes));
}

function base128(arc: number): number[] {
  const digits = [arc % 0x80];
  for (let rest = Math.floor(arc / 0x80); rest > 0; rest = Math.floor(rest / 0x80))
    digits.unshift((rest % 0x80) | 0x80);
  return digits;
}
