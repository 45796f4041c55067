import type { Card } from "../zoo/cards/card.ts";
import { formatCount } from "./numbers.ts";
import { type Block, type Fact, NOT_STATED, type Section, type Value } from "./sections.ts";
import { variantsOf } from "./variants.ts";

/** What a card is for where its publisher names no task. */
const KIND_TASKS: Readonly<Record<Card["kind"], string>> = {
  recognizer: "Image Embedding",
  detector: "Face Detection",
  landmarks: "Face Landmarks",
  stage: "Stage of another model",
};

export function atAGlance({ kind, licence, model, published, tasks }: Card): Fact[] {
  const modelTypes = published?.modelTypes ?? (model ? ["ONNX"] : []);
  return [
    { label: "Licence", value: licenceText(licence) },
    { label: "Commercial use", value: commercialUse(licence.commercial, published?.commercialUse) },
    ...stated("Downloads", published?.downloads, formatCount),
    ...stated("Likes", published?.likes, formatCount),
    { label: "Tasks", value: (tasks.length > 0 ? tasks : [KIND_TASKS[kind]]).join(", ") },
    { label: "Model types", value: modelTypes.join(", ") || "made of other models" },
  ];
}

export function aboutModel(card: Card): Section[] {
  const { summary, description, resources, homepage, licence } = card;
  const links = [...(homepage ? [{ text: homepage, href: homepage }] : []), ...(resources ?? []).map(toLink)];
  const facts: Fact[] = [
    { label: "Developed by", value: card.developedBy ?? null },
    ...stated("Shared by", card.sharedBy),
    ...stated("Model type", card.modelType),
    {
      label: "Licence",
      value: licence.url === null ? `${NOT_STATED} here (${licence.name} above)` : licenceText(licence),
    },
    ...(links.length > 0 || resources ? [{ label: "Resources", value: links.length > 0 ? links : null }] : []),
  ];
  const prose: Block[] = summary && description ? [{ kind: "prose", text: description }] : [];
  return [
    { title: "Model variants", blocks: variantsTable(card) },
    { title: "Model description", blocks: [...prose, { kind: "facts", facts }] },
  ];
}

function variantsTable(card: Card): Block[] {
  const variants = variantsOf(card);
  if (variants.length === 0) return [];
  return [
    {
      kind: "table",
      caption: "Model variants",
      columns: ["Name", "Version", "Available for", "Created"].map((title) => ({ title })),
      rows: variants.map(({ name, version, platforms, created }) => [
        name,
        version ?? null,
        platforms.join(", "),
        created ?? null,
      ]),
    },
  ];
}

function commercialUse(allowed: boolean, published: boolean | null | undefined): string[] {
  const ours = allowed ? "allowed" : "not allowed";
  if (published === undefined || published === allowed) return [ours];
  return [ours, published === null ? `listed, its value ${NOT_STATED}` : `its page says ${published ? "yes" : "no"}`];
}

function licenceText({ name, url }: Card["licence"]): Value {
  return url ? { text: name, href: url } : name;
}

const toLink = ({ title, url }: { title: string; url: string | null }): Value =>
  url === null ? `${title}: address ${NOT_STATED}` : { text: title, href: url };

/** What nobody looked for is left out; what the publisher leaves empty is said to be so. */
function stated<T>(label: string, value: T | null | undefined, format: (value: T) => string = String): Fact[] {
  return value === undefined ? [] : [{ label, value: value === null ? null : format(value) }];
}
