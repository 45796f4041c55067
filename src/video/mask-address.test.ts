import { expect, test } from "vitest";
import { maskAddress } from "./mask-address.ts";

test.each([
  ["rtsp://user:password@host:554/live", "rtsp://***@host:554/live"],
  ["rtsp://user:p@ss@host/live", "rtsp://***@host/live"],
  ["http://token@host/a", "http://***@host/a"],
  ["https://host/a.m3u8?token=abc&quality=2#x", "https://host/a.m3u8?token=***&quality=2#x"],
  ["rtsp://host/user=admin&password=secret&channel=1", "rtsp://host/user=***&password=***&channel=1"],
  ["[tcp @ 0x1] rtsp://u:p@h/x: Connection refused", "[tcp @ 0x1] rtsp://***@h/x: Connection refused"],
  ["two rtsp://a:b@h/x and http://c:d@i/y", "two rtsp://***@h/x and http://***@i/y"],
])("of %s it shows %s", (address, shown) => {
  expect(maskAddress(address)).toBe(shown);
});

test.each(["clip.mp4", "http://host:8080/live/1.ts?quality=high", "/home/me@work/clip.mp4"])(
  "%s has no secret",
  (text) => {
    expect(maskAddress(text)).toBe(text);
  },
);
