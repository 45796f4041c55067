import {
  type AttributeProto,
  change,
  DataType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./schema.ts";

/** Below the smallest normal float32, arithmetic leaves the processor's fast path. */
const SMALLEST_NORMAL = 2 ** -126;

export type FlushCounts = {
  /** float32 constants looked at. */
  readonly weights: number;
  readonly zeroBefore: number;
  /** 0 < |w| < threshold: these become zero. */
  readonly nonZeroBelow: number;
  /** Those of them that are denormal. */
  readonly denormal: number;
};

/**
 * Set weights too small to matter to zero. Dead channels of trained networks hold denormal numbers, and products
 * of tiny ones become denormal on the way: either makes a network up to twenty times slower.
 *
 * float32 initializers and Constant nodes are looked at, in subgraphs too.
 *
 * @param threshold |w| below it becomes zero.
 * @returns `model` itself where nothing changed, else a copy that shares the unchanged tensors; the given one stays
 * as it is.
 */
export function flushDenormals(model: ModelProto, threshold = 1e-8): { model: ModelProto; counts: FlushCounts } {
  const counts = { weights: 0, zeroBefore: 0, nonZeroBelow: 0, denormal: 0 };

  function flushTensor(tensor: TensorProto): TensorProto {
    if (tensor.dataType !== DataType.FLOAT) return tensor;
    const before = counts.nonZeroBelow;
    if (tensor.rawData.length > 0) {
      // Not slice(): the views of a Node Buffer would share its memory.
      const rawData = new Uint8Array(tensor.rawData);
      flushRaw(new DataView(rawData.buffer), threshold, counts);
      return counts.nonZeroBelow === before ? tensor : change(tensor, { rawData });
    }
    const floatData = tensor.floatData.map((value) => (isSmall(value, threshold, counts) ? 0 : value));
    return counts.nonZeroBelow === before ? tensor : change(tensor, { floatData });
  }

  function flushAttribute(attribute: AttributeProto): AttributeProto {
    const t = attribute.t && flushTensor(attribute.t);
    const g = attribute.g && flushGraph(attribute.g);
    const graphs = mapChanged(attribute.graphs, flushGraph);
    if (t === attribute.t && g === attribute.g && graphs === attribute.graphs) return attribute;
    return change(attribute, { ...(t && { t }), ...(g && { g }), graphs });
  }

  function flushNode(node: NodeProto): NodeProto {
    const attribute = mapChanged(node.attribute, flushAttribute);
    return attribute === node.attribute ? node : change(node, { attribute });
  }

  function flushGraph(graph: GraphProto): GraphProto {
    const initializer = mapChanged(graph.initializer, flushTensor);
    const node = mapChanged(graph.node, flushNode);
    if (initializer === graph.initializer && node === graph.node) return graph;
    return change(graph, { initializer, node });
  }

  const graph = model.graph && flushGraph(model.graph);
  return { model: graph && graph !== model.graph ? change(model, { graph }) : model, counts };
}

type Counts = { -readonly [Key in keyof FlushCounts]: FlushCounts[Key] };

function flushRaw(view: DataView, threshold: number, counts: Counts): void {
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    if (isSmall(view.getFloat32(at, true), threshold, counts)) view.setFloat32(at, 0, true);
  }
}

function isSmall(value: number, threshold: number, counts: Counts): boolean {
  const size = Math.abs(value);
  counts.weights++;
  if (size === 0) counts.zeroBefore++;
  if (size === 0 || !(size < threshold)) return false;
  counts.nonZeroBelow++;
  if (size < SMALLEST_NORMAL) counts.denormal++;
  return true;
}

/** The list itself where no item changed. */
function mapChanged<T>(items: T[], change: (item: T) => T): T[] {
  const changed = items.map(change);
  return changed.every((item, i) => item === items[i]) ? items : changed;
}
