"use strict";
(() => {
  const data = JSON.parse(document.getElementById("workings").textContent);
  const n = data.months, NBSP = "\u00a0", NEVER = Infinity;
  const unpack = (packed) => {
    const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
    const flat = packed.whole ? bytes : new Float32Array(bytes.buffer), rows = [];
    for (let k = 0; k < packed.rows; k++) rows.push(Array.from(flat.subarray(k * packed.columns, (k + 1) * packed.columns)));
    return rows;
  };
  const draws = Object.fromEntries(Object.entries(data.draws).map(([name, packed]) => [name, unpack(packed)]));
  const count = Math.max(0, ...Object.values(draws).map((rows) => rows.length));

  /* Inputs of the base case (draw < 0) or of one draw, each multiplied by its dial. */
  const inputsOf = (factors, draw) => {
    const found = {};
    for (const [name, mean] of Object.entries(data.means)) {
      const rows = draws[name], row = draw < 0 || !rows ? mean : rows[rows.length > 1 ? draw : 0], factor = factors[name] ?? 1;
      found[name] = factor === 1 ? row : row.map((v) => v * factor);
    }
    return found;
  };
  const present = (total, rate) => {
    let sum = 0;
    for (let m = 0; m < n; m++) sum += total[m] * Math.pow(1 + rate, -(m + 0.5) / 12);
    return sum;
  };
  const costs = (factors, draw) => {
    const inputs = inputsOf(factors, draw), rate = inputs[data.discount][0];
    return data.options.map((option) => present(LEDGERS[option.id](inputs, n).total, rate));
  };
  /* Least cost among the allowed; within the threshold the simpler form wins. */
  const choose = (found) => {
    const open = found.map((usd, k) => (data.options[k].feasible ? usd : NEVER)), least = Math.min(...open);
    if (least === NEVER) return -1;
    const limit = least + Math.max(data.tieFraction * Math.abs(least), data.tieUsd);
    let best = -1;
    open.forEach((usd, k) => {
      if (usd > limit) return;
      const ahead = best < 0 || data.options[k].rank < data.options[best].rank
        || (data.options[k].rank === data.options[best].rank && usd < open[best]);
      if (ahead) best = k;
    });
    return best;
  };
  /* Sums and wins over the draws so far. */
  const tally = () => ({ draws: 0, sums: data.options.map(() => 0), wins: data.options.map(() => 0) });
  const add = (found, factors) => {
    let least = -1;
    const usd = costs(factors, found.draws);
    usd.forEach((value, k) => {
      found.sums[k] += value;
      if (data.options[k].feasible && (least < 0 || value < usd[least])) least = k;
    });
    if (least >= 0) found.wins[least] += 1;
    found.draws += 1;
  };
  const means = (found) => ({ mean: found.sums.map((s) => s / count), best: found.wins.map((w) => w / count) });
  const spread = (factors) => {
    const found = tally();
    while (found.draws < count) add(found, factors);
    return means(found);
  };

  const significant = (size) => {
    const shown = size.toFixed(Math.min(100, 1 - Math.floor(Math.log10(size))));
    return shown.includes(".") ? shown.replace(/0+$/, "").replace(/\.$/, "") : shown;
  };
  const scaled = (size, digits = 2) => {
    const scales = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
    const scale = (scales.find(([s]) => size >= s) ?? [1])[0];
    const rounded = size / scale >= 10 ** digits ? Math.round(size / scale) * scale : Number(size.toPrecision(digits));
    const [unit, letter] = scales.find(([s]) => rounded >= s) ?? [1, ""], part = rounded / unit;
    const places = letter ? Math.max(digits - String(Math.trunc(part)).length, 0) : 0;
    return part.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }) + (letter ? NBSP + letter : "");
  };
  const money = (usd) => {
    const size = Math.abs(usd * data.perUsd), cents = Number(size.toFixed(2));
    const digits = size < 1e-9 ? "0" : size < 0.1 ? significant(size) : cents < 100 ? (Number.isInteger(cents) ? size.toFixed(0) : size.toFixed(2)) : scaled(size);
    return (usd < 0 && digits !== "0" ? "\u2212" : "") + data.sign + digits;
  };
  const hundredths = (p) => (p > 0 && p < 0.0005 ? "under" + NBSP + "0.1" : p < 0.1 ? (p * 100).toFixed(1).replace(/\.0$/, "") : Number((p * 100).toFixed(0)).toLocaleString("en-US")) + NBSP + "%";
  /* A chance that is not certain is never printed as 100 %. */
  const percent = (p) => (p >= 0.995 && p < 1 ? "over" + NBSP + "99" + NBSP + "%" : hundredths(p));

  const count_ = (number) => {
    const size = Math.abs(number), lead = number < 0 ? "\u2212" : "";
    if (size < 1e-9) return "0";
    if (size < 1) return lead + significant(size);
    if (size < 100 && !Number.isInteger(size)) return lead + size.toFixed(Number(size.toFixed(2)) < 10 ? 2 : 1).replace(/\.?0+$/, "");
    if (size < 10000) return lead + Number(size.toFixed(0)).toLocaleString("en-US");
    const [part, letter] = scaled(size, 3).split(NBSP);
    return lead + (part.includes(".") ? part.replace(/0+$/, "").replace(/\.$/, "") : part) + NBSP + letter;
  };
  /* A value of a dial with its unit, as the report prints it. */
  const quantity = (value, dial) => {
    const number = dial.kind === "money" ? money(value) : dial.kind === "percent" ? hundredths(value) : count_(value);
    return dial.words ? number + NBSP + dial.words : number;
  };

  /* A box shows six digits of the expected value; while it does, the value is the exact one. */
  const shortly = (value) => String(Number(value.toPrecision(6)));
  const part = (name, k) => document.getElementById("dial-" + name + k);
  const dials = data.dials.map((dial, k) => ({
    ...dial, shown: shortly(dial.expected * dial.scale), range: part("", k), box: part("box-", k), said: part("said-", k), mark: part("mark-", k),
  }));
  const steps = 1000, ratio = (dial) => Math.log(dial.high / dial.low);
  const at = (dial, value) => Math.round(steps * Math.min(1, Math.max(0, Math.log(value / dial.low) / ratio(dial))));
  const valueOf = (dial) => (dial.box.value === dial.shown ? dial.expected : Number(dial.box.value) / dial.scale);
  const valid = (dial) => dial.box.value.trim() !== "" && Number.isFinite(valueOf(dial)) && valueOf(dial) > 0;
  const factorsNow = () => {
    const factors = {};
    for (const dial of dials) for (const name of dial.members) factors[name] = (factors[name] ?? 1) * (valueOf(dial) / dial.expected);
    return factors;
  };
  const moved = () => dials.some((dial) => valueOf(dial) !== dial.expected);
  const cell = (column, k, words) => { document.getElementById("try-" + column + "-" + k).textContent = words; };
  const words = (found, chosen) => {
    if (chosen < 0) return "No option is allowed.";
    const name = data.options[chosen].label;
    const rest = found.filter((_, k) => k !== chosen && data.options[k].feasible), next = rest.length ? Math.min(...rest) - found[chosen] : null;
    const margin = next === null ? "" : next >= 0 ? `, ${money(next)} less than the next` : `, within the tie threshold and simpler than one that costs ${money(-next)} less`;
    const differs = data.options[chosen].id === data.verdict ? "" : ` The verdict of the study is ${data.verdictLabel || "another"}: it rests on all ${data.engineDraws.toLocaleString("en-US")} draws, with inputs as stated.`;
    return `${moved() ? "With these values" : "Base case"}: ${name}, ${money(found[chosen])}${margin}.${differs}`;
  };

  /* The draws follow once the page is there and the sliders rest, a few at a time, so that neither waits for them. */
  const SLICE = 16, REST_MS = 120;
  let waiting = 0, loaded = document.readyState === "complete", wanted = null;
  const show = (found) => {
    data.options.forEach((option, k) => {
      cell("mean", k, money(found.mean[k]));
      cell("best", k, option.feasible ? percent(found.best[k]) : "\u2013");
    });
    document.getElementById("try").setAttribute("aria-busy", "false");
  };
  const draw = (factors, found) => {
    const stop = Math.min(count, found.draws + SLICE);
    while (found.draws < stop) add(found, factors);
    if (found.draws < count) waiting = setTimeout(() => draw(factors, found), 0);
    else show(means(found));
  };
  const schedule = () => {
    clearTimeout(waiting);
    if (count && loaded && wanted) waiting = setTimeout(() => draw(wanted, tally()), REST_MS);
  };
  window.addEventListener("load", () => { loaded = true; schedule(); }, { once: true });
  const remember = () => {
    const state = dials.map((dial) => (valueOf(dial) === dial.expected ? "" : String(valueOf(dial)))).join(",");
    const wanted = moved() ? "#try=" + state : location.hash.startsWith("#try=") ? "#try" : location.hash;
    if (wanted !== location.hash) history.replaceState(null, "", wanted || "#try");
  };
  const update = () => {
    for (const dial of dials) dial.box.setAttribute("aria-invalid", String(!valid(dial)));
    if (!dials.every(valid)) return;
    const factors = factorsNow(), found = costs(factors, -1), chosen = choose(found);
    const dearest = Math.max(...found);
    for (const dial of dials) {
      dial.said.textContent = valueOf(dial) === dial.expected ? `Expected: ${quantity(dial.expected, dial)}.` : `Set: ${quantity(valueOf(dial), dial)}.`;
      dial.range.setAttribute("aria-valuetext", quantity(valueOf(dial), dial));
    }
    data.options.forEach((_, k) => {
      cell("base", k, money(found[k]));
      document.getElementById("try-bar-" + k).style.width = (dearest > 0 ? Math.max(0, (100 * found[k]) / dearest) : 0) + "%";
      document.getElementById("try-row-" + k).classList.toggle("chosen", k === chosen);
    });
    document.getElementById("try-verdict").textContent = words(found, chosen);
    document.getElementById("try").setAttribute("aria-busy", String(count > 0));
    wanted = factors;
    schedule();
    remember();
  };
  const set = (dial, value) => { dial.box.value = value === dial.expected ? dial.shown : String(Number((value * dial.scale).toPrecision(15))); dial.range.value = String(at(dial, value)); };
  const restore = () => {
    const state = location.hash.startsWith("#try=") ? decodeURIComponent(location.hash.slice(5)).split(",") : [];
    dials.forEach((dial, k) => { const value = Number(state[k]); set(dial, state[k] && Number.isFinite(value) && value > 0 ? value : dial.expected); });
    update();
  };
  /* The mark stands where the thumb's middle would. */
  for (const dial of dials) if (dial.mark) { const place = dial.flip / steps; dial.mark.style.left = `calc(${place * 100}% + ${8 - 16 * place}px)`; }
  for (const dial of dials) {
    dial.range.addEventListener("input", () => {
      const value = dial.low * Math.exp((ratio(dial) * Number(dial.range.value)) / steps);
      dial.box.value = String(Number((value * dial.scale).toPrecision(4)));
      update();
    });
    dial.box.addEventListener("input", () => { if (valid(dial)) dial.range.value = String(at(dial, valueOf(dial))); update(); });
  }
  document.getElementById("try-reset").addEventListener("click", () => { for (const dial of dials) set(dial, dial.expected); update(); });
  window.addEventListener("hashchange", () => { if (location.hash.startsWith("#try=")) restore(); });
  window.steelyard = { costs: (factors) => costs(factors, -1), money, percent, count: count_, spread, ready: true };
  restore();
})();
