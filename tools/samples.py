#!/usr/bin/env python3
"""Makes assets/samples: the pictures that are compiled into the program.

    python3 tools/samples.py CIFAR_FOLDER SCIKIT_IMAGE_WHEEL

CIFAR_FOLDER holds CIFAR-10 in its official binary version (`test_batch.bin`), SCIKIT_IMAGE_WHEEL is what
`pip download --no-deps scikit-image` leaves behind. Needs numpy and pillow. Writes

- the photographs, byte for byte as the wheel has them;
- `cifar10.png`: one lossless contact sheet, a row a class in label order, a column a picture: the first PER_CLASS
  pictures of each class in the order of the test set, so nobody chose them;
- `cifar10.json`: the index in the test set of each tile, row by row.
"""

import json
import pathlib
import sys
import zipfile

import numpy as np
from PIL import Image

PHOTOGRAPHS = ["chelsea.png", "coffee.png", "rocket.jpg"]
CLASSES, PER_CLASS, TILE = 10, 20, 32
RECORD = 1 + 3 * TILE * TILE  # a label byte, then the red, green and blue planes

HERE = pathlib.Path(__file__).resolve().parent.parent / "assets" / "samples"


def photographs(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in PHOTOGRAPHS:
            (HERE / name).write_bytes(archive.read(f"skimage/data/{name}"))


def contact_sheet(folder: pathlib.Path) -> None:
    records = np.fromfile(folder / "test_batch.bin", np.uint8).reshape(-1, RECORD)
    indices = [np.flatnonzero(records[:, 0] == label)[:PER_CLASS] for label in range(CLASSES)]
    tiles = records[np.array(indices), 1:].reshape(CLASSES, PER_CLASS, 3, TILE, TILE)
    sheet = tiles.transpose(0, 3, 1, 4, 2).reshape(CLASSES * TILE, PER_CLASS * TILE, 3)
    Image.fromarray(sheet).save(HERE / "cifar10.png", optimize=True)
    rows = ",\n  ".join(json.dumps(row.tolist()) for row in indices)
    (HERE / "cifar10.json").write_text(f"[\n  {rows}\n]\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    HERE.mkdir(parents=True, exist_ok=True)
    contact_sheet(pathlib.Path(sys.argv[1]))
    photographs(pathlib.Path(sys.argv[2]))
