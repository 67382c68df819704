"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filters");
  const field = (name) => document.getElementById(`filter-${name}`);
  const detail = document.getElementById("detail");
  const items = [...document.querySelectorAll(".item")];
  const anchors = new Map(data.routes.map((route, number) => [route[2], number]));
  const cellsOf = data.routes.map(() => []);
  for (const cell of data.cells) cellsOf[cell[1]].push(cell);
  const worst = ["violation", "harness-error", "known", "as-documented", "undocumented", "not-applicable"];
  const verdictOfMark = { v: "violation", k: "known", "+": "as-documented", l: "as-documented" };
  const marks = Object.keys(data.marks);

  const element = (tag, options = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), options);
    made.append(...children);
    return made;
  };
  const routeName = ([saver, loader]) => (loader ? `${saver} → ${loader}` : saver);
  const pairName = ([writer, reader]) =>
    writer === reader ? data.names[writer] : `${data.names[writer]} → ${data.names[reader]}`;

  const chosen = () => ({
    text: field("text").value.trim().toLowerCase(),
    kind: field("kind").value === "" ? -1 : data.kinds.indexOf(field("kind").value),
    facet: data.facets.indexOf(field("facet").value),
    anyFacet: field("facet").value,
    name: field("name").value === "" ? -1 : Number(field("name").value),
    verdict: field("verdict").value,
    saver: field("saver").value,
    cross: field("pairs").value === "cross",
  });

  const columns = (want) => {
    const found = new Map();
    data.pairs.forEach(([writer, reader], number) => {
      if ((writer !== reader) !== want.cross) return;
      if (want.name >= 0 && writer !== want.name && reader !== want.name) return;
      const merged = want.cross && want.name < 0;
      const label = merged ? `read by ${data.names[reader]}` : pairName([writer, reader]);
      if (!found.has(label)) found.set(label, new Set());
      found.get(label).add(number);
    });
    return [...found];
  };

  const summed = (cells) => {
    const counts = data.verdicts.map(() => 0);
    for (const cell of cells) cell[3].forEach((count, number) => { counts[number] += count; });
    return counts;
  };
  const worstVerdict = (counts) => worst.find((verdict) => counts[data.verdicts.indexOf(verdict)] > 0) ?? "";
  const words = (counts) =>
    data.verdicts.map((verdict, number) => [counts[number], verdict]).filter(([count]) => count)
      .map((pair) => pair.join(" ")).join(", ");
  const signs = (counts) => {
    const said = worst.filter((verdict) => counts[data.verdicts.indexOf(verdict)] > 0);
    const loud = said.length > 1 ? said.filter((verdict) => verdict !== "not-applicable") : said;
    return loud.map((verdict) => {
      const number = data.verdicts.indexOf(verdict);
      return `${data.signs[number]}${counts[number]}`;
    }).join(" ");
  };
  const worstMark = (cells, facet) => marks.find((mark) => cells.some((cell) => cell[4][facet] === mark)) ?? "";

  const shownCell = (cells, facet) => {
    if (!cells.length) return { text: "", verdict: "", title: "nothing tried" };
    const counts = summed(cells);
    if (facet < 0) return { text: signs(counts), verdict: worstVerdict(counts), title: words(counts) };
    const mark = worstMark(cells, facet);
    if (!mark) return { text: "", verdict: "", title: "never looked at" };
    const [sign, meaning] = data.marks[mark];
    return { text: sign, verdict: verdictOfMark[mark] ?? "undocumented", title: meaning };
  };
  const matches = (cells, want) => {
    if (!cells.length) return false;
    if (!want.verdict) return want.facet < 0 || worstMark(cells, want.facet) !== "";
    if (want.facet >= 0) return cells.some((cell) => verdictOfMark[cell[4][want.facet]] === want.verdict);
    return summed(cells)[data.verdicts.indexOf(want.verdict)] > 0;
  };
  const tableCell = ({ text, verdict, title }) =>
    element("td", { className: verdict, title }, text || element("span", { className: "hidden" }, title));

  const explore = (want) => {
    const shown = columns(want);
    const body = element("tbody");
    let saver = null;
    let count = 0;
    data.routes.forEach((route, number) => {
      if (want.saver && route[0] !== want.saver) return;
      if (want.text && !routeName(route).toLowerCase().includes(want.text)) return;
      const wanted = cellsOf[number].filter((cell) => want.kind < 0 || cell[2] === want.kind);
      const cells = shown.map(([, pairs]) => wanted.filter((cell) => pairs.has(cell[0])));
      if (!cells.some((each) => matches(each, want))) return;
      count += 1;
      const below = route[1] !== "" && route[0] === saver;
      saver = route[0];
      const link = element("a", { href: `#${route[2]}` }, below ? `→ ${route[1]}` : routeName(route));
      const head = element("th", { scope: "row", className: below ? "loader" : "" }, link);
      body.append(element("tr", {}, head, ...cells.map((each) => tableCell(shownCell(each, want.facet)))));
    });
    const heads = ["route", ...shown.map(([label]) => label)].map((label) => element("th", { scope: "col" }, label));
    const what = want.facet < 0 ? "Trials by route and environment" : `What became of: ${data.facets[want.facet]}`;
    document.getElementById("explorer").replaceChildren(
      element("caption", {}, what), element("thead", {}, element("tr", {}, ...heads)), body);
    return count;
  };

  const includes = (list, number) => list.split(" ").includes(String(number));
  const passes = (item, want) => {
    const has = item.dataset;
    const savers = () => has.routes.split(" ").some((number) => data.routes[Number(number)][0] === want.saver);
    return (!want.anyFacet || has.facets.split(" ").includes(want.anyFacet)) && (!want.verdict || has.verdict === want.verdict)
      && (want.kind < 0 || has.kinds.split(" ").includes(data.kinds[want.kind]))
      && (want.name < 0 || includes(has.names, want.name)) && (!want.saver || savers())
      && (!want.text || item.textContent.toLowerCase().includes(want.text));
  };

  const apply = () => {
    const want = chosen();
    for (const item of items) item.hidden = !passes(item, want);
    const routes = explore(want);
    const left = (verdict) => {
      const all = items.filter((item) => item.dataset.verdict === verdict);
      return `${all.filter((item) => !item.hidden).length} of ${all.length}`;
    };
    document.getElementById("matches").textContent =
      `${left("violation")} violations, ${left("known")} known issues, ${routes} of ${data.routes.length} routes`;
  };

  const detailTable = (number) => {
    const heads = ["environment", "kind", "trials", ...data.facets];
    const rows = cellsOf[number].map((cell) => element("tr", {},
      element("th", { scope: "row" }, pairName(data.pairs[cell[0]])), element("td", {}, data.kinds[cell[2]]),
      tableCell(shownCell([cell], -1)), ...data.facets.map((_, facet) => tableCell(shownCell([cell], facet)))));
    const table = element("table", {},
      element("caption", {}, "Trials and facets"),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows));
    const scroll = element("div", { className: "scroll", tabIndex: 0 }, table);
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Trials and facets of this route");
    return scroll;
  };

  const showRoute = (number) => {
    const route = data.routes[number];
    const found = items.filter((item) => includes(item.dataset.routes, number)).map((item) =>
      element("li", {}, element("a", { href: `#${item.id}` }, item.querySelector("h3").textContent.trim())));
    const link = element("a", { href: `#${route[2]}`, className: "permalink" }, routeName(route));
    detail.replaceChildren(element("h3", {}, link), detailTable(number),
      element("p", {}, found.length ? "Violations and known issues:" : "No violation, no known issue."),
      element("ul", {}, ...found));
    detail.hidden = false;
    detail.scrollIntoView();
    detail.focus({ preventScroll: true });
  };

  const go = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (anchors.has(name)) {
      showRoute(anchors.get(name));
      return;
    }
    const target = name && document.getElementById(name);
    if (!target) return;
    const item = target.closest(".item");
    if (item) {
      if (item.hidden) {
        form.reset();
        apply();
      }
      item.querySelector("details").open = true;
    }
    target.scrollIntoView();
  };

  for (const change of ["input", "change"]) form.addEventListener(change, apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  for (const change of ["input", "change"]) field("pairs").addEventListener(change, apply);
  window.addEventListener("hashchange", go);
  apply();
  go();
}
