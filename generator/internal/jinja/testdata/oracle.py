"""Renders constructs with Jinja2 itself: the answers that this package is held to."""
import json
import sys

import jinja2

table, context = sys.argv[1:3]
extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols"] + sys.argv[3:]
cases = open(table, encoding="utf-8", newline="").read().removesuffix("\n").split("\n=====\n")
files = {
    "part.txt": "part of {{ name }}{{ q is defined }}\n",
    "lib.txt": "{% macro greet(who) %}Hi {{ who }}{% endmacro %}{% set const = 42 %}{% macro uses_context() %}{{ name }}{% endmacro %}{% macro wrap() %}[{{ caller() }}]{% endmacro %}text",
    "base.txt": "<{% block title %}base{% endblock %}|{% block body scoped %}none{% endblock %}>",
}
results = []
for strict in (False, True):
    for blocks in (False, True):
        environment = jinja2.Environment(
            loader=jinja2.DictLoader(files),
            undefined=jinja2.StrictUndefined if strict else jinja2.Undefined,
            trim_blocks=blocks,
            lstrip_blocks=blocks,
            keep_trailing_newline=blocks,
            extensions=extensions,
        )
        for number, case in enumerate(cases):
            result = {"Case": number, "Strict": strict, "Blocks": blocks}
            try:
                variables = json.load(open(context, encoding="utf-8"))
                result["Text"] = environment.from_string(case).render(variables)
            except Exception as error:
                result["Error"] = f"{type(error).__name__}: {error}"
                result["Line"] = getattr(error, "lineno", None) or 0
            results.append(result)
json.dump({"Files": files, "Results": results}, sys.stdout)
