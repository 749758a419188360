"""Which models this package can make, and what each one is: size, preprocessing, source, licence, accuracy."""

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.images import weights

# What may be done to pixels of 0 to 255 before a model; `preprocessing.py` does it.
PREPROCESSING = ("none", "symmetric", "unit", "caffe", "torch")
# How wide the numbers are in which a model computes.
FLOAT32, BFLOAT16 = "float32", "bfloat16"
PRECISIONS = (FLOAT32, BFLOAT16)
_KERAS_FILES = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"


@dataclass(frozen=True, slots=True)
class Download:
    """Where a file of weights is published, and by which MD5. (The publisher names no SHA-256: ours is taken when the
    file is first read, and every start of a server holds the model made of it to that one.)"""

    url: str
    md5: str


@dataclass(frozen=True, slots=True)
class Definition:
    """`size` is the side in pixels of the square that the model sees; `resample` is Pillow's name of how a photo is
    scaled to it, `preprocessing` a name of PREPROCESSING; `top1` and `top5` are the published accuracies on
    ImageNet-1K's validation photos, 0 to 1, `top5` 0 where none is published."""

    name: str
    title: str
    size: int
    resample: str
    preprocessing: str
    licence: str
    source: str
    top1: float
    top5: float
    download: Download | None = None


LITE2 = Definition(
    name="efficientnet-lite2",
    title="EfficientNet-Lite2",
    size=260,
    resample="bicubic",
    preprocessing="none",
    licence=weights.LICENCE,
    source=f"{weights.PACKAGE}=={weights.PACKAGE_VERSION}",
    top1=0.776,
    top5=0.0,
)
RESNET152 = Definition(
    name="resnet152",
    title="ResNet-152",
    size=224,
    resample="bilinear",
    preprocessing="caffe",
    licence="MIT",
    source="keras.applications.ResNet152",
    top1=0.766,
    top5=0.931,
    download=Download(
        f"{_KERAS_FILES}resnet152_weights_tf_dim_ordering_tf_kernels.h5", "100835be76be38e30d865e96f2aaae62"
    ),
)
RESNET50 = Definition(
    name="resnet50",
    title="ResNet-50",
    size=224,
    resample="bilinear",
    preprocessing="caffe",
    licence="MIT",
    source="keras.applications.ResNet50",
    top1=0.749,
    top5=0.921,
    download=Download(
        f"{_KERAS_FILES}resnet50_weights_tf_dim_ordering_tf_kernels.h5", "2cb95161c43110f7111970584f804107"
    ),
)
DEFINITIONS: Mapping[str, Definition] = {one.name: one for one in (LITE2, RESNET152, RESNET50)}
