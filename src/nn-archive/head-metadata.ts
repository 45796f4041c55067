import * as z from "zod";

/** What any head may say; parsers have keys of their own, which are kept. */
const base = z.looseObject({ postprocessor_path: z.string().nullish() });

const classes = { classes: z.array(z.string()), n_classes: z.int() };
const classification = base.extend({ ...classes, is_softmax: z.boolean() });
const segmentation = classification.extend({ background_class: z.boolean().nullish() });

const objectDetection = base.extend({
  ...classes,
  iou_threshold: z.number(),
  conf_threshold: z.number(),
  max_det: z.int(),
  /** Per output, smallest first: the anchors' sizes. */
  anchors: z.array(z.array(z.array(z.number()))).nullish(),
});

const ssd = objectDetection.extend({ boxes_outputs: z.string(), scores_outputs: z.string() });

const yolo = objectDetection.extend({
  yolo_outputs: z.array(z.string()),
  mask_outputs: z.array(z.string()).nullish(),
  protos_outputs: z.string().nullish(),
  keypoints_outputs: z.array(z.string()).nullish(),
  angles_outputs: z.array(z.string()).nullish(),
  subtype: z.string(),
  n_prototypes: z.int().nullish(),
  n_keypoints: z.int().nullish(),
  is_softmax: z.boolean().nullish(),
  strides: z.array(z.int()).nullish(),
});

/** By the parser that reads it; a parser that is not here takes any metadata. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ClassificationParser: classification,
  SegmentationParser: segmentation,
  SCRFDParser: objectDetection,
  SSD: ssd,
  YOLO: yolo,
  YOLOExtendedParser: yolo,
};

/** The schema of a head's metadata: its parser's, or that of heads in general. */
export function headMetadataSchema(parser: string): z.ZodType {
  return (Object.hasOwn(SCHEMAS, parser) && SCHEMAS[parser]) || base;
}
