import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ArcfaceError, expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { checkRecipe, type Recipe } from "../train/recipe.ts";
import { RECIPES } from "./recipes.ts";

/**
 * A recipe by its name among ours, or from a file: .json, or a module (.js, .mjs, .ts where Node reads it) whose default
 * export it is.
 *
 * @throws {ArcfaceError} NOT_FOUND, INVALID_ARGUMENT.
 */
export async function loadRecipe(nameOrPath: string): Promise<Recipe> {
  if (Object.hasOwn(RECIPES, nameOrPath)) return RECIPES[nameOrPath]!;
  if (!/\.(json|[cm]?[jt]s)$/.test(nameOrPath)) {
    throw new ArcfaceError("NOT_FOUND", `${nameOrPath}: there is no such recipe`, {
      hint: `there are ${Object.keys(RECIPES).join(", ")}; or a file, .json or .mjs`,
    });
  }
  const recipe = nameOrPath.endsWith(".json") ? await readJson(nameOrPath) : await importModule(nameOrPath);
  if (typeof recipe !== "object" || recipe === null) throw expected(nameOrPath, "a recipe", `${recipe}`);
  const missing = ["name", "network", "loss", "batchSize", "numEpoch", "lr", "schedule"].find(
    (key) => !(key in recipe),
  );
  if (missing !== undefined) throw expected(nameOrPath, `a recipe with ${missing}`, "none");
  checkRecipe(recipe as Recipe);
  return recipe as Recipe;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw fileError(error, path, "reading a recipe");
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ArcfaceError("INVALID_ARGUMENT", `${path}: expected JSON, got something else`, { cause });
  }
}

async function importModule(path: string): Promise<unknown> {
  const module: { default?: unknown } = await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) => {
    throw new ArcfaceError("INVALID_ARGUMENT", `${path}: cannot be read as a module: ${(cause as Error).message}`, {
      cause,
    });
  });
  return module.default;
}
