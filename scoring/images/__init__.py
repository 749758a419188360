"""The image scorer: what a photo shows, by EfficientNet-Lite2 (ImageNet-1K, 1000 classes) rebuilt in Keras.

TensorFlow, Keras and Pillow read their settings from the environment when they are first imported, so they are given
here, before any module of this package can import them. What the user has set wins.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Blocks this large come from the system and go back to it; smaller ones stay with the process after a large photo.
os.environ.setdefault("PILLOW_BLOCK_SIZE", "64m")
