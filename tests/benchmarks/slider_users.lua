-- Twenty users who each let go of a slider, wait for the engine, and move it again: every study is a new one.
-- wrk -t2 -c20 -d75s --timeout 120s -s tests/benchmarks/slider_users.lua http://127.0.0.1:8737
local n, base = 0, 0
function setup(thread) base = base + 1000000; thread:set("base", base) end
function init() math.randomseed(base) end
function request()
  n = n + 1
  local volume = 100000 + (base + n * 7919) % 900000
  local body = string.format('{"study": "traffic: {requests_per_month: %d, input_tokens: 900, output_tokens: 150}\\n' ..
    'today: openai/gpt-5.4-mini\\n"}', volume)
  return wrk.format("POST", "/api/v1/decide?wait_s=120", {["Content-Type"] = "application/json"}, body)
end
function done(summary, latency)
  io.write(string.format("answers %d in %.0f s, errors %d; p50 %.2f s, p95 %.2f s, p99 %.2f s\n", summary.requests,
    summary.duration / 1e6, summary.errors.status + summary.errors.timeout + summary.errors.read,
    latency:percentile(50) / 1e6, latency:percentile(95) / 1e6, latency:percentile(99) / 1e6))
end
