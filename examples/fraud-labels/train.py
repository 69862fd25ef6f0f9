"""Trains on the orders of the first two weeks, and looks at those of the days after."""

import csv
import sys

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

with open(sys.argv[1]) as file:
    rows = list(csv.DictReader(file))
features = [name for name in rows[0] if name.startswith("payments_")]


def inputs(some):
    # No payment in the window is NULL, an empty cell.
    return [[float(row[name] or 0) for name in features] for row in some]


def labels(some):
    return [row["label_chargebacks_amount_count_7d"] != "" for row in some]


early = [row for row in rows if row["ds"] <= "2024-03-15"]
late = [row for row in rows if row["ds"] > "2024-03-15"]
model = make_pipeline(StandardScaler(), LogisticRegression())
model.fit(inputs(early), labels(early))
score = roc_auc_score(labels(late), model.predict_proba(inputs(late))[:, 1])
print(f"{len(early)} orders to learn from, {len(late)} to look at: AUC {score:.2f}")
