import { Document, isScalar, parse, visit } from "yaml";

/** YAML that takes every scalar as the text it is, as DepthAI's does: `2.10` stays `2.10`, a hash of digits a hash. */
const AS_TEXT = { schema: "failsafe" } as const;

/** Maps are Maps, so that no key means anything else. @throws {Error} where it is no YAML, with the place. */
export function parseYamlText(text: string): unknown {
  return parse(text, { ...AS_TEXT, mapAsMap: true, logLevel: "error" });
}

export function printYamlText(value: unknown): string {
  const document = new Document(value, AS_TEXT);
  visit(document, {
    Scalar(_, node) {
      // Else it were nothing instead of an empty text.
      if (isScalar(node) && node.value === "") node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
