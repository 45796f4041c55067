import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ArcfaceError } from "../../errors.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge"];

const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
  ],
};

/**
 * A browser of the user's that WebAssembly and WebGPU can be measured in: CHROME_PATH, else a Chromium, Chrome or Edge on PATH
 * or where systems put them.
 *
 * @throws {ArcfaceError} MISSING_TOOL where there is none.
 */
export async function findChromium(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): Promise<string> {
  const missing = (got: string) =>
    new ArcfaceError("MISSING_TOOL", `chromium: ${got}`, {
      hint: "install Chromium or Chrome, or name one in CHROME_PATH: WebAssembly and WebGPU are measured in it",
    });
  const chosen = env.CHROME_PATH;
  if (chosen) {
    if (await isProgram(chosen)) return chosen;
    throw missing(`CHROME_PATH names ${chosen}, which is no program`);
  }
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, platform === "win32" ? `${name}.exe` : name))),
    ...(ELSEWHERE[platform] ?? []),
  ];
  for (const path of candidates) if (await isProgram(path)) return path;
  throw missing("no Chromium, Chrome or Edge is on this machine");
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
