import type { ZooContext } from "../context.node.ts";
import type { Card } from "./card.ts";
import { passCommercially } from "./licence-gate.ts";

/**
 * Where only commercial use is meant: refuse what its licence does not allow, and tell what should be known of the rest.
 *
 * @param asked what somebody named, where the card is a stage of it.
 * @throws {ArcfaceError} LICENCE
 */
export async function gate(zoo: ZooContext, card: Card, asked: string = card.slug): Promise<void> {
  if (!zoo.commercial) return;
  const others = card.licence.commercial ? [] : await zoo.shipped.list();
  const instead = others.filter(({ kind, licence }) => kind === card.kind && licence.commercial);
  const note = passCommercially(
    card,
    asked,
    instead.map(({ slug }) => slug),
  );
  if (note !== null) zoo.onNotice?.(note);
}
