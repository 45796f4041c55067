import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listCameras, parseAvfoundation, parseDshow } from "./list-cameras.node.ts";

test.runIf(process.platform === "linux")(
  "cameras are told by the kernel's folder, each once and in order",
  async () => {
    const sysfs = await mkdtemp(join(tmpdir(), "arcface-sysfs-"));
    onTestFinished(() => rm(sysfs, { recursive: true }));
    const devices = [
      ["video10", "USB Camera", "0"],
      ["video2", "Integrated Camera", "0"],
      ["video3", "Integrated Camera", "1"],
      ["radio0", "Radio", "0"],
    ] as const;
    for (const [device, name, index] of devices) {
      await mkdir(join(sysfs, device));
      await writeFile(join(sysfs, device, "name"), `${name}\n`);
      await writeFile(join(sysfs, device, "index"), `${index}\n`);
    }
    expect(await listCameras({ sysfs })).toEqual([
      { name: "Integrated Camera", address: "/dev/video2" },
      { name: "USB Camera", address: "/dev/video10" },
    ]);
  },
);

test.runIf(process.platform === "linux")("a machine without cameras has none", async () => {
  expect(await listCameras({ sysfs: "/nonexistent" })).toEqual([]);
});

test("ffmpeg's list on macOS: video devices by number, no microphones", () => {
  const text = `[AVFoundation indev @ 0x7f8] AVFoundation video devices:
[AVFoundation indev @ 0x7f8] [0] FaceTime HD Camera
[AVFoundation indev @ 0x7f8] [1] Capture screen 0
[AVFoundation indev @ 0x7f8] AVFoundation audio devices:
[AVFoundation indev @ 0x7f8] [0] Built-in Microphone
: Input/output error`;
  expect(parseAvfoundation(text)).toEqual([
    { name: "FaceTime HD Camera", address: "0" },
    { name: "Capture screen 0", address: "1" },
  ]);
});

test.each([
  [
    "from ffmpeg 5",
    `[dshow @ 000001] "Integrated Camera" (video)
[dshow @ 000001]   Alternative name "@device_pnp_\\\\?\\usb#vid_04f2"
[dshow @ 000001] "Microphone (Realtek Audio)" (audio)`,
  ],
  [
    "before",
    `[dshow @ 000001] DirectShow video devices (some may be both video and audio devices)
[dshow @ 000001]  "Integrated Camera"
[dshow @ 000001]     Alternative name "@device_pnp_\\\\?\\usb#vid_04f2"
[dshow @ 000001] DirectShow audio devices
[dshow @ 000001]  "Microphone (Realtek Audio)"`,
  ],
])("ffmpeg's list on Windows, %s: cameras alone", (_when, text) => {
  expect(parseDshow(text)).toEqual([{ name: "Integrated Camera", address: "video=Integrated Camera" }]);
});
