import { expect, test } from "vitest";
import { ImgFrame } from "../../pipeline/messages/img-frame.ts";
import { ProtoWriter } from "../descriptors.ts";
import { imgFrame } from "../to-proto.ts";
import type { Read } from "../wire/message-types.ts";
import { readMessage } from "../wire/read-message.ts";
import { rgbaOf } from "./raw-picture.ts";

/** 3×2, no two channels alike. */
const image = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => 7 * i) };
const rgba = Array.from({ length: 6 }, (_, i) => [21 * i, 21 * i + 7, 21 * i + 14, 255]).flat();

function sent(frame: ImgFrame): Read<"img_frame.ImgFrame"> {
  return readMessage("img_frame.ImgFrame", new ProtoWriter().write("img_frame.ImgFrame", imgFrame(frame)));
}

test.each(["RGB888i", "BGR888i", "RGB888p", "BGR888p"] as const)("%s is shown as it was", (type) => {
  expect([...rgbaOf(sent(ImgFrame.fromImage(image, {}, { type })))!]).toEqual(rgba);
});

test("grey pixels are shown grey, rows that are padded without their padding", () => {
  const data = new Uint8Array([1, 2, 99, 3, 4, 99]);
  const frame = new ImgFrame({ type: "GRAY8", width: 2, height: 2, stride: 3, data });
  expect([...rgbaOf(sent(frame))!]).toEqual([1, 2, 3, 4].flatMap((grey) => [grey, grey, grey, 255]));
});

test("pixels of a kind that is not shown, and too few of them, are null", () => {
  expect(rgbaOf(sent(new ImgFrame({ type: "NV12", width: 2, height: 2, data: new Uint8Array(6) })))).toBeNull();
  expect(rgbaOf(sent(new ImgFrame({ type: "RGB888i", width: 2, height: 2, data: new Uint8Array(11) })))).toBeNull();
});
