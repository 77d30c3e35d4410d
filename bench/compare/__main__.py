"""Times Ockham beside other runtimes on the same networks and prints a Markdown table.

    bench/compare/run --quick                            # the project's networks, within ten minutes
    bench/compare/run --networks 'lenet|mlp' --runtimes ockham,onnxruntime --csv times.csv
    bench/compare/run my.onnx other.onnx --seconds 5     # networks of your own
    bench/compare/run --device cuda --precision fp16 --batch 64

Every answer is checked before a runtime is timed; docs/benchmarks.md says what is timed, and how.
"""

import argparse
import contextlib
import functools
import os
import pathlib
import re
import sys

from compare import networks, peers, problem
from compare.gpu import comparison
from compare.gpu.device import NoGpu, gpu
from compare.gpu.precisions import PRECISIONS
from compare.native import BuildError, build_loop
from compare.peers.ockham import converter_path, library_path
from compare.peers.peer import Settings
from compare.table import Table, write_csv
from compare.timing import compare

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAILURE = 1
USAGE = 2


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


def positive(kind):
    def parse(text):
        number = kind(text)
        if not number > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return number
    return parse


def pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text} is no regular expression: {error}") from None


PEERS = {"cpu": peers.PEERS, "cuda": comparison.PEERS}
COMPILED = "torch-compiled"  # takes minutes


def chosen_runtimes(options, parser):
    """The runtimes of the device: those that were named, or all that take no minutes."""
    known = PEERS[options.device]
    if options.runtimes is None:
        names = [name for name in known if options.compile or name != COMPILED]
    else:
        names = options.runtimes.split(",")
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"--runtimes: unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return [peer for name, peer in known.items() if name in names]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/compare/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="NETWORK.onnx",
                        help="networks of your own instead of the project's")
    parser.add_argument("--quick", action="store_true", help="0.3 seconds instead of 1")
    parser.add_argument("--seconds", type=positive(float), metavar="S",
                        help="of timed runs for each runtime on each network")
    parser.add_argument("--networks", type=pattern, metavar="REGEX",
                        help="of the project's networks only those whose name matches")
    parser.add_argument("--runtimes", metavar="LIST", help="separated by commas: " +
                        "; ".join(f"on {device} {', '.join(known)}" for device, known in PEERS.items()))
    parser.add_argument("--device", choices=PEERS, default="cpu", help="where to run (default: cpu)")
    parser.add_argument("--precision", choices=PRECISIONS["cuda"], default="fp32",
                        help="on cuda, what to compute in (default: fp32)")
    parser.add_argument("--tune", action="store_true", help="on cuda, Ockham measures kernels first")
    parser.add_argument("--compile", action="store_true",
                        help="on cuda, time torch.compile too, which takes minutes")
    parser.add_argument("--threads", type=positive(int), default=1, metavar="N",
                        help="of each runtime on cpu (default: 1)")
    parser.add_argument("--batch", type=positive(int), default=1, metavar="N",
                        help="images a run (default: 1)")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall",
                        help="cpu: a process's time on the processor, for machines that do other work too; "
                        "one thread only")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", metavar="FOLDER",
                        help="where Ockham is built (default: build/release)")
    parser.add_argument("--csv", type=pathlib.Path, metavar="FILE", help="also write all figures here")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="also draw them")
    options = parser.parse_args()
    check_device_options(options, parser)
    options.runtimes = chosen_runtimes(options, parser)
    if options.clock == "cpu" and options.threads > 1:
        parser.error("--clock cpu is for one thread: it adds up the time of all")
    if options.files and options.networks:
        parser.error("--networks chooses among the project's networks; without files")
    for path in (options.csv, options.svg):
        if path and not path.absolute().parent.is_dir():
            parser.error(f"no folder {path.parent} for {path.name}")
    return options


def check_device_options(options, parser):
    """What is said of one device alone makes no sense on the other."""
    only = {"cpu": {"--threads": options.threads != 1, "--clock": options.clock != "wall"},
            "cuda": {"--precision": options.precision != "fp32", "--tune": options.tune,
                     "--compile": options.compile}}
    for device, given in only.items():
        wrong = [option for option, is_given in given.items() if is_given]
        if device != options.device and wrong:
            parser.error(f"{wrong[0]} is for --device {device}")


def cores_for(threads):
    """The last cores, as the first ones serve most interrupts; none where a process cannot choose."""
    if not hasattr(os, "sched_getaffinity"):
        return ()
    return tuple(sorted(os.sched_getaffinity(0))[-threads:])


def chosen_networks(options):
    if options.files:
        for path in options.files:
            problem.read(path)
        return networks.own_networks(options.files)
    found, missing = networks.project_networks() if options.device == "cpu" else (networks.gpu_networks(), [])
    if missing:
        say(f"left out, not under OCKHAM_MODELS: {', '.join(missing)}")
    if options.networks:
        found = [network for network in found if options.networks.search(network.name)]
    if not found:
        raise problem.NetworkError(f"no network's name matches {options.networks.pattern}")
    return found


def installed(runtimes):
    missing = [peer.title for peer in runtimes if not peer.installed()]
    if missing:
        say(f"left out, not installed: {'; '.join(missing)}")
    return [peer for peer in runtimes if peer.installed()]


def check_build(runtimes, settings):
    if settings.device == "cuda":
        comparison.check_build(settings)
    elif peers.PEERS["ockham"] in runtimes:
        library_path(settings)
        converter_path(settings)


def seconds_of(options):
    return options.seconds or (0.3 if options.quick else 1.0)


def picture_writer(options):
    """What draws, found before anything is timed: Matplotlib may be missing."""
    if options.svg is None:
        return lambda results, runtimes: None
    try:
        from compare.picture import draw
    except ImportError as error:
        raise BuildError(f"--svg: {error}") from None
    return lambda results, runtimes: draw(options.svg, results, runtimes)


@contextlib.contextmanager
def comparer(runtimes, settings, seconds):
    """What compares the runtimes on a network."""
    if settings.device == "cuda":
        with comparison.Comparison(runtimes, settings, seconds) as on_device:
            yield on_device.compare
    else:
        yield functools.partial(compare, peers=runtimes, settings=settings, seconds=seconds,
                                library=build_loop(settings.build / "compare"))


def compare_all(found, table, compare_one):
    """Prints a row for each network; all measurements, and whether some network could not be compared."""
    results, failed = [], False
    for number, network in enumerate(found, 1):
        say(f"{network.name} ({number} of {len(found)})")
        try:
            macs, measurements = compare_one(network)
        except problem.NetworkError as error:
            say(f"error: {error}")
            failed = True
            continue
        table.print_row(network.name, macs, measurements)
        results.append((network.name, macs, measurements))
    return results, failed


def settings_of(options):
    return Settings(options.build.resolve(), options.threads, options.batch, cores_for(options.threads),
                    options.clock == "cpu", options.device, options.precision, options.tune)


def run(options):
    """The exit status."""
    if options.device == "cuda":
        gpu()  # or there is none
    settings = settings_of(options)
    runtimes = installed(options.runtimes)
    check_build(runtimes, settings)
    found = chosen_networks(options)
    draw = picture_writer(options)
    os.environ.update(OMP_NUM_THREADS=str(options.threads), TF_CPP_MIN_LOG_LEVEL="3")
    table = Table(runtimes, settings)
    table.print_head()
    with comparer(runtimes, settings, seconds_of(options)) as compare_one:
        results, failed = compare_all(found, table, compare_one)
    table.print_remarks()
    if options.csv:
        write_csv(options.csv, results, settings)
    draw(results, runtimes)
    return FAILURE if failed else 0


def main():
    options = parse_arguments()
    try:
        sys.exit(run(options))
    except (BuildError, NoGpu, OSError, problem.NetworkError) as error:
        say(f"error: {error}")
        sys.exit(FAILURE)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
