import { expect, test } from "vitest";
import { parseVideoSource } from "./video-source.ts";

test("each word means one kind of source", () => {
  expect(parseVideoSource("clips/a b.mp4")).toEqual({ kind: "file", name: "clips/a b.mp4", path: "clips/a b.mp4" });
  expect(parseVideoSource("RTSP://u:p@cam/1")).toEqual({
    ...{ kind: "stream", name: "RTSP://***@cam/1", url: "RTSP://u:p@cam/1", protocol: "rtsp" },
  });
  expect(parseVideoSource("https://host/a.m3u8")).toMatchObject({ kind: "stream", protocol: "https" });
  expect(parseVideoSource("/dev/video2")).toMatchObject({ kind: "camera", device: "/dev/video2" });
  expect(parseVideoSource("camera:1")).toMatchObject({ kind: "camera", device: 1 });
  expect(parseVideoSource("test:testsrc2?size=320x240&rate=10&duration=2")).toMatchObject({
    ...{ kind: "test", graph: "testsrc2=size=320x240:rate=10:duration=2" },
  });
  expect(parseVideoSource("test:smptebars")).toMatchObject({ kind: "test", graph: "smptebars" });
});

test("a file whose name begins like a camera or a drive is a file", () => {
  expect(parseVideoSource("camera:front.mp4").kind).toBe("file");
  expect(parseVideoSource("C:\\clips\\a.mp4").kind).toBe("file");
  expect(parseVideoSource("concat:a|b").kind).toBe("file");
});

test.each([
  ["", "expected a path"],
  ["ftp://host/a.mp4", "expected a path, or an address of rtsp"],
  ["file:///etc/passwd", "expected a path, or an address of rtsp"],
  ["test:movie", "expected one of test:testsrc"],
  ["test:testsrc2?size=big", "got size=big"],
  ["test:testsrc2?filename=/etc/passwd", "got filename="],
  ["test:color?color=red,movie=/etc/passwd", "got color=red,movie"],
])("%j is no source", (source, sentence) => {
  expect(() => parseVideoSource(source)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(sentence) }),
  );
});
