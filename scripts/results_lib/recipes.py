"""Recipes: how each row of a table of results is made. One TOML file per row under training/recipes/TABLE,
dense.toml for the network that all of them start from, published.toml for what others reached."""

import dataclasses
import pathlib
import tomllib

RECIPES = pathlib.Path("training/recipes")
DEFAULT_SEEDS = (0, 1, 2)
# Files of a table that are no row.
DENSE, PUBLISHED = "dense", "published"


class RecipeError(Exception):
    """A table or recipe that is not there or not readable; the text is for the user."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    name: str
    path: pathlib.Path
    settings: dict  # what ockham-train reads of the file
    seeds: tuple = DEFAULT_SEEDS
    order: int = 0

    def epochs(self):
        """Epochs of a run, pretraining left out where it starts from a dense network."""
        phases = ("pretrain-epochs",) if self.settings.get("dense-only") else (
            "prune-epochs", "finetune-epochs")
        return sum(self.settings.get(phase, 0) for phase in phases)


@dataclasses.dataclass(frozen=True)
class Table:
    name: str
    dense: Recipe
    recipes: list
    published: list  # dicts: name, source, error, macs, params, kept

    def recipe(self, name):
        for recipe in self.recipes:
            if recipe.name == name:
                return recipe
        known = ", ".join(recipe.name for recipe in self.recipes)
        raise RecipeError(f"table {self.name} has no recipe '{name}'; it has: {known}")


def read_toml(path):
    try:
        return tomllib.loads(path.read_text())
    except OSError as problem:
        raise RecipeError(f"{path}: {problem.strerror}") from problem
    except tomllib.TOMLDecodeError as problem:
        raise RecipeError(f"{path}: {problem}") from problem


def read_recipe(path):
    settings = read_toml(path)
    results = settings.pop("results", {})
    unknown = set(results) - {"seeds", "order"}
    if unknown:
        raise RecipeError(f"{path}: [results] has an unknown '{unknown.pop()}'")
    return Recipe(name=path.stem, path=path, settings=settings,
                  seeds=tuple(results.get("seeds", DEFAULT_SEEDS)), order=results.get("order", 0))


# MACs of the networks from what is kept, without biases: LeNet-5 from filters of conv1 and conv2, inputs
# and units of fc1; the VGG likewise, from filters of its 13 convolutions; the perceptrons from inputs and units
# of fc1 and units of fc2. Parameters likewise. A ResNet's follow from no such list.
def lenet5_cost(conv1, conv2, inputs, units):
    linear = inputs * units + units * 10
    macs = 24 * 24 * 25 * conv1 + 8 * 8 * 25 * conv1 * conv2 + linear
    return macs, 25 * conv1 + 25 * conv1 * conv2 + linear


def perceptron_cost(inputs, first, second):
    macs = inputs * first + first * second + second * 10
    return macs, macs


def vgg_cost(*kept):
    *filters, inputs, units = kept
    pixels = (32,) * 2 + (16,) * 2 + (8,) * 3 + (4,) * 3 + (2,) * 3  # of a side, where each convolution is
    weights = [9 * before * behind for before, behind in zip((3, *filters), filters)]
    linear = inputs * units + units * 10
    return sum(side**2 * weight for side, weight in zip(pixels, weights)) + linear, sum(weights) + linear


COSTS = {"lenet5": lenet5_cost, "vgg-like": vgg_cost, "lenet-300-100": perceptron_cost,
         "lenet-500-300": perceptron_cost}


def read_published(path, table):
    """Published rows with MACs and parameters; None where nothing says them."""
    if not path.exists():
        return []
    rows = read_toml(path).get("row", [])
    for row in rows:
        macs, params = row.get("macs"), None
        if "kept" in row and table in COSTS:
            macs, params = COSTS[table](*row["kept"])
        row.update(macs=macs, params=params)
    return rows


def read_table(name, folder=RECIPES):
    here = pathlib.Path(folder) / name
    if not here.is_dir():
        known = ", ".join(sorted(p.name for p in pathlib.Path(folder).iterdir() if p.is_dir()))
        raise RecipeError(f"there is no table '{name}'; there are: {known}")
    recipes = [read_recipe(path) for path in sorted(here.glob("*.toml"))
               if path.stem not in (DENSE, PUBLISHED)]
    recipes.sort(key=lambda recipe: (recipe.order, recipe.name))
    return Table(name, read_recipe(here / f"{DENSE}.toml"), recipes,
                 read_published(here / f"{PUBLISHED}.toml", name))
