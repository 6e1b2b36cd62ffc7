'use strict';
(() => {
  const report = JSON.parse(document.getElementById('report').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const onLight = ['#2457b3', '#c2571a', '#14804a', '#8a3ab0', '#b3243f', '#00808a', '#806a00', '#5a6270', '#d1568f', '#4f8f00'];
  const onDark = ['#7fabff', '#ff9d5c', '#5fd394', '#cf97f2', '#ff8296', '#4fd6e0', '#dcc24a', '#b3bccb', '#ff9dc8', '#a6dd55'];
  let hues = onLight;
  const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
  const color = i => hues[i % hues.length];
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = [];

  // Whiskers from the low to the high end of each bar's interval.
  const whiskers = {
    id: 'whiskers',
    afterDatasetsDraw(chart) {
      const pen = chart.ctx;
      chart.data.datasets.forEach((set, d) => (set.intervals || []).forEach((interval, i) => {
        if (!interval || !chart.isDatasetVisible(d)) return;
        const x = chart.getDatasetMeta(d).data[i].x;
        const [low, high] = [interval.low, interval.high].map(v => chart.scales.y.getPixelForValue(v));
        pen.save();
        pen.strokeStyle = style('--ink');
        pen.beginPath();
        pen.moveTo(x, low); pen.lineTo(x, high);
        [low, high].forEach(y => { pen.moveTo(x - 3, y); pen.lineTo(x + 3, y); });
        pen.stroke();
        pen.restore();
      }));
    },
  };

  // Bands from the low to the high end of each point's interval.
  const bands = {
    id: 'bands',
    beforeDatasetsDraw(chart) {
      const pen = chart.ctx;
      chart.data.datasets.forEach((set, d) => {
        if (!set.intervals || !chart.isDatasetVisible(d)) return;
        const places = chart.getDatasetMeta(d).data.map(point => point.x);
        const edge = end => set.intervals.map((v, i) => [places[i], chart.scales.y.getPixelForValue(v[end])]);
        pen.save();
        pen.globalAlpha = 0.16;
        pen.fillStyle = set.borderColor;
        pen.beginPath();
        [...edge('low'), ...edge('high').reverse()].forEach(([x, y]) => pen.lineTo(x, y));
        pen.fill();
        pen.restore();
      });
    },
  };

  function axis(title, extra) {
    return Object.assign({ title: { display: true, text: title, color: style('--ink') },
      ticks: { color: style('--faint') }, grid: { color: style('--line') } }, extra);
  }

  function draw(id, config) {
    const canvas = document.getElementById(id);
    if (!canvas) return null;
    config.options = Object.assign({ animation: false, responsive: true, maintainAspectRatio: false,
      plugins: { legend: { labels: { color: style('--ink'), boxWidth: 18 } } } }, config.options);
    const chart = new Chart(canvas, config);
    charts.push(chart);
    return chart;
  }

  function roc(id, attack, logarithmic) {
    const floor = 1e-3;
    const sets = report.networks.map((n, i) => ({
      label: n.name,
      data: n.attacks.find(a => a.attack === attack).curve
        .filter(p => !logarithmic || (p.fpr > 0 && p.tpr > 0)).map(p => ({ x: p.fpr, y: p.tpr })),
      borderColor: color(i), backgroundColor: color(i), borderDash: dashes[Math.floor(i / 3) % dashes.length],
      borderWidth: 2, pointRadius: 0, pointStyle: 'line', showLine: true }));
    sets.push({ label: 'chance', data: logarithmic ? [{ x: floor, y: floor }, { x: 1, y: 1 }] : [{ x: 0, y: 0 }, { x: 1, y: 1 }],
      borderColor: style('--faint'), borderDash: [3, 3], borderWidth: 1, pointRadius: 0, pointStyle: 'line', showLine: true });
    const scale = logarithmic
      ? { type: 'logarithmic', min: floor, max: 1, ticks: { color: style('--faint'),
          callback: v => [1e-3, 1e-2, 1e-1, 1].some(t => Math.abs(Math.log10(v / t)) < 1e-6) ? String(v) : '' } }
      : { type: 'linear', min: 0, max: 1 };
    const legend = { labels: { color: style('--ink'), usePointStyle: true, pointStyleWidth: 28 } };
    draw(id, { type: 'scatter', data: { datasets: sets }, options: { plugins: { legend }, scales: {
      x: axis('false alarms among unseen rows', scale), y: axis('forget rows found', Object.assign({}, scale)) } } });
  }

  function histogram(id, network, attack) {
    const scores = report.networks[network].attacks.find(a => a.attack === attack).scores;
    const width = (scores.high - scores.low) / scores.members.length;
    const decimals = width > 0 ? Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 3; // neighbours differ
    const labels = scores.members.map((_, i) => (scores.low + (i + 0.5) * width).toFixed(decimals));
    const set = (label, data, hue) => ({ label, data, backgroundColor: hue + '99', borderColor: hue, borderWidth: 1,
      barPercentage: 1, categoryPercentage: 1, grouped: false });
    draw(id, { type: 'bar', data: { labels, datasets: [set('forget', scores.members, hues[0]), set('unseen', scores.nonMembers, hues[1])] },
      options: { scales: { x: axis('score, higher is more like a member', { ticks: { color: style('--faint'), maxTicksLimit: 6, maxRotation: 0 } }),
        y: axis('share of rows', { beginAtZero: true }) } } });
  }

  function accuracies(id) {
    const names = ['forget-accuracy', 'retain-accuracy', 'test-accuracy'];
    const sets = names.filter(name => name in report.networks[0].metrics).map((name, i) => {
      const intervals = report.networks.map(n => n.metrics[name].interval);
      return { label: name, data: intervals.map(v => v && v.estimate), intervals, backgroundColor: color(i) };
    });
    draw(id, { type: 'bar', data: { labels: report.networks.map(n => n.name), datasets: sets }, plugins: [whiskers],
      options: { scales: { x: axis('', { title: { display: false } }), y: axis('share of right answers', { min: 0, max: 1 }) } } });
  }

  function costs(id, name, title) {
    const known = report.networks.filter(n => n.metrics[name] && n.metrics[name].kind === 'single');
    draw(id, { type: 'bar', data: { labels: known.map(n => n.name), datasets: [{ label: title,
      data: known.map(n => n.metrics[name].number), backgroundColor: color(0) }] },
      options: { indexAxis: 'y', plugins: { legend: { display: false } },
        scales: { x: axis(title, { beginAtZero: true }), y: axis('', { title: { display: false } }) } } });
  }

  // Lines, each in a colour and a dash of its own; a band around those that have intervals.
  function lines(id, sets, x, y) {
    sets.forEach((set, i) => {
      const hue = set.hue || color(i);
      Object.assign(set, { borderColor: hue, backgroundColor: hue, pointBackgroundColor: hue, borderWidth: 2, clip: 8,
        borderDash: dashes[Math.floor(i / 3) % dashes.length], pointStyle: 'circle' }, set.look);
    });
    const legend = { labels: { color: style('--ink'), usePointStyle: true, pointStyleWidth: 28,
      generateLabels: chart => Chart.defaults.plugins.legend.labels.generateLabels(chart)
        .map(label => Object.assign(label, { pointStyle: 'line', lineWidth: 2, lineDash: sets[label.datasetIndex].borderDash })) } };
    draw(id, { type: 'line', data: { datasets: sets }, plugins: [bands], options: { plugins: { legend },
      scales: { x, y: axis(y, { min: 0, max: 1 }) } } });
  }

  // A line for each order of the rows, with a gap between two.
  function relearning(id) {
    const taught = report.networks.filter(n => n.relearned.length > 0);
    const original = taught.find(n => n.role === 'ORIGINAL');
    const most = Math.max(...taught.flatMap(n => n.relearned.map(run => run.steps)), 1);
    const sets = taught.map(n => {
      const looks = n.relearned.flatMap(run => [
        ...run.looks.map((look, i) => {
          const end = run.reached && i === run.looks.length - 1;
          return { x: look.step, y: look.accuracy, radius: end ? 5 : 1.5 };
        }),
        { x: run.steps, y: NaN, radius: 0 }]);
      return { label: n.name, data: looks, look: { pointRadius: looks.map(l => l.radius), borderWidth: 1.5 } };
    });
    if (original) {
      const aim = original.relearned[0].looks[0].accuracy - report.options.relearning.alpha;
      sets.push({ label: 'near enough', data: [{ x: 0, y: aim }, { x: most, y: aim }], hue: style('--faint'),
        look: { pointRadius: 0, borderWidth: 1, borderDash: [3, 3] } });
    }
    lines(id, sets, axis('steps', { type: 'linear', min: 0, max: most }), 'accuracy on forget rows');
  }

  // Strengths that do not grow, and a single one, are places in their order.
  function recovery(id, index) {
    const test = report.recovery[index];
    const strengths = test.outcomes[0].points.map(point => point.at);
    const grows = strengths.length > 2 && strengths.every((at, i) => i === 0 || at > strengths[i - 1]);
    const place = i => grows ? strengths[i] : i === 0 ? 'before' : String(strengths[i]);
    const sets = test.outcomes.map(outcome => ({ label: outcome.network, intervals: outcome.points.map(p => p.accuracy),
      data: outcome.points.map((p, i) => ({ x: place(i), y: p.accuracy.estimate })),
      look: { pointRadius: strengths.length > 12 ? 2 : 4 }, telling: outcome.points.map(p => p.telling) }));
    sets.forEach((set, i) => { set.look.pointBackgroundColor = set.telling.map(told => told ? color(i) : style('--card')); });
    const scale = grows ? { type: 'linear', min: strengths[0], max: strengths[strengths.length - 1] }
      : { type: 'category', labels: strengths.map((_, i) => place(i)) };
    lines(id, sets, axis(test.unit, scale), 'accuracy on forget rows');
  }

  // The corrected networks along the shares, the retrained and the original one straight across.
  function corrective(id, first, end, measure) {
    const cells = report.cells.slice(first, end).filter(cell => cell.measures[measure].kind === 'estimated');
    const set = (label, points, look) => ({ label, data: points.map(p => ({ x: p.x, y: p.interval.estimate })),
      intervals: points.map(p => p.interval), look });
    const interval = cell => cell.measures[measure].interval;
    const corrected = cells.filter(cell => cell.network === 'corrected')
      .map(cell => ({ x: 100 * cell.share, interval: interval(cell) })).sort((a, b) => a.x - b.x);
    const across = (name, dash) => cells.filter(cell => cell.network === name).map(cell => set(name,
      [0, 100].map(x => ({ x, interval: interval(cell) })), { pointRadius: 0, borderDash: dash, borderWidth: 1.5 }));
    lines(id, [set('corrected', corrected, { pointRadius: 4 }), ...across('retrained', [7, 4]), ...across('original', [2, 3])],
      axis('spoilt rows found, percent', { type: 'linear', min: 0, max: 100 }), 'share of rows');
  }

  // Points of the pictured rows: colour by class, shape by whether they are to be forgotten.
  function points(id, place, reach) {
    const rows = report.pictures.rows;
    const set = forget => {
      const chosen = rows.map((_, i) => i).filter(i => rows[i].forget === forget);
      const hue = chosen.map(i => color(rows[i].label));
      return { label: forget ? 'forget' : 'unseen', chosen, data: chosen.map(place), borderColor: hue,
        backgroundColor: forget ? hue : 'transparent', pointStyle: forget ? 'circle' : 'triangle',
        pointRadius: forget ? 4 : 5, borderWidth: 1.5 };
    };
    const scale = { type: 'linear', min: -reach, max: reach, ticks: { display: false }, title: { display: false } };
    const legend = { labels: { color: style('--ink'), usePointStyle: true } };
    const tooltip = { callbacks: { label: c => { const row = rows[c.dataset.chosen[c.dataIndex]]; return `row ${row.id}, class ${row.label}`; } } };
    return draw(id, { type: 'scatter', data: { datasets: [set(true), set(false)] },
      options: { plugins: { legend, tooltip }, scales: { x: axis('', scale), y: axis('', scale) } } });
  }

  function move(chart, place) {
    chart.data.datasets.forEach(set => { set.data = set.chosen.map(place); });
    chart.update('none');
  }

  const reach = layouts => 1.05 * layouts.flat(2).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  const layout = name => report.pictures.networks[name].layout;
  const sliderOf = id => document.querySelector(`input[data-for="${id}"]`);

  function plane(id, name) {
    const at = layout(name).plane;
    points(id, i => ({ x: at[i][0], y: at[i][1] }), reach([at]));
  }

  function space(id, name) {
    const at = layout(name).space;
    const turned = angle => i => {
      const [x, y, z] = at[i];
      return { x: x * Math.cos(angle) + z * Math.sin(angle), y: y + 0.35 * (z * Math.cos(angle) - x * Math.sin(angle)) };
    };
    const slider = sliderOf(id);
    const angle = () => slider.value * Math.PI / 180;
    const chart = points(id, turned(angle()), 1.4 * reach([at]));
    slider.oninput = () => move(chart, turned(angle()));
  }

  function journey(id, from, to) {
    const [a, b] = [layout(from).plane, layout(to).plane];
    const between = share => i => ({ x: a[i][0] + share * (b[i][0] - a[i][0]), y: a[i][1] + share * (b[i][1] - a[i][1]) });
    const slider = sliderOf(id);
    const chart = points(id, between(slider.value / 100), reach([a, b]));
    slider.oninput = () => move(chart, between(slider.value / 100));
    document.querySelector(`button[data-for="${id}"]`).onclick = () => {
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) { slider.value = 100; slider.oninput(); return; }
      const start = performance.now();
      const frame = now => {
        slider.value = Math.min(100, (now - start) / 20);
        slider.oninput();
        if (slider.value < 100 && charts.includes(chart)) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    };
  }

  const kinds = {
    roc: (id, { attack }) => roc(id, attack, false),
    'roc-log': (id, { attack }) => roc(id, attack, true),
    histogram: (id, { network, attack }) => histogram(id, Number(network), attack),
    accuracies,
    costs: (id, { metric, title }) => costs(id, metric, title),
    relearning,
    recovery: (id, { test }) => recovery(id, Number(test)),
    corrective: (id, { first, end, measure }) => corrective(id, Number(first), Number(end), measure),
    plane: (id, { name }) => plane(id, name),
    space: (id, { name }) => space(id, name),
    move: (id, { name, from }) => journey(id, from, name),
  };

  // What is folded away is drawn when it is opened.
  function show(within) {
    within.querySelectorAll('canvas[data-chart]').forEach(canvas => {
      if (!canvas.closest('details:not([open])') && !Chart.getChart(canvas)) {
        kinds[canvas.dataset.chart](canvas.id, canvas.dataset);
      }
    });
  }

  function all() {
    hues = dark.matches ? onDark : onLight;
    charts.splice(0).forEach(chart => chart.destroy());
    show(document);
  }

  all();
  document.querySelectorAll('details').forEach(fold => fold.addEventListener('toggle', () => show(fold)));
  // Charts take their colours when drawn.
  dark.addEventListener('change', all);
})();
