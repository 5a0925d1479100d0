"""What a model does, told by its name: embeddings, images and audio are never priced as chat, nor chat set aside."""

import duckdb
import pytest

from steelyard.ingest.log_format import operation_of, quoted_text

KINDS = {
    "chat": ("gpt-5", "claude-opus-5", "freelance-chat", "embedded-assistant", "influx-1", "llama-3.3-70b", "sonar-pro",
             "us.amazon.nova-pro-v1:0", "tts2chat", "canvas-notes"),
    "embedding": ("text-embedding-3-small", "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3", "voyage-3",
                  "BAAI/bge-m3", "nomic-embed-text"),
    "image": ("dall-e-3", "gpt-image-1", "imagen-4", "stability.stable-image-core-v1:0", "black-forest-labs/flux.1",
              "amazon.nova-canvas-v1:0"),
    "audio": ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-tts", "tts-1", "amazon.nova-sonic-v1:0", "veo-3"),
    "other": ("cohere.rerank-v3-5:0", "omni-moderation-latest"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_model_does_is_told_by_its_name_where_nothing_else_tells(kind: str) -> None:
    for model in KINDS[kind]:
        assert duckdb.execute(f"SELECT {operation_of(quoted_text(model))}").fetchone() == (kind,), model
