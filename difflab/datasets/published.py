"""Published image sets in four IDX files each: names, hashes, mirrors."""

from __future__ import annotations

from dataclasses import dataclass

from difflab.errors import unknown_name


@dataclass(frozen=True)
class PublishedFile:
    """A file as it was published.

    Attributes
    ----------
    name : str
        Of the compressed file.
    holds : str
        What is in it, in words.
    md5 : str
        Of the compressed file.
    md5_unpacked : str
        Of its content.
    """

    name: str
    holds: str
    md5: str
    md5_unpacked: str

    @property
    def names(self) -> tuple[str, str]:
        """What it may be called on disk: compressed, or unpacked."""
        return self.name, self.name.removesuffix(".gz")


@dataclass(frozen=True)
class Published:
    """A data set of four files: training images and labels, test images and labels.

    Attributes
    ----------
    name : str
        What commands call it.
    title : str
        What people call it.
    files : tuple of PublishedFile
    mirrors : tuple of str
        Folders on the web, tried in this order.
    torchvision : str
        The folder that torchvision unpacks it to.
    classes : tuple of str
        Names of the labels.
    mean, deviation : float
        Of the training pixels in 0..1.
    """

    name: str
    title: str
    files: tuple[PublishedFile, ...]
    mirrors: tuple[str, ...]
    torchvision: str
    classes: tuple[str, ...]
    mean: float
    deviation: float


def _four(hashes: tuple[tuple[str, str], ...]) -> tuple[PublishedFile, ...]:
    names = (
        ("train-images-idx3-ubyte.gz", "training images"),
        ("train-labels-idx1-ubyte.gz", "training labels"),
        ("t10k-images-idx3-ubyte.gz", "test images"),
        ("t10k-labels-idx1-ubyte.gz", "test labels"),
    )
    return tuple(PublishedFile(*name, *both) for name, both in zip(names, hashes))


MNIST = Published(
    "mnist",
    "MNIST",
    _four(
        (
            ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "6bbc9ace898e44ae57da46a324031adb"),
            ("d53e105ee54ea40749a09fcbcd1e9432", "a25bea736e30d166cdddb491f175f624"),
            ("9fb629c4189551a2d022fa330f9573f3", "2646ac647ad5339dbf082846283269ea"),
            ("ec29112dd5afa0611ce80d1b7f02629c", "27ae3e4e09519cfbb04c329615203637"),
        )
    ),
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "MNIST/raw",
    tuple(map(str, range(10))),
    0.1307,
    0.3081,
)
"""Handwritten digits. LeCun, Cortes and Burges (1998)."""

FASHION_MNIST = Published(
    "fashion-mnist",
    "Fashion-MNIST",
    _four(
        (
            ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
            ("25c81989df183df01b3e8a0aad5dffbe", "9018921c3c673c538a1fc5bad174d6f9"),
            ("bef4ecab320f06d8554ea6380940ec79", "8181f5470baa50b63fa0f6fddb340f0a"),
            ("bb300cfdad3c16e7a12a480ee83cd310", "15d484375f8d13e6eb1aabb0c3f46965"),
        )
    ),
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    "FashionMNIST/raw",
    (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    0.2860,
    0.3530,
)  # fmt: skip
"""Pictures of clothes in the same format. Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747."""

PUBLISHED = {one.name: one for one in (MNIST, FASHION_MNIST)}


def published(name: str) -> Published:
    """Find a data set by name.

    Raises
    ------
    UnknownNameError
        When there is none.

    Examples
    --------
    >>> published("fashion-mnist").title
    'Fashion-MNIST'
    """
    if name not in PUBLISHED:
        raise unknown_name("published data set", name, PUBLISHED, "difflab data --help")
    return PUBLISHED[name]
