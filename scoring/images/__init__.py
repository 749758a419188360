"""The image scorer: what a photo shows, by EfficientNet-Lite2 (ImageNet-1K, 1000 classes) rebuilt in Keras.

TensorFlow and Keras read their settings from the environment when they are first imported, so they are given here,
before any module of this package can import them. What the user has set wins.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
