import type { NNArchiveConfigInput } from "../config.ts";

/** The ArcFace network of the Luxonis hub, as its archive describes it. */
export function arcfaceConfig(): NNArchiveConfigInput {
  return {
    config_version: "1.0",
    model: {
      metadata: { name: "arcface", path: "arcface_r100.onnx", precision: "float32" },
      inputs: [
        {
          name: "images",
          dtype: "float32",
          input_type: "image",
          shape: [1, 3, 112, 112],
          layout: "NCHW",
          preprocessing: { mean: [127.5, 127.5, 127.5], scale: [127.5, 127.5, 127.5], dai_type: "RGB888p" },
        },
      ],
      outputs: [{ name: "output", dtype: "float32", shape: [1, 512], layout: "NF" }],
      heads: [{ parser: "EmbeddingsParser", outputs: ["output"], metadata: {} }],
    },
  };
}

/** The same for SCRFD, of 640×640. */
export function scrfdConfig(): NNArchiveConfigInput {
  const strides = [8, 16, 32];
  const outputs = ["score", "bbox", "kps"].flatMap((kind, i) =>
    strides.map((stride) => ({
      name: `${kind}_${stride}`,
      dtype: "float32" as const,
      shape: [2 * (640 / stride) ** 2, [1, 4, 10][i]!],
    })),
  );
  const { config_version, model } = arcfaceConfig();
  return {
    config_version,
    model: {
      metadata: { name: "scrfd", path: "scrfd.onnx" },
      inputs: [{ ...model.inputs[0]!, shape: [1, 3, 640, 640] }],
      outputs,
      heads: [
        {
          parser: "SCRFDParser",
          outputs: outputs.map(({ name }) => name),
          metadata: {
            postprocessor_path: null,
            classes: ["Face"],
            n_classes: 1,
            iou_threshold: 0.5,
            conf_threshold: 0.5,
            max_det: 100,
            anchors: null,
            feat_stride_fpn: strides,
            num_anchors: 2,
          },
        },
      ],
    },
  };
}
