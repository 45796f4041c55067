import type { Card } from "../zoo/cards/card.ts";
import { formatCount } from "./numbers.ts";
import type { Block, Section } from "./sections.ts";

type Data = NonNullable<Card["training"]>;

export function trainingDetails({ training, evaluation, model }: Card): Section | null {
  // What is made of other models was trained with them.
  if (!training && !model) return null;
  return {
    title: "Training details",
    blocks: [],
    sections: [
      { title: "Training data", blocks: [{ kind: "prose", text: training?.description ?? null }] },
      ...datasets("Training datasets", training),
      ...datasets("Evaluation datasets", evaluation),
    ],
  };
}

function datasets(title: string, data: Data | undefined): Section[] {
  if (!data || data.datasets.length === 0) return [];
  const items: Block = {
    kind: "items",
    items: data.datasets.map(({ name, description, url, identities, images, videos }) => ({
      title: url ? { text: name, href: url } : name,
      ...(description !== undefined && { text: description }),
      details: [
        ...(identities === undefined ? [] : [`${formatCount(identities)} identities`]),
        ...(images === undefined ? [] : [`${formatCount(images)} images`]),
        ...(videos === undefined ? [] : [`${formatCount(videos)} videos`]),
      ],
    })),
  };
  return [{ title, blocks: [items] }];
}
