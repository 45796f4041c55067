/** The default recogniser as published, and one whose batch normalisations lie in its convolutions. */
export const PUBLISHED = ["faceplugin-face-recognition-js@0.0.1", "package/model/fr_feature.onnx"] as const;
export const RESEARCH = "models/mobilefacenet_foamliu.onnx";

/** Rounding of float32 through some 50 layers, beside the tensor's largest gradient; measured: 1.2e-6. */
export const OF_LARGEST = 1e-5;
