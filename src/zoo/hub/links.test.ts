import { expect, test } from "vitest";
import { secureLinks } from "./links.ts";

const found = (link: string) => ({ hash: "", modelId: "", modelVersionId: "", modelInstanceId: "", links: [link] });

test.each(["http://storage/x.tar.xz", "file:///etc/passwd", "ftp://x/y", "x.tar.xz"])(
  "a hub asked by https may not send to %s",
  (link) => {
    expect(() => secureLinks(found(link), "https://hub/")).toThrow("hub: expected links by https:, got");
  },
);

test("a hub asked by http may send to either, and to nothing else", () => {
  for (const link of ["http://a/b", "https://a/b"])
    expect(secureLinks(found(link), "http://localhost/")).toEqual(found(link));
  expect(() => secureLinks(found("file:///a"), "http://localhost/")).toThrow("got file:");
});
