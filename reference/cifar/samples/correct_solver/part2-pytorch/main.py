import argparse

import yaml

from solver import Solver

parser = argparse.ArgumentParser()
parser.add_argument("--config", required=True)


def main():
    with open(parser.parse_args().config) as f:
        config = yaml.safe_load(f)
    kwargs = {}
    for key in config:
        for k, v in config[key].items():
            if k != "description":
                kwargs[k] = v
    Solver(device="cpu", **kwargs).train()


if __name__ == "__main__":
    main()
