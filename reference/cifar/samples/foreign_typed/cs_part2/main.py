from solver import Solver

if __name__ == "__main__":
    Solver(model="MyModel").train()
