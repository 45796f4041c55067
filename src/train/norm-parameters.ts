/**
 * Batch-norms' scales and shifts and PReLU slopes, by their names in a state dict: numbers a channel, in a layer that has nothing
 * but those. A product's bias lies beside its weights.
 */
export function normParameters(
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
): ReadonlySet<string> {
  const layerOf = (name: string): string => name.slice(0, name.lastIndexOf("."));
  const products = new Set(parameters.filter(({ shape }) => shape.length > 1).map(({ name }) => layerOf(name)));
  return new Set(parameters.map(({ name }) => name).filter((name) => !products.has(layerOf(name))));
}
