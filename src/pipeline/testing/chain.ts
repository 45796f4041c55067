import { Pipeline } from "../pipeline.ts";
import { Collecting, Counting, Relay } from "./nodes.ts";

export type Chain = {
  readonly pipeline: Pipeline;
  readonly source: Counting;
  readonly relay: Relay;
  readonly sink: Collecting;
};

/** Counting → Relay → Collecting. @param step the relay's. */
export function chain(step: ConstructorParameters<typeof Relay>[0] = () => {}, pipeline = new Pipeline()): Chain {
  const [source, relay, sink] = [pipeline.create(Counting), pipeline.create(Relay, step), pipeline.create(Collecting)];
  source.out.link(relay.input);
  relay.out.link(sink.input);
  return { pipeline, source, relay, sink };
}
