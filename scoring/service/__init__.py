"""One model behind HTTP, whichever model it is: plain ASGI, natural micro-batching, limits, health, metrics."""
