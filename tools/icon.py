#!/usr/bin/env python3
"""Draws assets/icon: a small ponder map, calm at the rim and busy where something is to be seen.

Writes ponderscope.svg, the PNGs that are rendered from it, and the .ico for Windows, which holds the smaller ones.
Needs rsvg-convert (Debian: librsvg2-bin). Run it from the repository's root.
"""

import math
import struct
import subprocess
from pathlib import Path

FOLDER = Path("assets/icon")
EDGE = 512  # of the drawing
CELLS = 8  # in a row, so that at 16 pixels each is two wide
RADIUS = 104
SIZES = [16, 24, 32, 48, 64, 128, 256, 512]
IN_ICO = [16, 24, 32, 48, 64, 128, 256]

VIRIDIS = Path("assets/colormaps.bin").read_bytes()[: 256 * 3]  # the first of its tables


def cost(row, column):
    """What a position spent, from 0 to 1."""
    y, x = (row + 0.5) / CELLS, (column + 0.5) / CELLS

    def blob(cy, cx, width):
        return math.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))

    # Two that think long, one longer than the other.
    return min(1.0, 0.06 + 1.02 * blob(0.40, 0.62, 0.20) + 0.62 * blob(0.74, 0.30, 0.15))


def color(value):
    place = 3 * round(255 * value)
    return "#" + VIRIDIS[place : place + 3].hex()


def drawing():
    size = EDGE // CELLS
    rounded = f'<rect width="{EDGE}" height="{EDGE}" rx="{RADIUS}"/>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{EDGE}" height="{EDGE}" viewBox="0 0 {EDGE} {EDGE}">',
        "<title>Ponderscope</title>",
        f'<clipPath id="rounded">{rounded}</clipPath>',
        '<g clip-path="url(#rounded)" shape-rendering="crispEdges">',
    ]
    for row in range(CELLS):
        for column in range(CELLS):
            at = f'x="{column * size}" y="{row * size}" width="{size}" height="{size}"'
            lines.append(f'<rect {at} fill="{color(cost(row, column))}"/>')
    return "\n".join([*lines, "</g>", "</svg>", ""])


def ico(pictures):
    """An icon file that holds PNGs: a table of sizes and places, and the files as they are."""
    table = struct.pack("<HHH", 0, 1, len(pictures))
    at = len(table) + 16 * len(pictures)
    for size, data in pictures:
        table += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at)
        at += len(data)
    return table + b"".join(data for _, data in pictures)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    svg = FOLDER / "ponderscope.svg"
    svg.write_text(drawing())
    for size in SIZES:
        png = FOLDER / f"{size}.png"
        subprocess.run(["rsvg-convert", "-w", str(size), "-h", str(size), "-o", png, svg], check=True)
    pictures = [(size, (FOLDER / f"{size}.png").read_bytes()) for size in IN_ICO]
    (FOLDER / "ponderscope.ico").write_bytes(ico(pictures))


main()
