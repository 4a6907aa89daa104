#!/usr/bin/env python3
"""Writes assets/colormaps.bin: matplotlib's tables of 256 colours, as its pictures have them.

Needs matplotlib (3.11 was used). Each map is 256 x red, green, blue; the maps follow each other in the
order of `Colormap::ALL`. Run it from the repository's root.
"""

from pathlib import Path

import matplotlib
import numpy

MAPS = ["viridis", "magma", "inferno", "plasma", "cividis", "turbo", "gray"]

tables = [matplotlib.colormaps[name](numpy.arange(256), bytes=True)[:, :3] for name in MAPS]
Path("assets/colormaps.bin").write_bytes(numpy.stack(tables).astype(numpy.uint8).tobytes())
