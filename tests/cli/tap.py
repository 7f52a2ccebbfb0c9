"""Tests as functions whose names are the claims: they are run in order, each in a folder of its own.  Speaks TAP."""
import tempfile

TESTS = []


class Skipped(Exception):
    """What a test cannot be done without is not here."""


def test(function):
    TESTS.append(function)
    return function


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


def outcome(function, *arguments):
    """Run one test; whether it passed, what stands behind its name, and what went wrong."""
    try:
        function(*arguments)
        return True, "", ""
    except Skipped as reason:
        return True, f" # SKIP {reason}", ""
    except Exception as error:  # every test is told of, whatever went wrong in it
        return False, "", f"{type(error).__name__}: {error}"


def main(tests=None, wrap=lambda folder: (folder,)):
    """Run the tests, with what `wrap` makes of the path of an empty folder; the exit status."""
    tests = TESTS if tests is None else tests
    print(f"1..{len(tests)}")
    failed = 0
    for number, function in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="clustersim-test.") as folder:
            good, remark, problem = outcome(function, *wrap(folder))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {function.__name__}{remark}", flush=True)
        if problem:
            print("\n".join("# " + line for line in problem.splitlines()), flush=True)
    return failed > 0
