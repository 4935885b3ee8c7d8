"""A published data set small enough for tests: four IDX files of 28 x 28 noise."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from difflab.datasets import write_idx
from difflab.datasets.published import MNIST, Published

TRAIN, TEST = 40, 20


def write_files(folder: Path, seed: int = 0) -> dict[str, bytes]:
    """Write the four files; returns their content by name."""
    generator = np.random.default_rng(seed)
    for part, count in (("train", TRAIN), ("t10k", TEST)):
        pixels = generator.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        pixels[0, 0, :2] = 0, 255
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", pixels)
        labels = generator.permutation(np.arange(count) % 10).astype(np.uint8)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return {path.name: path.read_bytes() for path in folder.glob("*.gz")}


def unpack(folder: Path) -> None:
    """Put the content of every file in its place, as torchvision does."""
    for path in folder.glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()


def publish(content: dict[str, bytes], name: str = "tiny") -> Published:
    """Describe files as a published data set."""

    def md5(data: bytes) -> str:
        return hashlib.md5(data, usedforsecurity=False).hexdigest()

    files = tuple(
        replace(
            file,
            md5=md5(content[file.name]),
            md5_unpacked=md5(gzip.decompress(content[file.name])),
        )
        for file in MNIST.files
    )
    return replace(
        MNIST, name=name, title=name.title(), files=files, torchvision=f"{name.upper()}/raw"
    )
