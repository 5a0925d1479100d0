"""Models, accelerators and traffic for the serving tests, with shapes from their published configurations."""

from datetime import date

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.model import Architecture, AttentionLayers, FeedForwardLayers, Licence, OpenModel
from steelyard.domain.traffic import LengthCells

EVIDENCE = (Evidence(source="published config.json", as_of=date(2026, 1, 1), grade=Grade.SECONDARY),)
LICENCE = Licence(name="test", commercial_use="yes")


def model(name: str, architecture: Architecture, *, total: float, active: float, native: str = "bf16") -> OpenModel:
    return OpenModel(id=name, name=f"org/{name}", vendor="org", family=name, released=date(2025, 1, 1),
                     architecture=architecture, parameters_total=int(total * 1e9), parameters_active=int(active * 1e9),
                     context_tokens=131072, native_precision=native, licence=LICENCE, evidence=EVIDENCE)  # fmt: skip


def llama(layers: int, hidden: int, heads: int, width: int) -> Architecture:
    return Architecture(hidden_size=hidden, vocab_size=128256,
                        attention=(AttentionLayers(layers=layers, kind="full", heads=heads, kv_heads=8, head_dim=128),),
                        feed_forward=(FeedForwardLayers(layers=layers, kind="dense", width=width),))  # fmt: skip


LLAMA_8B = model("llama-3.1-8b", llama(32, 4096, 32, 14336), total=8.03, active=8.03)
LLAMA_70B = model("llama-3.1-70b", llama(80, 8192, 64, 28672), total=70.55, active=70.55)
LLAMA_405B = model("llama-3.1-405b", llama(126, 16384, 128, 53248), total=405.85, active=405.85)
DEEPSEEK_V3 = model("deepseek-v3", Architecture(
    hidden_size=7168, vocab_size=129280,
    attention=(AttentionLayers(layers=61, kind="mla", heads=128, head_dim=192, v_head_dim=128, q_lora_rank=1536,
                               kv_lora_rank=512, rope_head_dim=64),),
    feed_forward=(FeedForwardLayers(layers=3, kind="dense", width=18432),
                  FeedForwardLayers(layers=58, kind="moe", width=2048, experts=256, active_experts=8,
                                    shared_width=2048))), total=671.03, active=37.55, native="fp8")  # fmt: skip
GPT_OSS_120B = model("gpt-oss-120b", Architecture(
    hidden_size=2880, vocab_size=201088,
    attention=(AttentionLayers(layers=18, kind="full", heads=64, kv_heads=8, head_dim=64),
               AttentionLayers(layers=18, kind="sliding", heads=64, kv_heads=8, head_dim=64, window_tokens=128)),
    feed_forward=(FeedForwardLayers(layers=36, kind="moe", width=2880, experts=128, active_experts=4),)),
    total=116.79, active=5.71, native="fp4")  # fmt: skip
HYBRID = model("hybrid", Architecture(
    hidden_size=4096, vocab_size=100000, tied_embeddings=True,
    attention=(AttentionLayers(layers=8, kind="full", heads=32, kv_heads=2, head_dim=128),
               AttentionLayers(layers=24, kind="linear", heads=32, head_dim=128, state_bytes_per_sequence=1_000_000,
                               parameters_per_layer=60_000_000)),
    feed_forward=(FeedForwardLayers(layers=32, kind="dense", width=12288),)), total=7.0, active=7.0)  # fmt: skip
MODELS = {m.id: m for m in (LLAMA_8B, LLAMA_70B, LLAMA_405B, DEEPSEEK_V3, GPT_OSS_120B, HYBRID)}


def accelerator(name: str, generation: str, *, bf16: float, memory: float, bandwidth: float, link: float,
                vendor: str = "nvidia", fp8: float = 0, fp4: float = 0) -> Accelerator:  # fmt: skip
    peaks = {"bf16": bf16 * 1e12} | ({"fp8": fp8 * 1e12} if fp8 else {}) | ({"fp4": fp4 * 1e12} if fp4 else {})
    return Accelerator(id=name, name=name, vendor=vendor, generation=generation, peak_flop_per_s=peaks,
                       memory_bytes=int(memory * 1e9), memory_bandwidth_bytes_per_s=bandwidth * 1e9,
                       link="nvlink" if link > 100 else "pcie", link_bytes_per_s=link * 1e9,
                       devices_per_server=8, evidence=EVIDENCE)  # fmt: skip


A100 = accelerator("a100-sxm-80gb", "ampere", bf16=312, memory=80, bandwidth=2039, link=300)
H100 = accelerator("h100-sxm", "hopper", bf16=989, fp8=1979, memory=80, bandwidth=3350, link=450)
H200 = accelerator("h200-sxm", "hopper", bf16=989, fp8=1979, memory=141, bandwidth=4800, link=450)
L40S = accelerator("l40s", "ada", bf16=362, fp8=733, memory=48, bandwidth=864, link=32)
B200 = accelerator("b200-sxm", "blackwell", bf16=2250, fp8=4500, fp4=9000, memory=180, bandwidth=8000, link=900)
ACCELERATORS = {a.id: a for a in (A100, H100, H200, L40S, B200)}


def cells(*points: tuple[float, float, float]) -> LengthCells:
    weight, given, made = np.array(points, dtype=np.float64).T
    return LengthCells(weight=weight / weight.sum(), input_tokens=given, output_tokens=made)


CHAT = cells((0.5, 400, 100), (0.3, 1200, 250), (0.2, 3000, 500))
