import { ArcfaceError } from "../../../errors.ts";

/** What a parser is built from: an archive's head, its metadata beside its own keys, and the network's inputs. */
export type HeadConfig = {
  readonly parser: string;
  readonly outputs: readonly string[];
  readonly model_inputs?: readonly { readonly shape: readonly number[]; readonly layout: string }[];
  readonly [option: string]: unknown;
};

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is there and no number. */
export function numberOf(config: HeadConfig, option: string, otherwise: number): number {
  return read(config, option, otherwise, "a number", (value) => typeof value === "number" && Number.isFinite(value));
}

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is there and neither true nor false. */
export function booleanOf(config: HeadConfig, option: string, otherwise: boolean): boolean {
  return read(config, option, otherwise, "true or false", (value) => typeof value === "boolean");
}

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is there and no list of numbers. */
export function numbersOf(config: HeadConfig, option: string, otherwise: readonly number[]): readonly number[] {
  return read(config, option, otherwise, "a list of numbers", (value) => isListOf(value, "number"));
}

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is there and no list of texts. */
export function stringsOf(config: HeadConfig, option: string, otherwise: readonly string[]): readonly string[] {
  return read(config, option, otherwise, "a list of texts", (value) => isListOf(value, "string"));
}

/** The size of the network's first picture; `null` where the configuration does not tell. */
export function inputSizeOf({ model_inputs }: HeadConfig): readonly [width: number, height: number] | null {
  const input = model_inputs?.find(({ layout }) => layout === "NCHW" || layout === "NHWC");
  if (!input) return null;
  const [height, width] = input.layout === "NCHW" ? input.shape.slice(2) : input.shape.slice(1, 3);
  return [width!, height!];
}

function read<T>(config: HeadConfig, option: string, otherwise: T, what: string, fits: (value: unknown) => boolean): T {
  const value = config[option] ?? otherwise;
  if (fits(value)) return value as T;
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${config.parser}: expected ${option} to be ${what}, got ${JSON.stringify(value)}`,
  );
}

function isListOf(value: unknown, type: "number" | "string"): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === type);
}
