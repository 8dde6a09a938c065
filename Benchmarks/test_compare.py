"""Tests of the driver's statistics, table and errors, with a fake engine; no PyTorch needed."""

import contextlib
import io
import json
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import compare
from compare import OURS, Bench, BenchmarkError, Measurement, Series


def line(**changes: object) -> str:
    fields = {"network": "minilm-l6", "mode": "dense", "threads": 2, "milliseconds": [3.0, 1.0, 2.0]}
    return json.dumps(fields | {"peak_bytes": 5 << 20, "losses": [0.7, 0.6]} | changes)


def series(*milliseconds: float, mebibytes: int = 100) -> Series:
    return Series([Measurement(time, mebibytes << 20, 40 << 20) for time in milliseconds])


class StatisticsTests(unittest.TestCase):
    def test_a_process_counts_with_the_median_of_its_steps(self) -> None:
        measurement = compare.parse_measurement(line(), "minilm-l6", "dense", 3)
        self.assertEqual(measurement, Measurement(2.0, 5 << 20))

    def test_rounds_count_with_their_median_and_show_their_spread(self) -> None:
        entry = series(30, 10, 11)
        self.assertEqual((entry.milliseconds, entry.spread), (11, "10.0..30.0"))

    def test_the_faster_layout_is_chosen_by_the_median_and_never_ours(self) -> None:
        contenders = {OURS: series(1), "nchw": series(1.5, 9, 9), "channels-last": series(8, 8, 8)}
        self.assertEqual(compare.best_layout(contenders), "channels-last")

    def test_foreign_load_is_what_others_took_a_second(self) -> None:
        for others, cores in [(12.0, 0.5), (9.9, 0)]:
            with unittest.mock.patch.object(compare.ForeignLoad, "now", side_effect=[(0.0, 10.0), (4.0, others)]):
                self.assertEqual(compare.ForeignLoad().cores(), cores)

    def test_contenders_and_modes_are_interleaved_in_each_round(self) -> None:
        order = []

        def measure(network: str, mode: str, contender: str) -> Measurement:
            order.append(f"{mode} {contender}")
            return Measurement(1, 1)

        with contextlib.redirect_stderr(io.StringIO()):
            results = compare.measure_network("minilm-l6", ["dense", "pdp"], 2, measure)
        self.assertEqual(order, ["dense ours", "dense nchw", "pdp ours", "pdp nchw"] * 2)
        self.assertEqual(len(results["minilm-l6", "pdp"][OURS].rounds), 2)


class TableTests(unittest.TestCase):
    results = {
        ("resnet18-w16", "dense"): {OURS: series(100), "nchw": series(150), "channels-last": series(120)},
        ("resnet18-w16", "pdp"): {
            OURS: series(104, 105, 106, mebibytes=90),
            "nchw": series(126, 140, 126),
            "channels-last": series(160),
        },
        ("minilm-l6", "inference"): {OURS: series(10), "nchw": series(20)},
    }

    def test_the_table(self) -> None:
        rows = [
            "| resnet18-w16 | 128 x 3x32x32 | dense | 100.0 | 120.0 (channels-last) | 1.20 |  | 100 | 100 |",
            "| resnet18-w16 | 128 x 3x32x32 | pdp | 105.0 | 126.0 (nchw) | 1.20 | +5.0 % | 90 | 100 |",
            "| minilm-l6 | 32 x 64 tokens | inference | 10.0 | 20.0 | 2.00 |  | 100 | 100 |",
        ]
        self.assertEqual(compare.table(self.results).splitlines()[2:], rows)

    def test_the_notes(self) -> None:
        text = compare.notes(self.results)
        self.assertIn("- resnet18-w16 pdp: ours 104.0..106.0, nchw 126.0..140.0, channels-last 160.0..160.0", text)
        self.assertIn("PyTorch's own PDP overhead: resnet18-w16 +5.0 %.", text)
        self.assertIn("40 MiB are there once it is imported", text)

    def test_a_disturbed_measurement_is_told(self) -> None:
        self.assertNotIn("Not a quiet machine", compare.notes(self.results))
        loud = Series([Measurement(1, 1, 1, foreign_cores=1.25)])
        text = compare.notes({("minilm-l6", "dense"): {OURS: loud, "nchw": series(1)}})
        self.assertIn("in 1 of 2 measurements other processes used more than 0.1 cores, at most 1.2", text)

    def test_an_overhead_needs_both_modes(self) -> None:
        pdp_only = {("minilm-l6", "pdp"): {OURS: series(10), "nchw": series(20)}}
        self.assertEqual(compare.overhead(pdp_only, "minilm-l6", compare.ours_milliseconds), "-")

    def test_the_processor(self) -> None:
        self.assertEqual(compare.processor("processor\t: 0\nmodel name\t: A CPU @ 3 GHz\n"), "A CPU @ 3 GHz")
        self.assertEqual(compare.processor(""), "unknown processor")


class ErrorTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def measure(self, script: str) -> Measurement:
        """What the driver makes of an engine that is this shell script."""
        engine = self.folder / "engine-benchmark"
        engine.write_text(f"#!/bin/sh\n{script}\n")
        engine.chmod(0o755)
        return Bench(engine, "python3", None, 2, 1, 3).measure("minilm-l6", "dense", OURS)

    def assert_error(self, script: str, message: str) -> None:
        with self.assertRaises(BenchmarkError) as caught:
            self.measure(script)
        self.assertEqual(str(caught.exception), f"minilm-l6 dense, ours: {message}")

    def main(self, *arguments: str) -> tuple[int | str | None, str]:
        """Exit status and standard error of the driver."""
        error, status = io.StringIO(), None
        with contextlib.redirect_stderr(error), unittest.mock.patch("sys.argv", ["compare.py", *arguments]):
            try:
                status = compare.main()
            except SystemExit as exit_request:
                status = exit_request.code
        return status, error.getvalue()

    def test_the_engine_gets_the_agreed_arguments(self) -> None:
        arguments = "measure minilm-l6 dense --threads 2 --warmup 1 --steps 3"
        measurement = self.measure(f"test \"$*\" = '{arguments}' && echo '{line()}'")
        self.assertEqual(measurement.milliseconds, 2)

    def test_a_failing_process_shows_its_last_lines(self) -> None:
        self.assert_error("echo a >&2; echo b >&2; echo c >&2; echo d >&2; exit 3", "exit status 3: b | c | d")
        self.assert_error("exit 3", "exit status 3: nothing on standard error")

    def test_other_output_than_one_line_of_json(self) -> None:
        for script in ["true", "echo 12", "echo '{}'", f"echo '{line()}'; echo '{line()}'"]:
            with self.assertRaisesRegex(BenchmarkError, "not one line of JSON with the agreed keys"):
                self.measure(script)

    def test_a_measurement_of_something_else(self) -> None:
        message = "measured ('minilm-l6', 'pdp', 3), not ('minilm-l6', 'dense', 3)"
        self.assert_error(f"echo '{line(mode='pdp')}'", message)

    def test_a_loss_that_is_not_finite(self) -> None:
        self.assert_error(f"echo '{line(losses=[0.5, float('nan')])}'", "the loss is not finite: [0.5, nan]")

    def test_an_engine_that_is_not_built(self) -> None:
        status, error = self.main("--engine", str(self.folder / "engine-benchmark"))
        message = "engine-benchmark is not built: run `swift build -c release --product engine-benchmark`"
        self.assertEqual((status, error), (1, f"compare: {message}\n"))

    def test_a_python_without_torch(self) -> None:
        python = str(self.folder / "python")
        status, error = self.main("--engine", "/bin/true", "--python", python)
        self.assertEqual(status, 1)
        self.assertTrue(error.startswith(f"compare: {python} cannot import torch: "), error)
        self.assertEqual(error.count("\n"), 1)

    def test_a_bad_name_lists_the_valid_ones(self) -> None:
        status, error = self.main("--networks", "resnet18-w16,vgg")
        self.assertEqual(status, 2)
        valid = "resnet18-w16, mobilenet-v1-x0.25, mobilenet-v1-x1.0, minilm-l6, minilm-l6-tuning, resnet50-224"
        self.assertIn(f"argument --networks: no 'vgg'; valid: {valid}", error)
        self.assertIn("no 'train'; valid: dense, pdp, inference, distillation", self.main("--modes", "train")[1])


if __name__ == "__main__":
    unittest.main()
