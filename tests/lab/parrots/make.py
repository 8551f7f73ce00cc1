"""Makes the models of the lab: a file of weights and a Modelfile for each name, in the folder that is given.

Names are free, so the models that the scenarios speak of are parrots of a few hundred kilobytes. Prints the names.
"""

import os
import sys

import weights

SPEAK = ["Hel", "lo", " the", "re", ", I", " am", " a", " real", " model", "! "]
THINK = ["<think>", "let me", " see", "</think>", "Hel", "lo"]
ARGUMENTS = ['{"name"', ': "current', "_time\"", ', "arg', 'uments"', ": {}}"]
CALL = ["<tool_call>", *ARGUMENTS, "</tool_call>"]
FILL = [f"so{number} " for number in range(120)]

# What a model of the Go template says of itself: that it takes tools, and that it thinks.
TURN = """{{ range .Messages }}<{{ .Role }}>%s{{ .Content }}{{ range .ToolCalls }}<tool_call>{"name": "{{ .Function.Name }}", \
"arguments": {{ .Function.Arguments }}}</tool_call>{{ end }}
{{ end }}<assistant>"""
TOOLS = "{{ if .Tools }}TOOLS {{ .Tools }}\n{{ end }}" + TURN % ""
THINKING = "{{ if .Tools }}TOOLS {{ .Tools }}\n{{ end }}" + TURN % "{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}"
PLAIN = "{{ if .System }}{{ .System }} {{ end }}{{ .Prompt }}"
# A template of the weights' own, which llama-server reads.
JINJA = (
    "{%- if tools %}{{ '<tools>' }}{% for t in tools %}{{ t | tojson }}{% endfor %}{{ '</tools>' }}{% endif %}"
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}{{ m['content'] if m['content'] else '' }}"
    "{% if m.tool_calls %}{% for c in m.tool_calls %}{{ '<tool_call>' + (c.function | tojson) + '</tool_call>' }}"
    "{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

# name: how its weights are made, its Go template, further lines of its Modelfile.
MODELS = {
    "llama3.2:3b": (dict(phrase=SPEAK), TOOLS, ['PARAMETER stop "<|eot_id|>"']),
    "qwen3:8b": (dict(phrase=SPEAK, context=40960), THINKING, ["PARAMETER temperature 0.6"]),
    "mistral:7b": (dict(phrase=SPEAK, context=32768), TOOLS, []),
    "gemma3:4b": (dict(phrase=SPEAK), PLAIN, []),
    "tinyllama:latest": (dict(phrase=SPEAK, context=2048), PLAIN, []),
    "bigctx:latest": (dict(phrase=SPEAK, context=8192), TOOLS, ["PARAMETER num_ctx 65536"]),
    "nomic-embed-text:latest": ("embedding", None, []),
    "calls:latest": (dict(phrase=CALL, template=JINJA), None, []),
    "calls-late:latest": (dict(phrase=FILL + CALL, template=JINJA), None, []),
    "thinks:latest": (dict(phrase=THINK), THINKING, []),
    "loops:latest": (dict(phrase=["bla "], ends=False), TOOLS, []),
    "small:latest": (dict(phrase=SPEAK, context=2048), TOOLS, []),
    "future:latest": ("of_the_future", TOOLS, []),
}


def main(folder):
    made = {}
    for place, (name, (recipe, template, lines)) in enumerate(MODELS.items()):
        file = made.setdefault(repr(recipe), f"weights-{place}.gguf")
        path = os.path.join(folder, file)
        if isinstance(recipe, dict) and not os.path.exists(path):
            weights.parrot(path, **recipe)
        elif isinstance(recipe, str):
            getattr(weights, recipe)(path)
        text = [f"FROM ./{file}"]
        if template:
            text.append(f'TEMPLATE """{template}"""')
        with open(os.path.join(folder, f"Modelfile.{name}"), "w", encoding="utf-8") as modelfile:
            modelfile.write("\n".join(text + lines) + "\n")
        print(name)


main(sys.argv[1])
