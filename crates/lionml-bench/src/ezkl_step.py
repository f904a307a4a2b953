"""One step of ezkl in a process of its own, so that its time and its peak of memory are its own.

python -c THIS STEP, in a folder with model.onnx, input.json, samples.json and test.json.
Prints one JSON object: seconds, peak_bytes, and the result where the step has one.
"""

import asyncio
import inspect
import json
import sys
import time

import ezkl

SETTINGS, COMPILED, WITNESS = "settings.json", "model.compiled", "witness.json"
ONE_INPUT, ONE_WITNESS = "one-input.json", "one-witness.json"
VK, PK, PROOF, SRS = "vk.key", "pk.key", "proof.json", "srs"


def gen_settings():
    arguments = ezkl.PyRunArgs()
    arguments.input_visibility = "private"
    arguments.param_visibility = "fixed"
    arguments.output_visibility = "public"
    ezkl.gen_settings("model.onnx", SETTINGS, py_run_args=arguments)


def logrows():
    with open(SETTINGS) as file:
        return json.load(file)["run_args"]["logrows"]


async def outputs():
    """The real outputs that would be proved, for each input of test.json."""
    with open("test.json") as file:
        inputs = json.load(file)
    results = []
    for values in inputs:
        with open(ONE_INPUT, "w") as file:
            json.dump({"input_data": [values]}, file)
        witness = ezkl.gen_witness(ONE_INPUT, COMPILED, ONE_WITNESS)
        if inspect.isawaitable(witness):
            await witness
        # What is returned has no real numbers; the file does.
        with open(ONE_WITNESS) as file:
            witness = json.load(file)
        results.append([float(x) for x in witness["pretty_elements"]["rescaled_outputs"][0]])
    return results


STEPS = {
    "version": lambda: ezkl.__version__,
    "gen_settings": gen_settings,
    "calibrate": lambda: ezkl.calibrate_settings("samples.json", "model.onnx", SETTINGS, "resources"),
    "compile": lambda: ezkl.compile_circuit("model.onnx", COMPILED, SETTINGS),
    "gen_srs": lambda: ezkl.gen_srs(SRS, logrows()),
    "witness": lambda: ezkl.gen_witness("input.json", COMPILED, WITNESS),
    "setup": lambda: ezkl.setup(COMPILED, VK, PK, SRS),
    "prove": lambda: ezkl.prove(WITNESS, COMPILED, PK, PROOF, SRS),
    "verify": lambda: ezkl.verify(PROOF, SETTINGS, VK, SRS),
    "outputs": outputs,
}
# Of the other steps only the files matter.
WITH_RESULT = ("version", "verify", "outputs")


async def run(step):
    start = time.perf_counter()
    result = step()
    if inspect.isawaitable(result):
        result = await result
    return result, time.perf_counter() - start


name = sys.argv[1]
result, seconds = asyncio.run(run(STEPS[name]))
with open("/proc/self/status") as status:
    [peak] = [line.split()[1] for line in status if line.startswith("VmHWM:")]
report = {"seconds": seconds, "peak_bytes": 1024 * int(peak)}
if name in WITH_RESULT:
    report["result"] = result
# The library prints tables of its own before.
print("\n" + json.dumps(report))
