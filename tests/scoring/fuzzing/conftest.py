"""The models of both scorers, as their own tests make them."""

from tests.scoring.faq.conftest import garden_models
from tests.scoring.images.conftest import model_folder, scorer

__all__ = ["garden_models", "model_folder", "scorer"]
