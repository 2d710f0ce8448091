"""Forecasts what follows a table: python use.py past.csv NAME   (a column `date`, then numbers; NAME: one of several series)."""

import csv
import json
import sys
from pathlib import Path

import keras
import numpy as np

here = Path(__file__).parent
scaling = json.loads((here / "scaling.json").read_text(encoding="utf-8"))
model = keras.models.load_model(here / "model.keras")
with Path(sys.argv[1] if len(sys.argv) > 1 else here / "past.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
name = sys.argv[2] if len(sys.argv) > 2 else rows[0]["series"] if "" not in scaling["series"] else ""
rows = [row for row in rows if not name or row["series"] == name]
values = np.array([[float(row[column]) for column in scaling["columns"]] for row in rows])
dates = np.array([row["date"] for row in rows], "datetime64[s]")

scale = scaling["series"][name]
read = np.diff(values, axis=0, prepend=values[:1]) if scaling["differences"] else values
days = (dates - dates.astype("datetime64[Y]")).astype("timedelta64[s]").astype(float) / 86_400
angles = [2 * np.pi * days / 365.25, 2 * np.pi * (days % 1)][: scaling["calendar"] // 2]
waves = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
inputs = np.column_stack([(read - scale["mean"]) / scale["deviation"], *waves])[-model.input_shape[1] :]

outputs = model.predict(inputs[None].astype("float32"), verbose=0)[0].astype(float)
forecast = scale["target_mean"] + scale["target_deviation"] * outputs + (values[-1, 0] if scaling["differences"] else 0)
for step, value in enumerate(forecast, 1):
    print(f"{step} after {rows[-1]['date']}  {value:.6g}  {scaling['columns'][0]}")
