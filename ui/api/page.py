"""The list of addresses as a plain page: no script and nothing from another host, unlike the usual viewers."""

import html
import json
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
    return "".join([*parts, "</body></html>"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [f"<h2>{_text(operation['summary'])}</h2><p><code>{method} {_text(path)}</code></p>"]
    parts += [f"<p>{_text(paragraph)}</p>" for paragraph in operation.get("description", "").split("\n\n")]
    if parameters := operation.get("parameters"):
        parts.append("<dl>")
        for parameter in parameters:
            about = [parameter.get("description", ""), *_examples(parameter)]
            parts.append(
                f"<dt><code>{_text(parameter['name'])}</code> ({parameter['in']}, {_kind(parameter['schema'])})</dt>"
                f"<dd>{_text(' '.join(filter(None, about)))}</dd>"
            )
        parts.append("</dl>")
    if body := operation.get("requestBody"):
        for example in body["content"]["application/json"].get("examples", {}).values():
            shown = json.dumps(example["value"], ensure_ascii=False, indent=2)
            parts.append(f"<p>{_text(example['summary'])}</p><pre>{_text(shown)}</pre>")
    given = operation["responses"]["200"]["content"]["application/json"]["schema"].get("$ref", "")
    refusals = ", ".join(status for status in operation["responses"] if status != "200")
    parts.append(f"<p>Gives <code>{_text(given.rsplit('/', 1)[-1] or 'JSON')}</code>; refuses with {refusals}.</p>")
    return "".join(parts)


def _examples(parameter: dict[str, Any]) -> list[str]:
    return [f"For example {example['value']}." for example in parameter.get("examples", {}).values()]


def _kind(schema: dict[str, Any]) -> str:
    kinds = [schema, *schema.get("anyOf", [])]
    return " or ".join(str(kind["type"]) for kind in kinds if kind.get("type") not in (None, "null"))


def _text(text: object) -> str:
    return html.escape(str(text))
