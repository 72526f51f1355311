"""The list of addresses as a plain page: no script and nothing from another host, unlike the usual viewers."""

import html
import json
import re
from typing import Any

_STYLE = """
body { font: 16px/1.6 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
       color: #1d2733; background: #fff; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.5rem; border-top: 1px solid #c9d1d9; padding-top: 1.5rem; }
code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f1f4f7; border-radius: 4px; }
code { padding: 0 .25em; } pre { padding: .75rem; overflow-x: auto; } dt { margin-top: .5rem; }
a { color: #0b5a63; }
@media (prefers-color-scheme: dark) {
  body { color: #dde4ea; background: #10181f; } code, pre { background: #1c2731; } a { color: #7fd0d8; }
  h2 { border-color: #34424f; } }
"""


def docs_html(schema: dict[str, Any]) -> str:
    """Return a page that lists what an OpenAPI schema describes."""
    info = schema["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(info['title'])}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{_text(info['title'])} {_text(info['version'])}</h1><p>{_text(info['description'])}</p>"
        '<p>For programs: <a href="openapi.json">openapi.json</a>.</p>'
    ]
    prefix = schema["servers"][0]["url"]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(method.upper(), prefix + path, operation))
    parts.append("<h2>Values</h2>")
    for name, value in schema["components"]["schemas"].items():
        parts.append(_value(name, value))
    return "".join([*parts, "</body></html>"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [f"<h2>{_text(operation['summary'])}</h2><p><code>{method} {_text(path)}</code></p>"]
    parts += [f"<p>{_prose(paragraph)}</p>" for paragraph in operation.get("description", "").split("\n\n")]
    if parameters := operation.get("parameters"):
        parts.append("<dl>")
        for parameter in parameters:
            about = [parameter.get("description", ""), *_examples(parameter)]
            parts.append(
                f"<dt><code>{_text(parameter['name'])}</code> ({parameter['in']}, {_kind(parameter['schema'])})</dt>"
                f"<dd>{_prose(' '.join(filter(None, about)))}</dd>"
            )
        parts.append("</dl>")
    if body := operation.get("requestBody"):
        for example in body["content"]["application/json"].get("examples", {}).values():
            shown = json.dumps(example["value"], ensure_ascii=False, indent=2)
            parts.append(f"<p>{_text(example['summary'])}</p><pre>{_text(shown)}</pre>")
    given = operation["responses"]["200"]["content"]["application/json"]["schema"].get("$ref", "")
    refusals = ", ".join(status for status in operation["responses"] if status != "200")
    parts.append(f"<p>Gives {_named(given)}; refuses with {refusals}.</p>")
    return "".join(parts)


def _value(name: str, schema: dict[str, Any]) -> str:
    parts = [f'<h3 id="{_text(name)}">{_text(name)}</h3><p>{_prose(schema.get("description", ""))}</p>']
    if values := schema.get("enum"):
        parts.append(f"<p>{', '.join(f'<code>{_text(value)}</code>' for value in values)}</p>")
    fields = [
        f"<dt><code>{_text(field)}</code> ({_kind(about)})</dt><dd>{_prose(about.get('description', ''))}</dd>"
        for field, about in schema.get("properties", {}).items()
    ]
    return "".join([*parts, "<dl>", *fields, "</dl>"] if fields else parts)


def _named(reference: str) -> str:
    name = _text(reference.rsplit("/", 1)[-1])
    return f'<a href="#{name}"><code>{name}</code></a>'


def _examples(parameter: dict[str, Any]) -> list[str]:
    return [f"For example {example['value']}." for example in parameter.get("examples", {}).values()]


def _kind(schema: dict[str, Any]) -> str:
    """Return what a value is, as HTML: a plain kind, a list of something, or another value by name."""
    if "$ref" in schema:
        return _named(schema["$ref"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if "items" in schema else "list"
    if kinds := schema.get("anyOf"):
        return " or ".join(_kind(kind) for kind in kinds)
    return _text(schema.get("type", "any"))


def _prose(text: str) -> str:
    """Return text as HTML, what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(text: object) -> str:
    return html.escape(str(text))
