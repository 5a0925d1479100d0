"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const result = $("#result"), form = $("#inputs");
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  /* --- the engine's answer: one in flight, then the latest --- */
  let flying = null, wanted = null, stopped = false;
  const swap = (html) => {
    const opened = $$("details[open] > summary", result).map((s) => s.textContent);
    result.innerHTML = html;
    for (const summary of $$("details > summary", result)) if (opened.includes(summary.textContent)) summary.parentElement.open = true;
    result.setAttribute("aria-busy", "false");
    mount();
  };
  const follow = (words, job) => {
    if ($(".working", result)) { const said = $("[data-progress]", result); if (said) said.textContent = words; return; }
    let line = $(".follow", result);
    if (!line) {
      line = document.createElement("div");
      line.className = "follow";
      line.innerHTML = '<p role="status" data-progress></p><button type="button" class="quiet" data-cancel>Stop</button>';
      result.prepend(line);
    }
    line.dataset.job = job ?? "";
    $("[data-progress]", line).textContent = words;
  };
  const part = async (address) => {
    const answer = await fetch(address, { headers: { "X-Part": "result" } });
    return answer.text();
  };
  const jobOf = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html");
    return $("[data-job]", found)?.dataset.job ?? "";
  };
  const settle = async (job) => {
    for (let wait = 120; ; wait = Math.min(wait * 1.3, 1000)) {
      await pause(wait);
      if (stopped) return "stopped";
      const answer = await fetch("/api/v1/jobs/" + encodeURIComponent(job));
      if (!answer.ok) return "gone";
      const told = await answer.json();
      if (told.state !== "waiting" && told.state !== "running") return told.state;
      follow(told.progress, job);
    }
  };
  const answerFor = async (address, first) => {
    let html = first ?? (await part(address));
    for (let job = jobOf(html); job; job = jobOf(html)) {
      if (!$("#result > *")) swap(html);
      follow($("[data-progress]", result)?.textContent || "deciding", job);
      const state = await settle(job);
      if (state === "stopped") return null;
      html = await part(address);
    }
    return html;
  };
  const ask = async (address, first) => {
    wanted = address;
    if (flying) return;
    while (wanted) {
      flying = wanted;
      wanted = null;
      stopped = false;
      result.setAttribute("aria-busy", "true");
      try {
        const html = await answerFor(flying, first);
        if (!wanted && html !== null) swap(html);
        if (html === null && !wanted) follow("Stopped. Change an input, or press Decide, to go on.", "");
      } catch {
        follow("The server does not answer. It may have been stopped; start it again and reload.", "");
      }
      first = undefined;
    }
    flying = null;
    if (!$("[data-job]:not([data-job=''])", result)) result.setAttribute("aria-busy", "false");
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    const holder = event.target.closest("[data-job]");
    stopped = true;
    if (holder?.dataset.job) fetch("/api/v1/jobs/" + encodeURIComponent(holder.dataset.job), { method: "DELETE" });
    if (holder?.classList.contains("working")) holder.innerHTML = '<h2 class="plain">Stopped</h2><p>Change an input, or reload, to decide again.</p>';
  });

  /* --- inputs: the address holds the differences --- */
  const initial = form ? Object.fromEntries($$("[name]", form).map((e) => [e.name, e.value])) : {};
  const query = () => {
    const pairs = new URLSearchParams(location.search), found = new URLSearchParams();
    found.set("from", initial.from ?? "blank");
    for (const e of $$("[name]", form)) {
      if (e.name === "from") continue;
      if (pairs.has(e.name) || e.value !== initial[e.name]) found.set(e.name, e.value);
    }
    return found.toString();
  };
  const go = (push = true) => {
    const address = location.pathname + "?" + query();
    if (push && address !== location.pathname + location.search) history.pushState(null, "", address);
    for (const link of $$(".bar-top nav a")) {
      const name = new URL(link.href).pathname;
      if (["/study", "/traffic", "/options", "/serving", "/assumptions"].includes(name)) link.href = name + "?" + query();
    }
    ask(address);
  };
  if (form) {
    form.addEventListener("change", (event) => { if (event.target.name) go(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
    window.addEventListener("popstate", () => { if (location.pathname === "/study" && !location.hash.startsWith("#try")) location.reload(); });
  }
  $("form[data-model] select")?.addEventListener("change", (event) => event.target.form.requestSubmit());

  if (form && matchMedia("(max-width: 1099px)").matches) for (const group of $$("details.group", form)) group.open = false;

  /* --- sliders beside the inputs: the ledger answers at once, the engine follows --- */
  const KEYS = [[/^requests (a|per) month/i, "traffic.requests_per_month"], [/discount rate/i, "economics.discount_rate"], [/cost of an? engineer|engineer.*cost|loaded/i, "team.loaded_cost_per_year"]];
  const shortly = (v) => (v >= 1e9 ? +(v / 1e9).toPrecision(4) + "B" : v >= 1e6 ? +(v / 1e6).toPrecision(4) + "M" : v >= 1e3 ? +(v / 1e3).toPrecision(4) + "k" : String(+v.toPrecision(4)));
  const link = () => {
    if (!form) return;
    for (const old of $$(".quick", form)) old.remove();
    for (const label of $$("#live .dial > label")) {
      const key = KEYS.find(([pattern]) => pattern.test(label.textContent))?.[1], range = document.getElementById(label.htmlFor);
      const input = key && document.getElementById("in-" + key);
      if (!input || !range || $(".quick", input.parentElement)) continue;
      const box = document.getElementById(range.id.replace("dial-", "dial-box-"));
      const quick = document.createElement("input");
      Object.assign(quick, { type: "range", min: range.min, max: range.max, value: range.value, className: "quick" });
      quick.setAttribute("aria-label", "Slide: " + label.textContent);
      quick.addEventListener("input", () => {
        range.value = quick.value;
        range.dispatchEvent(new Event("input"));
        input.value = key.endsWith("discount_rate") ? +(Number(box.value) * 100).toPrecision(4) + "%" : (key.startsWith("team") ? "$" : "") + shortly(Number(box.value));
      });
      quick.addEventListener("change", (event) => { event.stopPropagation(); history.replaceState(null, "", location.pathname + location.search); go(); });
      range.addEventListener("input", () => { quick.value = range.value; });
      input.after(quick);
    }
  };
  const echo = () => {
    const said = $("#try-verdict"), line = $("[data-at-once]");
    if (!said || !line) return;
    const tell = () => { line.textContent = said.textContent; line.hidden = !said.textContent.startsWith("With"); };
    new MutationObserver(tell).observe(said, { childList: true, characterData: true, subtree: true });
    tell();
  };

  /* --- the surface: which way costs least where two inputs move --- */
  const surface = () => {
    const section = $("#surface"), holder = $("#workings");
    if (!section || !holder || !window.steelyard?.ready) return;
    const data = JSON.parse(holder.textContent), [xs, ys] = [$("#surface-x"), $("#surface-y")];
    if (data.dials.length < 2) return;
    const names = $$("#live .dial > label").map((l) => l.textContent);
    for (const [select, chosen] of [[xs, Math.max(0, names.findIndex((n) => KEYS[0][0].test(n)))], [ys, -1]]) {
      select.replaceChildren(...names.map((n, k) => new Option(n, k)));
      select.value = String(chosen >= 0 ? chosen : names.findIndex((_, k) => String(k) !== xs.value));
    }
    const unit = (k) => $("#dial-box-" + k)?.parentElement.querySelector("label")?.textContent ?? "";
    const kinds = data.options.map((o) => (o.rank === 0 ? "keep" : o.rank <= 3 ? "buy" : "build"));
    const W = 24, H = 14;
    let turn = 0;
    const draw = async () => {
      const mine = ++turn, [x, y] = [Number(xs.value), Number(ys.value)], [dx, dy] = [data.dials[x], data.dials[y]];
      if (x === y) { $("#surface-said").textContent = "Choose two different inputs."; return; }
      const cells = [], at = (d, t) => d.low * Math.pow(d.high / d.low, t), won = new Map();
      for (let j = 0; j < H; j++) {
        for (let i = 0; i < W; i++) {
          const factors = {};
          for (const [d, t] of [[dx, (i + .5) / W], [dy, (j + .5) / H]]) for (const m of d.members) factors[m] = (factors[m] ?? 1) * at(d, t) / d.expected;
          const costs = window.steelyard.costs(factors);
          let best = -1;
          costs.forEach((usd, k) => { if (data.options[k].feasible && (best < 0 || usd < costs[best])) best = k; });
          if (best >= 0) { cells.push(`<rect class="surf-${kinds[best]}" x="${70 + i * 36}" y="${10 + (H - 1 - j) * 24}" width="36" height="24"/>`); won.set(best, (won.get(best) ?? 0) + 1); }
        }
        if (j % 2) { await pause(0); if (mine !== turn) return; }
      }
      const place = (d) => Math.log(d.expected / d.low) / Math.log(d.high / d.low);
      const cx = 70 + place(dx) * W * 36, cy = 10 + (1 - place(dy)) * H * 24, bottom = 10 + H * 24;
      const tick = (d, t) => shortly(at(d, t));
      const labels = [0, .5, 1].map((t) => `<text x="${70 + t * W * 36}" y="${bottom + 20}" text-anchor="${t ? (t === 1 ? "end" : "middle") : "start"}">${tick(dx, t)}</text><text x="62" y="${bottom - t * H * 24 + (t === 1 ? 12 : t ? 5 : 0)}" text-anchor="end">${tick(dy, t)}</text>`).join("");
      $("#surface-plot").innerHTML = `<svg viewBox="0 0 950 ${bottom + 34}">${cells.join("")}<path class="surf-here" d="M${cx - 9} ${cy}h18M${cx} ${cy - 9}v18"/>${labels}</svg>`;
      const share = [...won].sort((a, b) => b[1] - a[1]).slice(0, 4).map(([k, n]) => `${data.options[k].label} in ${Math.round(100 * n / (W * H))} %`);
      $("#surface-said").textContent = `Grey: keep what runs; blue-green: buy; orange: build. Across: ${names[x]} (${unit(x)}); up: ${names[y]} (${unit(y)}); both on a logarithmic scale. Least cost: ${share.join("; ")}.`;
    };
    xs.addEventListener("change", draw);
    ys.addEventListener("change", draw);
    section.hidden = false;
    draw();
  };

  /* --- tables: sort, filter --- */
  const sortable = (table) => {
    for (const button of $$("button.sort", table)) {
      button.addEventListener("click", () => {
        const head = button.closest("th"), up = head.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0], k = Number(button.dataset.sort);
        for (const th of $$("thead th[aria-sort]", table)) th.setAttribute("aria-sort", th === head ? (up ? "ascending" : "descending") : "none");
        const value = (row) => { const raw = row.cells[k]?.dataset.value ?? "", n = Number(raw); return raw === "" ? null : Number.isNaN(n) ? raw : n; };
        const order = (a, b) => { const [p, q] = [value(a), value(b)]; return p === null ? 1 : q === null ? -1 : (p < q ? -1 : p > q ? 1 : 0) * (up ? 1 : -1); };
        [...body.rows].sort(order).forEach((row) => body.append(row));
      });
    }
  };
  const filter = (box) => {
    const table = document.getElementById(box.dataset.filter);
    const apply = () => {
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !$$("[data-by]", box).every((e) => !e.value || (e.dataset.by === "text" ? row.textContent.toLowerCase().includes(e.value.toLowerCase()) : row.dataset[e.dataset.by] === e.value));
        if (!row.hidden) shown++;
      }
      $("[data-shown]", box).textContent = `${shown} of ${table.tBodies[0].rows.length} shown`;
    };
    box.addEventListener("input", apply);
    box.addEventListener("submit", (event) => event.preventDefault());
    apply();
  };

  /* --- what a new answer needs --- */
  const mount = () => {
    for (const table of $$("table:has(button.sort)", result ?? document)) sortable(table);
    for (const box of $$("form[data-filter]", result ?? document)) filter(box);
    if (form) {
      for (const field of $$(".field.wrong", form)) { field.classList.remove("wrong"); $("[name]", field)?.removeAttribute("aria-invalid"); }
      for (const fault of $$("[data-field]", result)) {
        const input = document.getElementById("in-" + fault.dataset.field);
        if (input) { input.closest(".field").classList.add("wrong"); input.setAttribute("aria-invalid", "true"); const group = input.closest("details.group"); if (group) group.open = true; }
      }
    }
    const live = $("[data-live]", result ?? document);
    if (!live) return;
    const script = document.createElement("script");
    script.src = live.dataset.live;
    script.addEventListener("load", () => { link(); echo(); surface(); script.remove(); });
    document.body.append(script);
  };

  /* --- a log: sent with progress, profiled, then shown --- */
  const upload = $("#upload");
  if (upload) {
    const drop = $("#drop"), files = $("#files"), bar = $("#upload-bar"), words = $("#upload-words");
    const say = (text) => { words.textContent = text; };
    for (const kind of ["dragover", "dragleave", "drop"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.toggle("over", kind === "dragover"); });
    drop.addEventListener("drop", (event) => { files.files = event.dataTransfer.files; upload.requestSubmit(); });
    const faults = (told) => (told.error?.faults ?? []).map((f) => [f.what, f.expected && "Expected " + f.expected, f.remedy].filter(Boolean).join(". ")).join(" ") || told.error?.message || "It did not work.";
    upload.addEventListener("submit", (event) => {
      event.preventDefault();
      const request = new XMLHttpRequest();
      bar.hidden = false;
      request.open("POST", "/api/v1/uploads");
      request.upload.addEventListener("progress", (e) => { bar.value = (100 * e.loaded) / (e.total || 1); say(`Sent ${(e.loaded / 1e6).toFixed(1)} MB`); });
      request.addEventListener("error", () => say("The server does not answer, or it refused the file as too large."));
      request.addEventListener("load", async () => {
        const told = JSON.parse(request.responseText || "{}");
        if (request.status !== 201) { bar.hidden = true; say(faults(told)); return; }
        bar.removeAttribute("value");
        say("Counting");
        const asked = await fetch("/api/v1/profile?wait_s=0", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ upload: told.upload }) });
        let job = await asked.json(), answer = asked;
        while (answer.status === 202 || (answer.ok && job.state && (job.state === "waiting" || job.state === "running"))) {
          await pause(250);
          answer = await fetch("/api/v1/jobs/" + job.id);
          job = await answer.json();
          say(job.progress ?? "Counting");
        }
        if (job.id && job.state !== "done") { answer = await fetch(`/api/v1/jobs/${job.id}/result`); bar.hidden = true; say(faults(await answer.json())); return; }
        if (!job.id && !answer.ok) { bar.hidden = true; say(faults(job)); return; }
        location.href = "/traffic?" + new URLSearchParams({ from: "blank", "traffic.log": told.upload });
      });
      request.send(new FormData(upload));
    });
  }

  mount();
  const job = result && $("[data-job]", result)?.dataset.job;
  if (job) ask(location.pathname + location.search, result.innerHTML);
})();
