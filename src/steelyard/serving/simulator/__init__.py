"""An engine simulated request by request: continuous batching, chunked prefill, preemption, prefix cache, routing."""
