import type { EvaluatedModel, Evaluation } from "../../evaluate/evaluation.ts";
import { drawBlock } from "../../model-page/draw.ts";
import { type Html, html } from "../../model-page/html.ts";
import type { Fact } from "../../model-page/sections.ts";
import { count, duration, thousands } from "../format.ts";

/** All that is needed to make the figures again, and how long it took. */
export function provenancePart({ protocol, recognizer, detector, timing, versions, command }: Evaluation): Html {
  const options = Object.entries(protocol.options).map(([name, value]) => `${name}: ${value}`);
  const { seconds, embedded, fromCache, threads } = timing;
  const facts: Fact[] = [
    ...modelFacts("Recogniser", recognizer),
    ...(detector === null
      ? [{ label: "Detector", value: "none: the data say where the faces are" }]
      : modelFacts("Detector", detector)),
    { label: "Protocol", value: [`${protocol.name}: ${protocol.title}`, ...options] },
    {
      label: "Data set",
      value: [
        `${count(protocol.images, "picture")}, ${count(protocol.templates, "template")}, ${protocol.people === null ? "people not stated" : count(protocol.people, "person", "people")}`,
        `fingerprint ${protocol.dataSet}`,
      ],
    },
    {
      label: "Time",
      value: [
        `${duration(seconds)}, begun ${timing.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")}`,
        `${thousands(embedded)} embedded on ${count(threads, "thread")}${embedded > 0 && fromCache === 0 ? `, ${((1000 * seconds * threads) / embedded).toFixed(0)} ms of a thread each` : ""}; ${thousands(fromCache)} from an earlier run`,
      ],
    },
    { label: "Versions", value: Object.entries(versions).map(([name, version]) => `${name} ${version}`) },
  ];
  const code = command === null ? null : drawBlock({ kind: "code", title: "The command", code: command });
  return html`<section><h2 id="provenance">How it was measured</h2>${code}${drawBlock({ kind: "facts", facts })}</section>
`;
}

function modelFacts(label: string, { name, fingerprint, licence }: EvaluatedModel): Fact[] {
  const use =
    licence === null
      ? "licence not stated"
      : `${licence.name}, ${licence.commercial ? "commercial use allowed" : "not for commercial use"}`;
  return [{ label, value: [name, `fingerprint ${fingerprint}`, use] }];
}
