"""Hand in configurations of aliases, anchors within themselves, tags and numbers without end.

outcome = "a configuration is read with bounds, where no code of the submission runs"
status = ["failed"]
course = "cifar"
seconds = 120
quick = false
check = "configs"
"""
from pathlib import Path

LEVELS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
TEXTS = {
    "aliases": f"l0: &l0 [x, x]\n{LEVELS}network: {{model: MyModel}}\n",
    "itself": "network: &a {model: MyModel, inner: *a}\nTrain: *a\n",
    "tags": "network: !!python/object/apply:os.system [touch /tmp/grade-canary/configuration]\n",
    "number": f"Train: {{learning_rate: {'9' * 200_000}}}\nnetwork: {{model: MyModel}}\n",
    "sixties": f"Train: {{learning_rate: {'59:' * 20_000}59}}\nnetwork: {{model: MyModel}}\n",
    "deep": f"network: {'[' * 20_000}\n",
    "merges": f"base: &b {{model: MyModel}}\nnetwork:\n  <<: [{', '.join(['*b'] * 5_000)}]\n",
}


def build(folder: Path) -> Path:
    for place in ("models", "configs"):
        (folder / place).mkdir()
    (folder / "models" / "my_model.py").write_text("class MyModel:\n    pass\n", encoding="utf-8")
    for name, text in TEXTS.items():
        (folder / "configs" / f"config_{name}.yaml").write_text(text, encoding="utf-8")
    return folder
