import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError, expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { NNModelDescription as Description } from "./description.ts";
import { DEFAULT_MODELS_PATH } from "./hub/endpoints.ts";

/** A description is some lines. */
const MAX_BYTES = 2 ** 20;

/** NNModelDescription that knows files. */
export class NNModelDescription extends Description {
  static override from(description: Description | string): NNModelDescription {
    return description instanceof NNModelDescription ? description : withFiles(Description.from(description));
  }

  static override fromYaml(text: string, where?: string): NNModelDescription {
    return withFiles(Description.fromYaml(text, where));
  }

  /**
   * @param modelName the name of a file in the models folder, with or without its ending (`arcface`, `arcface.yaml`,
   *   `faces/arcface`), or, where it begins with neither a letter nor a digit, a path.
   * @param modelsPath Default: `DEPTHAI_ZOO_MODELS_PATH`, else `depthai_models`.
   * @throws {ArcfaceError} NOT_FOUND with DepthAI's words, INVALID_ARGUMENT, UNSUPPORTED_FORMAT, IO.
   */
  static async fromYamlFile(modelName: string, modelsPath = ""): Promise<NNModelDescription> {
    const path = yamlFilePath(modelName, modelsPath);
    if (!existsSync(path)) {
      throw new ArcfaceError(
        "NOT_FOUND",
        `Model file not found: \`${path}\` | If you meant to use a relative path, prefix with ./ (e.g. \`./${modelName}\`) | ` +
          "Also, make sure the file exists. Read the documentation for more information.",
      );
    }
    const bytes = await readFile(path).catch((error) => {
      throw fileError(error, path, "reading a model description");
    });
    if (bytes.length > MAX_BYTES)
      throw new ArcfaceError("TOO_LARGE", `${path}: expected a model description, got ${bytes.length} bytes`);
    const description = NNModelDescription.fromYaml(bytes.toString("utf8"), path);
    description.globalMetadataEntryName = modelName;
    return description;
  }

  /** @throws {ArcfaceError} NOT_FOUND where the folder is not there, IO, NO_SPACE */
  async saveToYamlFile(path: string): Promise<void> {
    await writeWhole(path, this.toYaml()).catch((error) => {
      throw fileError(error, path, "saving a model description");
    });
  }
}

function withFiles(of: Description): NNModelDescription {
  const { model, platform, optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType } = of;
  const rest = [optimizationLevel, compressionLevel, snpeVersion, modelPrecisionType] as const;
  const description = new NNModelDescription(model, platform, ...rest);
  description.globalMetadataEntryName = of.globalMetadataEntryName;
  return description;
}

/** Source: `getYamlFilePath`, depthai-core src/modelzoo/Zoo.cpp. */
function yamlFilePath(name: string, modelsPath: string): string {
  if (name === "") throw new ArcfaceError("INVALID_ARGUMENT", "name cannot be empty!");
  if (name.includes("\0")) throw expected("model description", "a file's name", JSON.stringify(name));
  if (!/^[A-Za-z0-9]/.test(name)) return name;
  const path = join(modelsPath || process.env.DEPTHAI_ZOO_MODELS_PATH || DEFAULT_MODELS_PATH, name);
  if (extname(path) !== "") return path;
  const found = [`${path}.yaml`, `${path}.yml`].find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new ArcfaceError(
    "NOT_FOUND",
    `Model file not found: (neither \`${path}.yaml\` nor \`${path}.yml\` exists) | ` +
      `If you meant to use a relative path, prefix it with ./ (e.g. \`./${name}\`) | ` +
      "Also, make sure the file exists. Read the documentation for more information.",
  );
}
