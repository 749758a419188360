"""FastAPI: `uvicorn bench.peers.fastapi_app:app`."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from bench.scorer import load

app = FastAPI()
score = load()


class Question(BaseModel):
    question: str
    top: int = 3


@app.post("/score")
async def answer(asked: Question) -> dict[str, Any]:
    return score([asked.question])[0]


@app.get("/ready")
async def ready() -> str:
    return "ready"
