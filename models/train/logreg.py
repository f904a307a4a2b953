"""breast_cancer_logreg: a scaler and a logistic regression, exported as standard ONNX operators."""

import numpy as np
from skl2onnx.algebra.onnx_ops import OnnxGemm, OnnxMul, OnnxSigmoid, OnnxSub
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import data

NAME = "breast_cancer_logreg"
OPSET = 15


def to_onnx(scaler, regression):
    """The fitted pipeline as Sub, Mul, Gemm, Sigmoid.

    skl2onnx's own converter emits ai.onnx.ml operators (Scaler, LinearClassifier, Normalizer).
    For two classes, predict_proba is [1 - p, p] = sigmoid([-z, z]), so the Gemm has the columns -w and w.
    """
    w = regression.coef_[0]
    b = regression.intercept_[0]
    x = OnnxSub("features", scaler.mean_.astype(np.float32), op_version=OPSET)
    x = OnnxMul(x, (1 / scaler.scale_).astype(np.float32), op_version=OPSET)
    z = OnnxGemm(x, np.stack([-w, w], 1).astype(np.float32), np.array([-b, b], np.float32), op_version=OPSET)
    p = OnnxSigmoid(z, op_version=OPSET, output_names=["probabilities"])
    return p.to_onnx(
        {"features": FloatTensorType([1, len(w)])},
        outputs=[("probabilities", FloatTensorType([1, 2]))],
        target_opset=OPSET,
    )


if __name__ == "__main__":
    print(NAME)
    parts = data.breast_cancer()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=1000))
    pipeline.fit(*parts["train"])
    data.write_inputs(NAME, parts, 1.0)
    data.write_test(data.MODELS / NAME / "test.npz", parts["test"], 1.0)
    model = to_onnx(*(step for _, step in pipeline.steps))
    (data.MODELS / NAME / "model.onnx").write_bytes(model.SerializeToString())
    print(f"  scikit-learn accuracy {pipeline.score(*parts['test']):.4f}")
