import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATH = "/usr/bin/chromium";
/** In a container, without a display, and silent towards the network. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** The system's Chromium, headless; `null` where it is not installed: tests that need it say so by needsTool. */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser | null> {
  return existsSync(PATH) ? chromium.launch({ executablePath: PATH, args: [...FLAGS, ...flags] }) : null;
}
