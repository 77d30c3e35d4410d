"""The sections one after the other: each has its own limit of time, and each fails alone."""

import argparse
import importlib
import pathlib
import sys
import time
import traceback

from compare.gpu.device import NoGpu

from gpu_lib.sections import SECTIONS
from gpu_lib.session import Failure, Session

FAILURE = 1


def section_names(text):
    names = text.split(",")
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return names


def parse_arguments(packed):
    parser = argparse.ArgumentParser(
        prog="scripts/gpu run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Tests and measures what `scripts/gpu pack` packed, on a machine with a GPU.",
        epilog="Sections, in this order:\n" + "\n".join(
            f"  {name:10} at most {section.seconds:3} s: {section.title}"
            for name, section in SECTIONS.items()))
    parser.add_argument("--out", type=pathlib.Path, default=packed / "results", metavar="FOLDER",
                        help="where results go, at most eight files (default: DIR/results)")
    parser.add_argument("--only", type=section_names, default=list(SECTIONS), metavar="NAME,...",
                        help="these sections alone, with the networks that they need")
    parser.add_argument("--minutes", type=float, default=9.5, help="of all sections (default: 9.5)")
    parser.add_argument("--compile", action="store_true",
                        help="time torch.compile too, once all else is timed (takes minutes)")
    parser.add_argument("--cpu", action="store_true",
                        help="without a GPU: to try the sections that have something to do on a CPU")
    return parser.parse_args()


def run_section(session, name):
    """Runs one section; whether it went well."""
    section = SECTIONS[name]
    session.begin(section.seconds)
    session.say(f"== {name}: {section.title}")
    started = time.monotonic()
    good = True
    try:
        if session.seconds_left() <= 0:
            raise Failure("no time is left")
        importlib.import_module(f"gpu_lib.sections.{name}").run(session)
    except NoGpu:
        raise
    except Failure as failure:
        good = False
        session.say(f"{name}: {failure}")
    except Exception:
        good = False
        session.say(f"{name}: this script failed:\n{traceback.format_exc()}")
    session.results.setdefault("sections", {})[name] = {
        "good": good, "seconds": round(time.monotonic() - started, 1)}
    session.say(f"   {name}: {time.monotonic() - started:.1f} s\n")
    session.save()
    return good


def chosen_sections(only, cpu):
    """In their order; the device is always asked first, and networks are made for who needs them."""
    chosen = set(only) | {"device"}
    if any(SECTIONS[name].needs_models for name in chosen):
        chosen.add("models")
    return [name for name, section in SECTIONS.items() if name in chosen and (section.on_cpu or not cpu)]


def main(packed):
    options = parse_arguments(packed)
    options.out.mkdir(parents=True, exist_ok=True)
    device = "cpu" if options.cpu else "cuda"
    session = Session(packed, options.out.resolve(), device, 60 * options.minutes, options.compile)
    try:
        good = [run_section(session, name) for name in chosen_sections(options.only, options.cpu)]
    except NoGpu as error:
        print(f"gpu: error: {error} (--cpu tries the sections that need none)", file=sys.stderr)
        sys.exit(FAILURE)
    session.say(f"results: {options.out}")
    sys.exit(0 if all(good) else FAILURE)
