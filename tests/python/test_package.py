"""The Python package: what it answers, beside ONNX Runtime, and how it refuses."""

import os
import pickle
import threading

import numpy as np
import onnxruntime
import pytest
import ockham

import networks


def answers(path, *inputs):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs)))


def images(count, seed=2):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 2, 8, 8)).astype(np.float32)


@pytest.fixture
def classifier(tmp_path):
    return networks.classifier(tmp_path / "classifier.onnx")


@pytest.fixture
def model(classifier):
    return ockham.convert(classifier).model


@pytest.fixture
def adder(tmp_path):
    return ockham.convert(networks.adder(tmp_path / "adder.onnx")).model


def refusal(status, text):
    return pytest.raises(ockham.Error, match=text, check=lambda error: error.status == status)


def test_converts_exactly(classifier):
    conversion = ockham.convert(classifier)
    assert [layer["width"]["after"] for layer in conversion.plan["layers"]] == [networks.WIDTH - networks.DEAD, 3]
    assert max(conversion.difference) < 1e-5
    assert "MACs" in str(conversion)
    x = images(4)
    found = conversion.model.session(max_batch=4).run(x)
    np.testing.assert_allclose(found, answers(classifier, x)[0], rtol=1e-4, atol=1e-4)


def test_writes_what_it_converted(classifier, tmp_path):
    conversion = ockham.convert(classifier, tmp_path / "classifier.ockham")
    assert conversion.save_onnx(tmp_path / "compact.onnx") == (tmp_path / "compact.onnx").stat().st_size
    x = images(1)
    expected = conversion.model.session().run(x)
    of_file = ockham.Model(tmp_path / "classifier.ockham")
    of_bytes = ockham.Model((tmp_path / "classifier.ockham").read_bytes())
    np.testing.assert_array_equal(of_file.session().run(x), expected)
    np.testing.assert_array_equal(of_bytes.session().run(x), expected)
    np.testing.assert_allclose(answers(tmp_path / "compact.onnx", x)[0], expected, rtol=1e-4, atol=1e-4)


def test_does_not_overwrite_the_network(classifier, tmp_path):
    before = (tmp_path / "classifier.onnx").read_bytes()
    (tmp_path / "link.onnx").symlink_to("classifier.onnx")
    conversion = ockham.convert(classifier)
    for output in (classifier, tmp_path / "link.onnx"):
        with refusal("invalid argument", "the network itself is in this file"):
            ockham.convert(classifier, output)
        with refusal("invalid argument", "the network itself is in this file"):
            conversion.save_onnx(output)
    assert (tmp_path / "classifier.onnx").read_bytes() == before


def test_takes_any_path(model, classifier, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.ockham")  # is no UTF-8
    ockham.convert(classifier, path)
    assert ockham.Model(path).inputs == model.inputs
    with pytest.raises(TypeError):
        ockham.Model(path + "\0.bak")


def test_verifies_on_a_sample(classifier):
    assert ockham.convert(classifier, sample=images(20)).model.session().plan
    with refusal("invalid argument", "sample: the array for input 'image' has 63 elements"):
        ockham.convert(classifier, sample=np.zeros((1, 63), np.float32))


def test_reports_what_would_go(classifier):
    layers = ockham.prune_report(classifier)["layers"]
    assert layers[0]["width"] == {"before": networks.WIDTH, "after": networks.WIDTH - networks.DEAD}


def test_describes_a_model(model):
    assert model.inputs == (ockham.ValueInfo("image", (-1, 2, 8, 8), np.dtype(np.float32)),)
    assert model.outputs == (ockham.ValueInfo("scores", (-1, 3), np.dtype(np.float32)),)
    assert model.provenance["converted_from"] == "classifier.onnx"
    assert model.preprocessing().scale == 1.0
    assert "image [-1, 2, 8, 8] -> scores [-1, 3]" in repr(model)


def test_writes_into_the_callers_array(model):
    session, x = model.session(max_batch=2), images(2)
    out = np.zeros((2, 3), np.float32)
    assert session.run(x, out=out) is out
    np.testing.assert_array_equal(out, session.run(x))


def test_does_not_write_into_what_it_reads(adder):
    session, numbers, indices = adder.session(max_batch=2), np.ones((4, 4), np.float32), np.zeros(6, np.int64)
    left, right, largest = numbers[:2], np.ones((2, 4), np.float32), indices[:2]
    for total in (left, numbers[1:3], indices[1:5].view(np.float32).reshape(2, 4)):
        with refusal("invalid argument", "shares memory"):
            session.run(left, right, out=(total, largest))
    assert numbers.min() == numbers.max() == 1
    np.testing.assert_array_equal(session.run(left, right, out=(numbers[2:], largest))[0], left + right)


def test_takes_any_array_of_numbers(model):
    session, x = model.session(max_batch=2), images(2)
    expected = session.run(x)
    np.testing.assert_array_equal(session.run(x.astype(np.float64)), expected)
    np.testing.assert_array_equal(session.run(np.asfortranarray(x)), expected)
    np.testing.assert_array_equal(session.run(x.tolist()), expected)
    unaligned = np.frombuffer(b"." + x.tobytes(), np.float32, x.size, offset=1).reshape(x.shape)
    np.testing.assert_array_equal(session.run(unaligned), expected)
    x.flags.writeable = False
    np.testing.assert_array_equal(session.run(x), expected)


def test_prepares_bytes_as_the_model_says():
    preparing = ockham.Preprocessing(1 / 255, np.array([0.5, 0.25], np.float32), np.array([2, 4], np.float32))
    prepared = preparing.prepare(np.full((1, 2, 1, 1), 255, np.uint8))
    np.testing.assert_allclose(prepared.ravel(), [0.25, 0.1875])


def test_bytes_without_preprocessing_are_numbers(model):
    session, x = model.session(), np.arange(128, dtype=np.uint8).reshape(1, 2, 8, 8)
    np.testing.assert_array_equal(session.run(x), session.run(x.astype(np.float32)))


def test_takes_images_with_their_channels_last(model):
    x = images(2)
    session = model.session(max_batch=2, input_formats=[ockham.ArrayFormat("nhwc")])
    found = session.run(np.ascontiguousarray(np.moveaxis(x, 1, 3)))
    np.testing.assert_allclose(found, model.session(max_batch=2).run(x), rtol=1e-5, atol=1e-6)
    with refusal("invalid argument", r"expected \[2, 8, 8, 2\]"):
        session.run(x)
    with refusal("invalid argument", "layout 'chw' is unknown"):
        model.session(input_formats=[ockham.ArrayFormat("chw")])


def test_runs_on_bound_arrays(model):
    session, x, out = model.session(max_batch=2), images(2), np.empty((2, 3), np.float32)
    with refusal("invalid argument", "no tensors are bound"):
        session.run_bound()
    assert session.bind(x, out=out) is out
    for seed in (3, 4):
        x[...] = images(2, seed)
        session.run_bound()
        np.testing.assert_array_equal(out, session.run(x))
    with refusal("invalid argument", "bind a contiguous array of float32"):
        session.bind(x.astype(np.float64))


def test_takes_bytes_of_pictures(model):
    how = ockham.Preprocessing(1 / 255, np.float32([0.5, 0.25]), np.float32([2, 4]))
    pictures = np.arange(128, dtype=np.uint8).reshape(1, 8, 8, 2)
    session = model.session(input_formats=[ockham.ArrayFormat("nhwc", "uint8", how)])
    floats = model.session(input_formats=[ockham.ArrayFormat("nhwc")])
    prepared = np.moveaxis(how.prepare(np.moveaxis(pictures, 3, 1)), 1, 3)
    np.testing.assert_array_equal(session.run(pictures), floats.run(prepared))
    with refusal("invalid argument", "is of float32, expected uint8"):
        session.run(pictures.astype(np.float32))
    with refusal("invalid argument", "dtype 'int8' is unknown"):
        model.session(input_formats=[ockham.ArrayFormat(dtype="int8")])


def test_gives_images_with_their_channels_last(tmp_path):
    model = ockham.convert(networks.convolution(tmp_path / "convolution.onnx")).model
    session = model.session(output_formats=[ockham.ArrayFormat("nhwc")])
    found = session.run(images(1))
    assert found.shape == (1, 8, 8, 4)
    np.testing.assert_allclose(np.moveaxis(found, 3, 1), model.session().run(images(1)), rtol=1e-5, atol=1e-6)


def test_several_inputs_and_outputs(adder):
    left, right = np.float32([[1, 2, 3, 4]]), np.float32([[0, 5, 0, 0]])
    total, largest = adder.session().run(left, right)
    np.testing.assert_array_equal(total, left + right)
    assert largest.dtype == np.int64 and largest.tolist() == [1]


def test_tells_plan_profile_and_memory(model):
    session = model.session()
    assert [step.macs for step in session.plan if "conv2d" in step.op] == [4 * 2 * 9 * 64]
    assert all(step.kernel and step.reason for step in session.plan)
    assert session.memory.arena > 0
    assert session.plan[0].kernel in session.explain()
    times = session.profile(images(1), runs=5)
    assert [time.step for time in times] == list(session.plan)
    assert all(0 <= time.lowest <= time.microseconds for time in times)


def test_says_where_a_precision_gains_nothing(model):
    session, x = model.session(precision="bf16"), images(1)
    assert "no step gains from it" in session.explain()
    np.testing.assert_array_equal(session.run(x), model.session().run(x))


def test_sessions_share_threads(model):
    pool, x = ockham.ThreadPool(threads=2), images(1)
    expected = model.session(threads=2).run(x)
    for _ in range(2):
        np.testing.assert_array_equal(model.session(thread_pool=pool).run(x), expected)


def test_threads_take_turns_in_a_session(model):
    session, x = model.session(max_batch=4), images(4)
    expected, found = session.run(x), [None] * 4
    threads = [threading.Thread(target=lambda i=i: found.__setitem__(i, session.run(x))) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in found:
        np.testing.assert_array_equal(one, expected)


def test_other_threads_go_on_during_a_run(tmp_path):
    model = ockham.convert(networks.slow(tmp_path / "slow.onnx")).model
    session, x = model.session(kernels="reference", self_test=False), np.ones((1, 32, 48, 48), np.float32)
    begun, turns = threading.Event(), 0

    def run():
        begun.set()
        session.run(x)
    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    while thread.is_alive():
        turns += 1
    assert turns > 100  # where the run held the interpreter, there would be one or two


def test_says_what_is_wrong(model, adder, tmp_path):
    with refusal("not found", "absent.ockham"):
        ockham.Model(tmp_path / "absent.ockham")
    with refusal("invalid model", "model file"):
        ockham.Model(b"no model at all, whatever its name" * 10)
    (tmp_path / "bad.onnx").write_bytes(b"\xff" * 100)
    with refusal("invalid model", "bad.onnx"):
        ockham.convert(tmp_path / "bad.onnx")
    with refusal("invalid argument", "precision 'fp8' is unknown"):
        model.session(precision="fp8")
    with refusal("invalid argument", "max_batch is -3"):
        model.session(max_batch=-3)
    with refusal("invalid argument", "memory_limit is -1"):
        model.session(memory_limit=-1)
    with refusal("invalid argument", "thread_pool is 2, .*help"):
        model.session(thread_pool=2)
    session = model.session()
    with refusal("invalid argument", "runs is 0"):
        session.profile(images(1), runs=0)
    with refusal("invalid argument", "batch|shape"):
        session.run(images(2))
    with refusal("invalid argument", "shape"):
        session.run(images(1)[:, :, :7])
    with refusal("invalid argument", "2 inputs were given, but the model has 1"):
        session.run(images(1), images(1))
    with refusal("invalid argument", "out for output 'scores'"):
        session.run(images(1), out=np.zeros((1, 3)))
    with refusal("invalid argument", "is no array of numbers"):
        adder.session().run(["a"], ["b"])


def test_errors_pass_between_processes():
    error = pickle.loads(pickle.dumps(ockham.Error("no such file", "not found")))
    assert (str(error), error.status) == ("no such file", "not found")


def test_takes_a_module_of_pytorch():
    torch = pytest.importorskip("torch", exc_type=ImportError)  # which lacks libraries without a GPU
    import ockham.torch
    module = torch.nn.Sequential(torch.nn.Conv2d(2, 6, 3), torch.nn.ReLU(), torch.nn.Flatten(),
                                 torch.nn.Linear(6 * 36, 3)).train()
    with torch.no_grad():
        module[0].weight[:2] = 0
        module[0].bias[:2] = 0
    x = torch.tensor(images(3))
    conversion = ockham.torch.export(module, x)
    assert module.training
    assert conversion.plan["layers"][0]["width"]["after"] == 4
    expected = module.eval()(x).detach().numpy()
    np.testing.assert_allclose(conversion.model.session(max_batch=3).run(x), expected, rtol=1e-4, atol=1e-4)
