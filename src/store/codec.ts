import { Deserializer, Serializer } from "node:v8";

/*
 * Values travel as V8's structured clone. Long typed arrays are kept out of it and follow behind, so that they are
 * neither copied when they are written nor when they are read. The format is docs/formats/store.md, "Values".
 */

/** Typed arrays of at least this many bytes are kept apart. */
const APART_BYTES = 64 * 1024;
const ALIGNMENT = 8;
const APART_FLAG = 0x80;

/** Never reorder: places in this list are part of the format. */
const VIEW_NAMES = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
  "Float16Array",
] as const;

type ViewConstructor = {
  new (buffer: ArrayBuffer, offset?: number, length?: number): ArrayBufferView;
  readonly prototype: object;
  readonly BYTES_PER_ELEMENT?: number;
};

function viewConstructor(name: string): ViewConstructor | undefined {
  return (globalThis as unknown as Readonly<Record<string, ViewConstructor | undefined>>)[name];
}

type ViewName = (typeof VIEW_NAMES)[number];

const VIEW_PROTOTYPES: ReadonlyMap<object, ViewName> = new Map(
  VIEW_NAMES.flatMap((name) => {
    const type = viewConstructor(name);
    return type === undefined ? [] : [[type.prototype, name] as const];
  }),
);
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/** The built-in class of a typed array; undefined for classes that are derived from one. */
export function viewNameOf(view: ArrayBufferView): ViewName | undefined {
  const name = VIEW_PROTOTYPES.get(Object.getPrototypeOf(view));
  const tag = (tagOf?.call(view) as string | undefined) ?? "DataView";
  return tag === (name === "Buffer" ? "Uint8Array" : name) ? name : undefined;
}

/** Length of V8's part, then of each typed array that is kept apart. */
export type Layout = readonly number[];

/** How many bytes a value of this layout takes. */
export function layoutBytes(layout: Layout): number {
  return layout.reduce((bytes, length) => padded(bytes) + length, 0);
}

/** A value as it is stored: pieces that follow each other. */
export interface EncodedValue {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly layout: Layout;
}

class ValueSerializer extends Serializer {
  readonly apart: Uint8Array[] = [];

  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
    this.writeHeader();
  }

  // The name is V8's.
  _writeHostObject(view: ArrayBufferView): void {
    const name = viewNameOf(view);
    if (name === undefined) throw new TypeError("A typed array of a class of its own cannot be stored.");
    const type = VIEW_NAMES.indexOf(name);
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (bytes.length < APART_BYTES) {
      this.writeUint32(type);
      this.writeUint32(bytes.length);
      this.writeRawBytes(bytes);
    } else {
      this.writeUint32(type | APART_FLAG);
      this.writeUint32(this.apart.length);
      this.apart.push(bytes);
    }
  }

  _getDataCloneError(message: string): Error {
    return new TypeError(message);
  }
}

declare module "node:v8" {
  interface Serializer {
    _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void;
  }
}

/** Content at this place, and the zero bytes in front of it that align it. */
function padded(bytes: number): number {
  return bytes + (-bytes & (ALIGNMENT - 1));
}

/**
 * The stored form of a value. Typed arrays in it are not copied: they must not change before the pieces are written.
 *
 * @throws TypeError where V8 cannot clone the value; RangeError where it is nested too deeply.
 */
export function encodeValue(value: unknown): EncodedValue {
  const serializer = new ValueSerializer();
  serializer.writeValue(value);
  const main = serializer.releaseBuffer();
  const { apart } = serializer;
  const pieces: Uint8Array[] = [main];
  let bytes = main.length;
  for (const content of apart) {
    if (padded(bytes) > bytes) pieces.push(new Uint8Array(padded(bytes) - bytes));
    pieces.push(content);
    bytes = padded(bytes) + content.length;
  }
  return { pieces, bytes, layout: [main.length, ...apart.map((content) => content.length)] };
}

class ValueDeserializer extends Deserializer {
  readonly #apart: readonly ArrayBuffer[];

  constructor(main: Uint8Array, apart: readonly ArrayBuffer[]) {
    super(main);
    this.#apart = apart;
  }

  _readHostObject(): ArrayBufferView {
    const flagged = this.readUint32();
    const name = VIEW_NAMES[flagged & ~APART_FLAG];
    const number = this.readUint32();
    const content = (flagged & APART_FLAG) === 0 ? exactBuffer(this.readRawBytes(number)) : this.#apart[number];
    if (name === undefined || content === undefined) throw new RangeError("A typed array of the value is missing.");
    if (name === "Buffer") return Buffer.from(content);
    const type = viewConstructor(name);
    if (type === undefined) throw new TypeError(`This version of Node has no ${name}.`);
    return new type(content, 0, content.byteLength / (type.BYTES_PER_ELEMENT ?? 1));
  }
}

function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const exact = new ArrayBuffer(bytes.length);
  new Uint8Array(exact).set(bytes);
  return exact;
}

/** A value that was stored in one piece. */
export function decodeInline(bytes: Uint8Array): unknown {
  return decode(bytes, []);
}

function decode(main: Uint8Array, apart: readonly ArrayBuffer[]): unknown {
  const deserializer = new ValueDeserializer(main, apart);
  deserializer.readHeader();
  return deserializer.readValue();
}

/** Buffers for the parts of a stored value, to be read into in their order, and what makes the value of them then. */
export function allocateParts(layout: Layout): { readonly pieces: Uint8Array[]; readonly decode: () => unknown } {
  const [mainBytes = 0, ...apartBytes] = layout;
  const main = Buffer.allocUnsafeSlow(mainBytes);
  const pieces: Uint8Array[] = [main];
  const apart: ArrayBuffer[] = [];
  let bytes = mainBytes;
  for (const length of apartBytes) {
    if (padded(bytes) > bytes) pieces.push(new Uint8Array(padded(bytes) - bytes));
    // Unlike `new ArrayBuffer`, this does not fill with zeros what is about to be overwritten.
    const content = Buffer.allocUnsafeSlow(length);
    apart.push(content.buffer);
    pieces.push(content);
    bytes = padded(bytes) + length;
  }
  return { pieces, decode: () => decode(main, apart) };
}
