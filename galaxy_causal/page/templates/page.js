// Tables: a heading sorts its column; what has no number comes last.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  headings.forEach((heading, column) => heading.firstElementChild.addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") === "ascending", sign = down ? -1 : 1;
    headings.forEach((one) => one.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => {
      const cell = row.cells[column], order = cell.dataset.order;
      return order === undefined ? cell.textContent : order === "" ? null : Number(order);
    };
    const compared = (a, b) => {
      if (a === null || b === null) return (a === null) - (b === null);
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
    };
    [...body.rows].sort((one, two) => compared(key(one), key(two))).forEach((row) => body.append(row));
  }));
}
// Charts: drawn by BokehJS in the ink of the page, light or dark; charts of one title share their scale.
const places = [...document.querySelectorAll(".chart")];
if (places.length && window.Bokeh) {
  const { Plotting, ColumnDataSource, FactorRange, HoverTool, Range1d, Span } = Bokeh;
  const given = JSON.parse(document.getElementById("numbers").textContent), figures = [];
  const rows = (one) => one.lines || [one], scales = new Map();
  places.forEach((place, k) => {
    const ends = rows(given[k]).flatMap((row) => [...row.low, ...row.high, ...row.value]);
    const known = [0, ...ends.filter((end) => end !== null)], before = scales.get(place.dataset.scale) || [0, 0];
    scales.set(place.dataset.scale, [Math.min(before[0], ...known), Math.max(before[1], ...known)]);
  });
  const range = (key) => {
    const [low, high] = scales.get(key), more = 0.06 * (high - low || 1);
    return new Range1d({ start: low - more, end: high + more });
  };
  // no mathematics, for which Bokeh would fetch a script; and no two labels are the same
  const plain = (text) => text.replace(/\$(?=\$)|\\(?=[[(])/g, "$&\u200b");
  const broken = (text) => text.replace(/(.{12,26}?)\s+(?=\S)/g, "$1\n");
  const apart = (texts) => texts.map((text, k) => broken(plain(text)) + "\u200b".repeat(k));
  const blank = (options) => {
    const made = Plotting.figure({ sizing_mode: "stretch_width", tools: "pan,wheel_zoom,reset,save",
      background_fill_alpha: 0, border_fill_alpha: 0, outline_line_alpha: 0, ...options });
    made.toolbar.setv({ logo: null, autohide: true, active_drag: null, active_scroll: null });
    return made;
  };
  const told = (made, marks, fields) => made.add_tools(new HoverTool({ renderers: [marks],
    tooltips: fields.map((field) => ["", "@" + field]) }));
  const inks = [], papers = [];
  const inked = (marks, colour, names) => {
    names.forEach((name) => marks.glyph.setv({ [name]: { value: colour || "#888888" } }));
    if (!colour) inks.push([marks.glyph, names]);
    return marks;
  };
  // marks of what is not reliable are open
  const marked = (made, x, y, data, size, colour, fields) => [false, true].forEach((open) => {
    const of = Object.fromEntries(Object.entries(data).map(([name, values]) =>
      [name, values.filter((_, k) => data.open[k] === open)]));
    if (!of.open.length) return;
    const marks = made.scatter({ field: x }, { field: y }, { source: new ColumnDataSource({ data: of }),
      size, line_color: "#888888", line_width: open ? 2 : 1 });
    told(made, inked(marks, colour, [open ? "line_color" : "fill_color"]), fields);
    if (open) papers.push(marks.glyph);
  });
  const drawers = {
    intervals(one, scale) {
      const factors = apart(one.labels);
      const lines = Math.max(...factors.map((text) => text.split("\n").length));
      const made = blank({ height: 84 + (12 + 14 * lines) * factors.length, x_range: scale,
        y_range: new FactorRange({ factors: [...factors].reverse() }) });
      const data = { name: factors, value: one.value, low: one.low, high: one.high, told: one.told,
        note: one.notes, open: one.open }, source = new ColumnDataSource({ data });
      made.add_layout(new Span({ location: 0, dimension: "height", line_color: "#888888" }));
      inked(made.segment({ field: "low" }, { field: "name" }, { field: "high" }, { field: "name" },
        { source, line_width: 2 }), one.colour, ["line_color"]);
      marked(made, "value", "name", data, 9, one.colour, ["name", "told", "note"]);
      [...made.ygrid].forEach((grid) => grid.setv({ grid_line_color: null }));
      return made;
    },
    curves(one, scale) {
      const made = blank({ height: 300, y_range: scale });
      made.add_layout(new Span({ location: 0, dimension: "width", line_color: "#888888" }));
      [...made.xaxis].forEach((axis) => axis.setv({ axis_label: plain(one.along) }));
      for (const line of one.lines) {
        const data = { place: one.place, value: line.value, low: line.low,
          high: line.high, told: line.told, open: line.open, name: one.place.map(() => plain(line.name)),
          at: one.place.map((place) => `at ${place === null ? "-" : place.toPrecision(4)}`) };
        const source = new ColumnDataSource({ data });
        inked(made.segment({ field: "place" }, { field: "low" }, { field: "place" }, { field: "high" },
          { source, line_width: 2 }), line.colour, ["line_color"]);
        inked(made.line({ field: "place" }, { field: "value" }, { source, line_width: 2 }), line.colour,
          ["line_color"]);
        marked(made, "place", "value", data, 7, line.colour, ["name", "at", "told"]);
      }
      return made;
    },
  };
  const paint = () => {
    const style = getComputedStyle(document.documentElement);
    const [ink, faint, grid, card] = ["--ink", "--faint", "--grid", "--card"].map((name) =>
      style.getPropertyValue(name).trim());
    papers.forEach((glyph) => glyph.setv({ fill_color: { value: card } }));
    inks.forEach(([glyph, names]) => names.forEach((name) => glyph.setv({ [name]: { value: ink } })));
    for (const made of figures) {
      [...made.xaxis, ...made.yaxis].forEach((axis) => axis.setv({ major_label_text_color: ink,
        axis_label_text_color: ink, axis_label_text_font_style: "normal", axis_line_color: faint,
        major_tick_line_color: faint, minor_tick_line_color: null, major_label_text_font_size: "12px" }));
      [...made.xgrid, ...made.ygrid].forEach((one) => {
        if (one.grid_line_color !== null) one.setv({ grid_line_color: grid });
      });
    }
  };
  places.forEach((place, k) => {
    const made = drawers[given[k].kind](given[k], range(place.dataset.scale));
    figures.push(made);
    Plotting.show(made, place);
  });
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}
