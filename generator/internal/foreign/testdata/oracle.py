"""Makes projects with cookiecutter and copier themselves: what scaffold's are held to."""
import json
import logging
import os
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def cookie(job):
    from cookiecutter.main import cookiecutter

    folder = job["Answers"].pop("_folder", None)
    return cookiecutter(
        job["Template"],
        directory=folder,
        no_input=True,
        extra_context=job["Answers"],
        output_dir=job["Out"],
        default_config=True,
        accept_hooks=job["Hooks"],
    )


def copy(job):
    from copier import run_copy

    run_copy(
        job["Template"], job["Out"], data=job["Answers"], defaults=True, unsafe=True, overwrite=True, quiet=True, skip_tasks=not job["Hooks"]
    )
    return job["Out"]


# What a template prints is not an answer.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    job = json.loads(line)
    result = {}
    try:
        result["Dir"] = {"cookiecutter": cookie, "copier": copy}[job["Tool"]](job)
    except BaseException as error:
        result["Error"] = f"{type(error).__name__}: {error}"[:500]
    print(json.dumps(result), file=answers, flush=True)
