"""What the small site's two image models say of any photo."""

import base64
import io
import json

from PIL import Image

from tests.webapp import scorer


def encoded(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(out, kind)
    return out.getvalue()


OVERLAY = {"id": "a", "label": "a", "method": "gradcam", "overlay": base64.b64encode(encoded("PNG")).decode()}
FIRST = scorer.PREDICTIONS | {
    "width": 320,
    "height": 240,
    "crop": {"left": 40, "top": 0, "width": 240, "height": 240},
    "explanation": OVERLAY,
    "rendering": base64.b64encode(encoded("JPEG")).decode(),
}
EVIDENCE = {"rule": "energy", "score": 9.0, "threshold": 4.0}
SECOND = FIRST | {
    "predictions": [{"id": "n02124075", "label": "Egyptian cat", "score": 0.62}],
    "receipt": {**FIRST["receipt"], "model": "ResNet-50"},
}


def gone(asked):
    problem = {"type": "x", "title": "No", "status": 404, "detail": "No.", "code": "no-such-model"}
    return 404, {"content-type": "application/problem+json"}, json.dumps(problem).encode()
