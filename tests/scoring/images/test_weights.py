import io
import pickle

import numpy as np
import pytest

from scoring.images import weights


class Hostile:
    def __reduce__(self):
        import os

        return os.system, ("true",)


def test_the_installed_weights_are_read_whole():
    found = weights.read_verified(weights.installed_file())

    assert len(found) == 386
    assert sum(array.size for array in found.values()) == 6_150_232
    assert found["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert found["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(array).all() for array in found.values())


def test_a_pickle_that_names_any_other_function_is_refused():
    with pytest.raises(weights.WeightsError, match="system, which no file of weights needs"):
        weights.read(io.BytesIO(pickle.dumps(Hostile())))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02.", pickle.dumps(7)])
def test_a_file_of_another_format_is_refused(content):
    with pytest.raises(weights.WeightsError):
        weights.read(io.BytesIO(content))


def test_weights_cut_short_are_refused():
    with pytest.raises(weights.WeightsError):
        weights.read(io.BytesIO(weights.installed_file().read_bytes()[:200_000]))


def test_weights_with_one_byte_changed_are_refused(tmp_path):
    content = bytearray(weights.installed_file().read_bytes())
    content[-1] ^= 1
    altered = tmp_path / "altered.pth"
    altered.write_bytes(content)

    with pytest.raises(weights.WeightsError, match="SHA-256"):
        weights.read_verified(altered)
