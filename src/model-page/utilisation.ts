import type { Card } from "../zoo/cards/card.ts";
import { type Block, compact, type Section } from "./sections.ts";

/** How it is used: DepthAI on Luxonis devices, this package anywhere; then the publisher's examples. */
export function utilisation(card: Card, archive?: string): Section[] {
  const examples = card.examples.flatMap(({ title, command }): Block[] => [
    { kind: "prose", text: `${title}. You can run it with:` },
    { kind: "code", code: command.trimEnd() },
  ]);
  return compact([
    {
      title: "Utilisation",
      blocks: [],
      sections: compact([
        { title: "With DepthAI, on OAK devices", blocks: withDepthAi(card) },
        { title: "With arcface, on the command line and in TypeScript", blocks: withArcface(card, archive) },
      ]),
    },
    { title: "Example", blocks: examples },
  ]);
}

function withDepthAi({ slug, heads }: Card): Block[] {
  if (heads.length === 0) return [];
  return [
    {
      kind: "prose",
      text:
        "Models converted for RVC platforms can be used for inference on OAK devices. DepthAI pipelines define the " +
        "information flow linking the device, the inference model, and the output parser (as defined in the model's " +
        "heads). Below are the most crucial utilisation steps for this model; the DepthAI documentation tells more.",
    },
    {
      kind: "code",
      title: "Install the DAIv3 and depthai-nodes libraries:",
      code: "pip install depthai\npip install depthai-nodes",
    },
    {
      kind: "code",
      title: "Define the model:",
      code: [
        "model_description = dai.NNModelDescription(",
        `    ${JSON.stringify(slug)}`,
        ")",
        "",
        "nn = pipeline.create(ParsingNeuralNetwork).build(",
        "    <CameraNode>, model_description",
        ")",
      ].join("\n"),
    },
    { kind: "prose", text: "Inspect the model's heads:" },
    ...heads.map(
      ({ parser, description }): Block => ({ kind: "prose", text: `\`${parser}\` ${description ?? ""}`.trimEnd() }),
    ),
    ...heads.flatMap(({ code, codeNote }): Block[] =>
      code === undefined
        ? []
        : [
            {
              kind: "code",
              title: "Get the parsed outputs:",
              code: code.trimEnd(),
              ...(codeNote !== undefined && { note: codeNote }),
            },
          ],
    ),
  ];
}

/** `shell` and `script` name the model by flags and by an object's fields, each complete. */
type Use = (flags: string, fields: string, card: Card) => { readonly shell: string; readonly script: string };

/** By kind, where a model is used by itself. */
const USES: { readonly [Kind in Card["kind"]]: Use | null } = {
  recognizer: (flags, fields, card) => {
    // Without a measured threshold there is no decision to show.
    const decides = card.kind === "recognizer" && card.thresholds.length > 0;
    return {
      shell: decides ? `arcface verify anna.jpg anna-later.jpg ${flags}` : `arcface embed anna.jpg ${flags} --json`,
      script: script(
        fields,
        decides
          ? 'const { same, similarity } = await recognizer.verify("anna.jpg", "anna-later.jpg");'
          : 'const [face] = await recognizer.embed("anna.jpg"); // face.embedding, of unit length',
      ),
    };
  },
  detector: (flags, fields) => ({
    shell: `arcface detect photo.jpg ${flags} --draw faces.png`,
    script: script(
      fields.replace(/^model/, "detector").replace(/^card/, "detectorCard"),
      'const faces = await recognizer.detect("photo.jpg"); // boxes, scores, five landmarks',
    ),
  }),
  landmarks: null,
  stage: null,
};

function script(fields: string, line: string): string {
  return [
    'import { loadRecognizer } from "arcface-ts/node";',
    "",
    `await using recognizer = await loadRecognizer({ ${fields} });`,
    line,
  ].join("\n");
}

function withArcface(card: Card, archive: string | undefined): Block[] {
  const use = USES[card.kind];
  if (!use) return [{ kind: "prose", text: "It is used by the models that name it as a stage." }];
  const [flag, name] = namedBy(card, archive);
  const { shell, script } = use(`--${flag} ${quoted(name)}`, `${flag}: ${JSON.stringify(name)}`, card);
  const first = fetching(card);
  return [
    { kind: "code", title: "On the command line:", code: [...first, shell].join("\n") },
    { kind: "code", title: "In TypeScript:", code: script },
  ];
}

/** A file of one's own is named by its card; an archive, which brings its card along, by itself. */
function namedBy({ slug, model }: Card, archive: string | undefined): readonly ["model" | "card", string] {
  if (archive !== undefined) return ["model", archive];
  return model && "path" in model.source ? ["card", "CARD.yaml"] : ["model", slug];
}

/** As a shell takes it for one word. */
function quoted(name: string): string {
  return /^[\w./:@-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** What must be done once before it is used; most models are fetched at their first use. */
function fetching({ slug, model }: Card): string[] {
  if (!model || !("url" in model.source)) return [];
  return model.sha256 === undefined
    ? [`arcface models add ${slug} FILE  # once, downloaded from its address`]
    : [`arcface models pull ${slug}`];
}
