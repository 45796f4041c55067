import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { NNModelDescription } from "../description.node.ts";
import { DEFAULT_MODELS_PATH } from "./endpoints.ts";
import { type GetModelOptions, getModelFromZoo } from "./get-model.node.ts";

/**
 * DepthAI's `downloadModelsFromZoo`: the models of all descriptions (`.yaml`, `.yml`) in a folder and below it. One that
 * fails does not keep the others: with `progressFormat: "json"` it is a line to `write`, else a notice.
 *
 * @returns whether all are in the cache now.
 * @throws {ArcfaceError} NOT_FOUND where there is no such folder, IO, CANCELLED.
 */
export async function downloadModelsFromZoo(
  path: string = DEFAULT_MODELS_PATH,
  options: Omit<GetModelOptions, "useCached"> = {},
): Promise<boolean> {
  const { progressFormat, write, onNotice, signal } = options;
  const names = (await listed(path)).filter((name) => [".yaml", ".yml"].includes(extname(name))).sort();
  let failures = 0;
  for (const [i, name] of names.entries()) {
    throwIfCancelled(signal, "hub");
    try {
      const description = await NNModelDescription.fromYamlFile(join(path, name).replace(/^(?![./])/, "./"));
      description.globalMetadataEntryName = name;
      await getModelFromZoo(description, options);
    } catch (error) {
      if (!(error instanceof ArcfaceError) || error.code === "CANCELLED") throw error;
      const at = `[${i + 1} / ${names.length}]`;
      const detail = `Failed to download model ${at}: ${name} in folder ${path}\n${error.message}`;
      // nlohmann::json prints keys in their alphabetical order.
      if (progressFormat === "json") write?.(`${JSON.stringify({ detail, log_type: "error", model_name: name })}\n`);
      else onNotice?.(detail);
      failures++;
    }
  }
  return failures === 0;
}

async function listed(path: string): Promise<string[]> {
  try {
    return await readdir(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new ArcfaceError("NOT_FOUND", `Path does not exist: ${path}`);
    throw fileError(error, path, "reading model descriptions");
  }
}
