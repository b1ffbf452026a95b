"""The parts of bench/run: servers to measure, suites that measure them, the report."""
