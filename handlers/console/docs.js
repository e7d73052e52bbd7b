// Shows /api/openapi.json. Text is set as text, never as markup.
'use strict';
(function () {
  var list = document.getElementById('list');
  var box = document.getElementById('q');
  var doc = null;

  function el(tag, cls, text) {
    var e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  }
  function named(ref) { return ref.replace('#/components/schemas/', ''); }
  function resolve(s) { return s && s.$ref ? doc.components.schemas[named(s.$ref)] : s; }

  function typeOf(s) {
    if (!s) return '';
    if (s.$ref) return named(s.$ref);
    var t = Array.isArray(s.type) ? s.type.join(' | ') : (s.type || 'any');
    if (s.items) t = typeOf(s.items) + '[]';
    if (s.enum) t = s.enum.map(function (v) { return JSON.stringify(v); }).join(' | ');
    if (s.format) t += ' (' + s.format + ')';
    return t;
  }
  function row(table, cells) {
    var tr = table.appendChild(el('tr'));
    cells.forEach(function (c, i) { tr.appendChild(el('td', i === 2 ? 'dim' : 'path', c)); });
  }
  function fields(parent, schema, seen) {
    var s = resolve(schema);
    if (!s) return;
    if (schema.$ref) {
      if (seen.indexOf(schema.$ref) >= 0) return;
      seen = seen.concat(schema.$ref);
      parent.appendChild(el('h3', '', named(schema.$ref)));
    }
    if (!s.properties) { if (s.items) fields(parent, s.items, seen); return; }
    var table = parent.appendChild(el('table'));
    var nested = [];
    Object.keys(s.properties).forEach(function (k) {
      var p = s.properties[k];
      var must = (s.required || []).indexOf(k) >= 0 ? '' : '（可省略）';
      row(table, [k, typeOf(p), must + (p.description || '')]);
      var inner = p.$ref ? p : p.items;
      if (inner && (inner.$ref || inner.properties)) nested.push(inner);
    });
    nested.forEach(function (n) { fields(parent, n, seen); });
  }
  function content(c) { var k = c && Object.keys(c)[0]; return k ? c[k].schema : null; }

  function fill(body, op) {
    if (op.description) body.appendChild(el('p', 'dim', op.description));
    if (op.parameters && op.parameters.length) {
      body.appendChild(el('h3', '', '参数'));
      var t = body.appendChild(el('table'));
      op.parameters.forEach(function (p) {
        row(t, [p.name + ' · ' + p.in, typeOf(p.schema), (p.required ? '必填 ' : '') + (p.description || '')]);
      });
    }
    var req = op.requestBody && content(op.requestBody.content);
    if (req) { body.appendChild(el('h3', '', '请求内容')); fields(body, req, []); }
    Object.keys(op.responses || {}).forEach(function (code) {
      var r = op.responses[code];
      body.appendChild(el('h3', '', '回应 ' + code + ' ' + (r.description || '')));
      var s = content(r.content);
      if (s) fields(body, s, []);
    });
  }
  function draw() {
    var q = box.value.trim().toLowerCase();
    list.textContent = '';
    var groups = {};
    Object.keys(doc.paths).forEach(function (path) {
      Object.keys(doc.paths[path]).forEach(function (method) {
        var op = doc.paths[path][method];
        var text = (method + ' ' + path + ' ' + (op.summary || '') + ' ' + (op.tags || [])).toLowerCase();
        if (q && text.indexOf(q) < 0) return;
        var tag = (op.tags || ['其他'])[0];
        (groups[tag] = groups[tag] || []).push([method, path, op]);
      });
    });
    if (!Object.keys(groups).length) { list.appendChild(el('p', 'dim', '没有符合的接口，请换个词。')); return; }
    Object.keys(groups).forEach(function (tag) {
      list.appendChild(el('h2', '', tag));
      groups[tag].forEach(function (g) {
        var d = list.appendChild(el('details'));
        var s = d.appendChild(el('summary'));
        s.appendChild(el('span', 'method', g[0].toUpperCase()));
        s.appendChild(el('span', 'path', g[1]));
        s.appendChild(el('span', 'dim', g[2].summary || ''));
        d.addEventListener('toggle', function () {
          if (d.open && d.children.length === 1) fill(d.appendChild(el('div', 'body')), g[2]);
        });
      });
    });
  }

  fetch('/api/openapi.json').then(function (r) {
    if (!r.ok) throw new Error(String(r.status));
    return r.json();
  }).then(function (d) { doc = d; box.addEventListener('input', draw); draw(); })
    .catch(function () { list.textContent = '读取接口文档失败，请刷新页面重试。'; });
})();
