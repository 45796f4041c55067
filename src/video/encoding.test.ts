import { expect, test } from "vitest";
import { chooseEncoder, containerOf } from "./encoding.ts";

const ALL = " V..... libx264  x\n V..... mpeg4  x\n V..... libvpx-vp9  x\n";
const FREE = " V..... libx264rgb  x\n V..... mpeg4  x\n";

test("the container's first codec that ffmpeg encodes is chosen", () => {
  expect(chooseEncoder("a.mp4", undefined, ALL).encoder).toBe("libx264");
  expect(chooseEncoder("a.MP4", undefined, FREE).encoder).toBe("mpeg4");
  expect(chooseEncoder("a.webm", undefined, ALL).encoder).toBe("libvpx-vp9");
  expect(chooseEncoder("a.mkv", "vp9", ALL).encoder).toBe("libvpx-vp9");
});

test("a codec that ffmpeg lacks is UNSUPPORTED_FORMAT and named", () => {
  expect(() => chooseEncoder("a.mp4", "h264", FREE)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: "a.mp4: this ffmpeg lacks the encoder libx264" }),
  );
  expect(() => chooseEncoder("a.webm", undefined, FREE)).toThrow("a.webm: this ffmpeg lacks the encoder libvpx-vp9");
});

test("a codec in a container that players refuse, and a name without a container, are INVALID_ARGUMENT", () => {
  expect(() => chooseEncoder("a.webm", "h264", ALL)).toThrow("a.webm: expected codec to be vp9, got h264");
  expect(() => containerOf("a.gif")).toThrow("expected a name that ends with .mp4, .mkv, .webm, got .gif");
  expect(() => containerOf("dir.mp4/a")).toThrow("got no ending");
});
