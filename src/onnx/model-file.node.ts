import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { type FileHandle, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { decodeModel, encodeModel } from "./model.ts";
import { change, createEntry, DataLocation, type ModelProto, type TensorProto } from "./schema.ts";

/** A protobuf message ends at 2 GB; room for what is no weights. */
const LARGEST = 2 ** 31 - 2 ** 26;
/** What is shorter stays in the model: shapes and axes, which tools read there. */
const LEAST_OUTSIDE = 1024;
/** Where ONNX asks weights to begin, so that they can be mapped into memory. */
const PAGE = 4096;

export type WriteModelOptions = {
  /** Models of more bytes of weights than this keep them in a file beside; default what one ONNX file may hold. */
  readonly largest?: number;
};

/**
 * Write an ONNX file. Where its weights are too many for one, they go into `NAME.data` beside it, which belongs to it
 * and moves with it; each begins at a multiple of 4096 bytes. The files appear whole or not at all.
 *
 * @param path of the model; `NAME.onnx`.
 * @returns the paths written.
 * @throws {ArcfaceError} as the file system refuses: NO_SPACE, NOT_FOUND, IO.
 */
export async function writeModelFile(
  model: ModelProto,
  path: string,
  { largest = LARGEST }: WriteModelOptions = {},
): Promise<string[]> {
  const weights = model.graph?.initializer.reduce((sum, { rawData }) => sum + rawData.length, 0) ?? 0;
  const data = `${path}.data`;
  const outside = weights > largest;
  try {
    const written = outside ? await writeWeights(model, data) : model;
    await writeFile(`${path}.part`, encodeModel(written));
    // The weights first: a model is not there before them.
    if (outside) await rename(`${data}.part`, data);
    await rename(`${path}.part`, path);
  } catch (error) {
    await Promise.all([`${path}.part`, `${data}.part`].map((part) => rm(part, { force: true })));
    throw fileError(error, path, "writing a model");
  }
  return outside ? [path, data] : [path];
}

/** Writes the weights into `DATA.part`; the model that points to them in `DATA`. */
async function writeWeights(model: ModelProto, data: string): Promise<ModelProto> {
  const file = await open(`${data}.part`, "w");
  try {
    let end = 0;
    const initializer: TensorProto[] = [];
    for (const tensor of model.graph!.initializer) {
      if (tensor.rawData.length < LEAST_OUTSIDE) {
        initializer.push(tensor);
        continue;
      }
      const offset = Math.ceil(end / PAGE) * PAGE;
      end = offset + tensor.rawData.length;
      await writeAll(file, tensor.rawData, offset);
      const place = { location: basename(data), offset: `${offset}`, length: `${tensor.rawData.length}` };
      const externalData = Object.entries(place).map(([key, value]) => createEntry(key, value));
      initializer.push(
        change(tensor, { rawData: new Uint8Array(), dataLocation: DataLocation.EXTERNAL, externalData }),
      );
    }
    await file.sync();
    return change(model, { graph: change(model.graph!, { initializer }) });
  } finally {
    await file.close();
  }
}

/** One write may take less than it is given. */
async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/**
 * Read an ONNX file, with the weights that it keeps in files beside it.
 *
 * @throws {ArcfaceError} as `decodeModel`; NOT_FOUND where a file is missing, UNSUPPORTED_FORMAT where weights lie
 *   outside the model's folder or behind the end of their file.
 */
export function readModelFile(path: string): ModelProto {
  const files = new Map<string, number>();
  try {
    return decodeModel(readFileSync(path), path, (tensor) => readWeights(tensor, path, files));
  } catch (error) {
    throw fileError(error, path, "reading a model");
  } finally {
    for (const file of files.values()) closeSync(file);
  }
}

function readWeights(tensor: TensorProto, path: string, files: Map<string, number>): TensorProto {
  const place = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
  const refuse = (what: string, got: string): ArcfaceError =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: weights ${tensor.name}: expected ${what}, got ${got}`);
  const location = place.location ?? "";
  const folder = resolve(dirname(path));
  const outside = resolve(folder, location);
  if (location === "" || isAbsolute(location) || /^[a-z]:|\\/i.test(location) || !outside.startsWith(folder + sep))
    throw refuse("a file in the model's folder", location || "none");
  if (!files.has(outside)) {
    try {
      files.set(outside, openSync(join(folder, location), "r"));
    } catch (error) {
      throw fileError(error, outside, `reading the weights of ${basename(path)}`);
    }
  }
  const file = files.get(outside)!;
  const { size } = fstatSync(file);
  const offset = Number(place.offset ?? 0);
  const length = place.length === undefined ? size - offset : Number(place.length);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0)
    throw refuse("whole numbers as offset and length", `${place.offset} and ${place.length}`);
  if (offset + length > size) throw refuse(`${offset + length} bytes in ${location}`, `${size}`);
  const rawData = new Uint8Array(length);
  for (let done = 0; done < length; ) done += readSync(file, rawData, done, length - done, offset + done);
  return change(tensor, { rawData, dataLocation: DataLocation.DEFAULT, externalData: [] });
}
